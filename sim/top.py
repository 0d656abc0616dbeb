"""The top level as Verilog for the simulator: short bits, and what it says of itself."""

from pathlib import Path

from amaranth.back import rtlil

from gen.files import write_text
from gen.tools import YOSYS
from hw.top import CoreTop
from sim.description import Core

__all__ = ["TOP_DIVISOR", "TOP_PORTS", "write_top"]

# Few cycles per bit keep a run short.
TOP_DIVISOR = 4
TOP_PORTS = ("clk", "rst", "rx", "tx", "leds")

# Icarus 11 cannot read the functions that Yosys writes for multiplexers of several inputs.
SCRIPT = "read_rtlil top.il; proc; pmuxtree; write_verilog -noattr -norename top.v"


def write_top(core: Core, folder: Path, clock_khz: int = 0) -> Path:
    """Write the top level around the module `core` to `folder`/top.v; raises ToolFailed.

    `clock_khz` is the clock that it says it has.
    """
    top = CoreTop(core.shape, TOP_DIVISOR, digest=core.digest, clock_khz=clock_khz)
    write_text(folder / "top.il", rtlil.convert(top, name="top", emit_src=False))
    YOSYS.run(["-q", "-p", SCRIPT], cwd=folder, log=folder / "yosys.log")
    return folder / "top.v"
