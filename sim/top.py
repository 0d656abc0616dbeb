"""The top level as Verilog for the simulator: short bits and a short idle time."""

from pathlib import Path

from amaranth.back import rtlil

from gen.errors import SmeltError
from gen.tools import YOSYS
from hw.link import ReplyLayout
from hw.top import CoreTop
from sim.description import Core

__all__ = ["LinkUnfit", "TOP_DIVISOR", "TOP_IDLE_BITS", "write_top"]

# Few cycles per bit keep a run short; 8 leave the receiver a middle to sample.
TOP_DIVISOR = 8
TOP_IDLE_BITS = 64

# Icarus 11 cannot read the functions that Yosys writes for multiplexers of several inputs.
SCRIPT = "read_rtlil top.il; proc; pmuxtree; write_verilog -noattr -norename top.v"


class LinkUnfit(SmeltError):
    """The link cannot carry a core's outputs."""


def write_top(core: Core, folder: Path) -> Path:
    """Write the top level around the module `core` to `folder`/top.v.

    Raises LinkUnfit where the link cannot carry the core's outputs, ToolNotFound, ToolFailed.
    """
    try:
        ReplyLayout.of(core.outputs, core.score_signed)
    except ValueError as error:
        raise LinkUnfit(f"{core.verilog}: {error}") from None
    top = CoreTop(
        core.n_in,
        core.outputs,
        TOP_DIVISOR,
        score_signed=core.score_signed,
        idle_bits=TOP_IDLE_BITS,
    )
    (folder / "top.il").write_text(rtlil.convert(top, name="top", emit_src=False))
    YOSYS.run(["-q", "-p", SCRIPT], cwd=folder, log=folder / "yosys.log")
    return folder / "top.v"
