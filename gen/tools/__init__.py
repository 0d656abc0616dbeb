"""External programs as values: found, versioned, run with a log, and named when they fail."""

from gen.tools.programs import (
    ABC,
    ICEBOX_VLOG,
    ICEPACK,
    ICEPROG,
    ICEUNPACK,
    IVERILOG,
    NEXTPNR_ICE40,
    OPENFPGALOADER,
    VVP,
    YOSYS,
)
from gen.tools.tool import Tool, ToolFailed, ToolNotFound

__all__ = [
    "ABC",
    "ICEBOX_VLOG",
    "ICEPACK",
    "ICEPROG",
    "ICEUNPACK",
    "IVERILOG",
    "NEXTPNR_ICE40",
    "OPENFPGALOADER",
    "VVP",
    "YOSYS",
    "Tool",
    "ToolFailed",
    "ToolNotFound",
]
