"""Links 4 and 5: the RTL is the netlist that was placed, and that is what the bitstream holds.

Both are proofs about the whole top level, serial line and power-on reset included, by induction
over clock cycles with every register cut (`gen.proof.compare`). Registers are put in pairs by
their names in link 4, by their places on the chip in link 5; that is a guess which the proof
confirms. Enables and synchronous resets are part of the next values; that all registers power up
at 0 is checked with them.
"""

import hashlib
from pathlib import Path
from typing import Any

from boards.bits.guess import all_classes
from boards.bits.simulate import netlist_verilog, readback_verilog, serial_ports, simulate_board
from boards.bits.sites import by_name, by_site, read_sites
from boards.bits.unpack import ASC, VERILOG, missing_tools, sections, unpack
from boards.build.synth import plan_again
from gen.errors import SmeltError
from gen.files import read_json
from gen.proof.cells import read_cells
from gen.proof.chain import (
    FAILED,
    FOLDER,
    NOT_RUN,
    PROVED,
    Check,
    Found,
    Link,
    timed,
)
from gen.proof.compare import compare_machines, found
from gen.proof.machine import MachineError, NotCompared
from gen.proof.readback import read_back
from gen.proof.verilog import read_design

__all__ = [
    "BITSTREAM_FILES",
    "NETLIST_FILES",
    "check_bitstream",
    "check_netlist",
    "delivered",
    "planned",
    "same_core",
]

# The core that link 3 is about, one folder up, and the copy of it that the board was built from.
LINK3_CORE, LINK3_DESCRIPTION = "../core.v", "../core.json"
PLACEMENT = "top.placed.json"
NETLIST_FILES = (
    *(LINK3_CORE, LINK3_DESCRIPTION, "build.json", "core.v", "top.il", "top.pcf", "top.ys"),
    "top.json",
)
BITSTREAM_FILES = ("build.json", "top.json", PLACEMENT, "top.asc", "top.pcf", "top.bin")
WHOLE = "whole top level, registers cut"


def check_netlist(
    folder: Path, build: dict[str, Any], budget: float = 300, board: str | None = None
) -> Link:
    """RTL == post-synthesis netlist, of a board's build folder; `build` is build.json's value,
    `board` a file that describes the board where it is one's own."""
    if _unread(build):
        return Link(4, "netlist", (Check(WHOLE, NOT_RUN, "reading", 0.0, _unread(build)),))
    work = folder / FOLDER / "netlist"
    checks = (
        timed("the core is link 3's", lambda: same_core(folder, build)),
        timed("the top level is that core's", lambda: planned(folder, build, board)),
        timed(WHOLE, lambda: _netlist(folder, budget)),
        timed("whole top level, simulated", lambda: _simulated(folder, build, work, "top"), False),
    )
    return Link(4, "netlist", checks)


def check_bitstream(folder: Path, build: dict[str, Any], budget: float = 300) -> Link:
    """Netlist == top.bin, of a board's build folder; not run where icestorm's tools are missing."""
    if _unread(build):
        return Link(5, "bitstream", (Check(WHOLE, NOT_RUN, "reading", 0.0, _unread(build)),))
    why = missing_tools()
    if not why and not (folder / PLACEMENT).is_file():
        why = f"{folder / PLACEMENT} is missing: of an earlier version; `make synth` again"
    if why:
        check = Check("read back from top.bin", NOT_RUN, "icebox_vlog", 0.0, why)
        return Link(5, "bitstream", (check,))
    work = folder / FOLDER / "bitstream"
    first = timed("top.bin == place and route's bits", lambda: _unpacked(folder, work))
    checks = [first, timed(WHOLE, lambda: _bits(folder, work, budget))]
    checks.append(timed("top.bin is build.json's", lambda: delivered(folder, build)))
    checks.append(
        timed("read back and simulated", lambda: _simulated(folder, build, work, "chip"), False)
    )
    return Link(5, "bitstream", tuple(checks))


def _unread(build: dict[str, Any]) -> str:
    """Why no link of a board is run; nothing where they are."""
    family = build["board"]["family"]
    if family != "ice40":
        return f"cells of family {family} have no rule here; ice40's have"
    if build["core_clock"]["pll"] is not None:
        return "the core's clock is the PLL's: designs of one clock are compared, as of CLOCK=board"
    return ""


def _simulated(folder: Path, build: dict[str, Any], work: Path, module: str) -> Found:
    """The netlist (module "top") or what was read back ("chip"), on the board's pins."""
    try:
        machine = read_cells(folder / "top.json", "top")
        rx, tx = serial_ports(machine)
    except MachineError as error:
        return Found(NOT_RUN, "cocotb", str(error))
    pins = {"module": module, "clock": machine.clock, "rx": rx, "tx": tx}
    netlist = module == "top"
    sources = (
        netlist_verilog(folder / "top.json", work) if netlist else readback_verilog(work / VERILOG)
    )
    return simulate_board(build, folder.parent, sources, pins, work)


def same_core(folder: Path, build: dict[str, Any]) -> Found:
    """Without this a board built from another core would hold link by link, and not as a whole."""
    how = "bytes of core.v, entries of core.json"
    one, other = folder / LINK3_CORE, folder / "core.v"
    if one.read_bytes() != other.read_bytes():
        return Found(FAILED, how, f"{other} is not {one}; `make synth` builds again")
    description = folder / LINK3_DESCRIPTION
    if read_json(description) != build["core_description"]:
        fault = f"{description} is not what build.json was made of; `make synth` builds again"
        return Found(FAILED, how, fault)
    return Found(PROVED, how)


def planned(folder: Path, build: dict[str, Any], board: str | None = None) -> Found:
    """Link and pins are those of `hw` and of the board: all that a build starts from is made anew.

    core.json says which inputs a frame carries, so they are bound to the core here.
    """
    how = "made anew from core.json and the board, byte for byte"
    try:
        files = plan_again(build, folder / LINK3_CORE, board).files
    except SmeltError as error:
        return Found(NOT_RUN, how, f"{error}; --board names it, or the file of one's own")
    for name, text in files.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != text:
            return Found(FAILED, how, f"{path} is another; `make synth` builds again")
    return Found(PROVED, f"{', '.join(files)} {how}")


def _netlist(folder: Path, budget: float) -> Found:
    try:
        rtl = read_design({name: folder / name for name in ("core.v", "top.il")}, "top")
        netlist = read_cells(folder / "top.json", "top")
        classes = all_classes(rtl, netlist, by_name(rtl, netlist))
        made = compare_machines(rtl, netlist, classes, seconds=budget)
    except NotCompared as error:
        return Found(NOT_RUN, "reading", str(error))
    except MachineError as error:
        return Found(FAILED, "reading", str(error))
    return found(made, f"induction over {len(netlist.registers):,} registers by name")


def _unpacked(folder: Path, work: Path) -> Found:
    try:
        unpack(folder / "top.bin", folder / "top.pcf", work)
    except SmeltError as error:
        return Found(FAILED, "iceunpack", str(error))
    back, routed = sections(work / ASC), sections(folder / "top.asc")
    wrong = [head for head in {**back, **routed} if back.get(head) != routed.get(head)]
    how = f"iceunpack, {len(back):,} tiles with bits"
    if wrong:
        return Found(FAILED, how, f"{len(wrong)} differ, {wrong[0]}: packed from other bits")
    return Found(PROVED, f"{how}, all the same")


def delivered(folder: Path, build: dict[str, Any]) -> Found:
    """The digest that the report names, and that a board is programmed by."""
    digest = hashlib.sha256((folder / "top.bin").read_bytes()).hexdigest()
    if digest != build.get("bitstream"):
        return Found(FAILED, "sha256", "build.json has another digest; `make synth` builds again")
    return Found(PROVED, f"sha256 {digest[:12]}")


def _bits(folder: Path, work: Path, budget: float) -> Found:
    try:
        netlist = read_cells(folder / "top.json", "top")
        back = read_back((work / VERILOG).read_text(encoding="utf-8"))
        classes = by_site(netlist, back, read_sites(folder / PLACEMENT))
        made = compare_machines(netlist, back.machine, classes, seconds=budget)
    except NotCompared as error:
        return Found(NOT_RUN, "icebox_vlog", str(error))
    except (MachineError, FileNotFoundError) as error:
        return Found(FAILED, "icebox_vlog", str(error))
    return found(made, f"icebox_vlog; induction over {len(classes):,} registers by place")
