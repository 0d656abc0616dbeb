"""The FPGA families, one entry each: which programs build for it, and how its reports are read.

A figure of "cells used" is what nextpnr counts of one kind of cell: on iCE40 a logic cell (LUT,
carry and flip-flop together), on ECP5 and Gowin a place for a LUT4, whose flip-flops are beside
it. Figures of different families are therefore not the same measure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gen.tools import (
    ECPPACK,
    GOWIN_PACK,
    ICEPACK,
    NEXTPNR_ECP5,
    NEXTPNR_GOWIN,
    NEXTPNR_ICE40,
    YOSYS,
    Tool,
)

__all__ = ["ECP5", "FAMILIES", "GOWIN", "ICE40", "MEMORY", "Family"]


@dataclass(frozen=True)
class Family:
    """What differs between families.

    `synthesis` is the Yosys command, `before` those that come before it, `lut` the name of a LUT in
    core.v. `route` and `pack` are the programs, `route_step` and `pack_step` what Amaranth calls
    them. `routed` is route's option for the file that `pack` reads, `routed_file` the name under
    which it is kept, and `pack_files` gives pack's arguments from that file and the bitstream.

    `counted` are nextpnr's kinds of cell that make up a device's capacity, `placed` what it calls
    them in the routed design, `unit` their name in a sentence. `kinds` groups Yosys's cells by the
    start of their names. `place` finds a cell in what nextpnr writes for its place, with groups x
    and y and, in `slot`, its number in the tile.

    `alone` are nextpnr's options for a core without pins; None where it takes none, and LUTs and
    carries are counted as synthesis leaves them, which its packer does not merge. `crowded` are its
    options for a device that is nearly full. `io_level` is the attribute of a pin at 3.3 V.
    `fetched` says that the tools are an extra of the package, installed when a board of the family
    is asked for.
    """

    name: str
    title: str
    synthesis: str
    lut: str
    route: Tool
    route_step: str
    routed: str
    routed_file: str
    pack: Tool
    pack_step: str
    pack_files: Callable[[str, str], tuple[str, ...]]
    bitstream: str
    counted: tuple[str, ...]
    placed: tuple[str, ...]
    unit: str
    kinds: Mapping[str, tuple[str, ...]]
    place: re.Pattern[str]
    slot: Callable[[str], int]
    alone: tuple[str, ...] | None
    io_level: tuple[str, str]
    fetched: bool = True
    before: str = ""
    crowded: tuple[str, ...] = ()
    timing_trusted: bool = True

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The programs of a build, in their order."""
        return (YOSYS, self.route, self.pack)


ICE40 = Family(
    name="ice40",
    title="Lattice iCE40",
    synthesis="synth_ice40",
    lut="SB_LUT4",
    route=NEXTPNR_ICE40,
    route_step="nextpnr-ice40",
    routed="--asc",
    routed_file="top.asc",
    pack=ICEPACK,
    pack_step="icepack",
    pack_files=lambda routed, bits: (routed, bits),
    bitstream="top.bin",
    counted=("ICESTORM_LC",),
    placed=("ICESTORM_LC",),
    unit="logic cells",
    kinds={
        "lut4": ("SB_LUT4",),
        "carry": ("SB_CARRY",),
        "ff": ("SB_DFF",),
        "blocks": ("SB_RAM", "SB_SPRAM", "SB_MAC16"),
    },
    place=re.compile(r"X(?P<x>\d+)/Y(?P<y>\d+)/lc(?P<slot>\d+)$"),
    slot=int,
    alone=("--pcf-allow-unconstrained",),
    io_level=("IO_STANDARD", "SB_LVCMOS"),
    fetched=False,
    crowded=("--router", "router2"),
)


def _ecp5_slot(text: str) -> int:
    """A.K0, the first LUT of SLICEA, is 0, and D.K1 is 7."""
    return 2 * "ABCD".index(text[0]) + int(text[-1])


ECP5 = Family(
    name="ecp5",
    title="Lattice ECP5",
    synthesis="synth_ecp5",
    # Without this, names of one wire can make synthesis end with a failed assertion (Yosys 0.70).
    before="hierarchy -top top; proc; flatten; opt_clean",
    lut="LUT4",
    route=NEXTPNR_ECP5,
    route_step="nextpnr-ecp5",
    routed="--textcfg",
    routed_file="top.config",
    pack=ECPPACK,
    pack_step="ecppack",
    pack_files=lambda routed, bits: ("--input", routed, "--bit", bits),
    bitstream="top.bit",
    counted=("TRELLIS_COMB",),
    placed=("TRELLIS_COMB",),
    unit="LUT4",
    kinds={
        "lut4": ("LUT4",),
        "carry": ("CCU2C",),
        "ff": ("TRELLIS_FF",),
        "blocks": ("DP16KD", "PDPW16KD", "TRELLIS_DPR16X4", "MULT18X18D", "ALU54B"),
    },
    place=re.compile(r"X(?P<x>\d+)/Y(?P<y>\d+)/SLICE(?P<slot>[A-D]\.K[01])$"),
    slot=_ecp5_slot,
    alone=("--lpf-allow-unconstrained", "--out-of-context"),
    io_level=("IO_TYPE", "LVCMOS33"),
)

GOWIN = Family(
    name="gowin",
    title="Gowin LittleBee",
    synthesis="synth_gowin",
    lut="LUT4",
    route=NEXTPNR_GOWIN,
    # The name of a retired program, which Amaranth 0.5.10 still writes into its plan.
    route_step="nextpnr-gowin",
    routed="--write",
    routed_file="top.pnr.json",
    pack=GOWIN_PACK,
    pack_step="gowin_pack",
    pack_files=lambda routed, bits: ("-o", bits, routed),
    bitstream="top.fs",
    # A carry takes the place of a LUT.
    counted=("LUT4", "ALU"),
    placed=("LUT1", "LUT2", "LUT3", "LUT4", "ALU"),
    unit="LUT4",
    kinds={
        "lut4": ("LUT",),
        "carry": ("ALU",),
        "ff": ("DFF",),
        "blocks": ("RAM16S", "SDP", "DP", "SP", "pROM", "MULT"),
    },
    place=re.compile(r"X(?P<x>\d+)Y(?P<y>\d+)/(?:LUT|ALU)(?P<slot>\d)$"),
    slot=int,
    alone=None,
    io_level=("IO_TYPE", "LVCMOS33"),
    timing_trusted=False,
)

FAMILIES: dict[str, Family] = {family.name: family for family in (ICE40, ECP5, GOWIN)}

MEMORY = {
    "iCE40UP5K": 30 * 4096,
    "iCE40HX1K": 16 * 4096,
    "iCE40HX8K": 32 * 4096,
    "iCE40LP8K": 32 * 4096,
    "LFE5U-25F": 56 * 18_432,
    "LFE5U-85F": 208 * 18_432,
    "GW1NR-LV9QN88PC6/I5": 26 * 18_432,
}
"""Bits of block RAM that are loaded with the bitstream, by device (the vendors' data sheets)."""
