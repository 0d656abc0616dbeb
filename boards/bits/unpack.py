"""A bitstream read back: top.bin -> configuration bits (iceunpack) -> Verilog (icebox_vlog)."""

import shutil
from pathlib import Path

from gen.errors import SmeltError
from gen.files import FileDamaged, make_folder
from gen.tools import ICEBOX_VLOG, ICEUNPACK, ToolNotFound

__all__ = ["UnpackError", "missing_tools", "sections", "to_verilog", "unpack"]

ASC, VERILOG = "readback.asc", "readback.v"


class UnpackError(SmeltError):
    """A bitstream holds other bits than place and route wrote."""


def missing_tools() -> str:
    """Why a bitstream cannot be read back here; nothing where it can."""
    try:
        ICEUNPACK.find()
        ICEBOX_VLOG.find()
    except ToolNotFound as error:
        return str(error)
    return ""


def unpack(bitstream: Path, pcf: Path, folder: Path) -> str:
    """The Verilog of a bitstream; leaves readback.asc and readback.v in `folder`.

    `pcf` names the pins. Raises ToolNotFound, ToolFailed, FileDamaged.
    """
    make_folder(folder)
    for path in (bitstream, pcf):
        if not path.is_file():
            raise FileDamaged(f"{path}: no such file; `make synth` makes it")
    shutil.copyfile(bitstream, folder / "top.bin")
    ICEUNPACK.run(["top.bin", ASC], folder, folder / "iceunpack.log")
    return to_verilog(folder / ASC, pcf, folder)


def to_verilog(asc: Path, pcf: Path, folder: Path) -> str:
    """The Verilog of configuration bits; leaves readback.v in `folder`."""
    args = ["-s", "-p", str(pcf.resolve()), str(asc.resolve())]
    ICEBOX_VLOG.run(args, folder, folder / VERILOG)
    return (folder / VERILOG).read_text(encoding="utf-8", errors="replace")


def sections(asc: Path) -> dict[str, str]:
    """Configuration bits by the header of their section (".logic_tile 3 4"), without remarks."""
    found: dict[str, str] = {}
    text = asc.read_text(encoding="utf-8", errors="replace")
    for block in text.split("\n."):
        head, _, body = block.removeprefix(".").partition("\n")
        if head.split(" ")[0] not in ("comment", "sym", "device") and "1" in body:
            found[head] = "".join(body.split())
    return found
