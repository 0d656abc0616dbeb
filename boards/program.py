"""Programming a board with the bitstream of a finished build."""

from pathlib import Path

from boards.table import Board, BoardError
from gen.console import say
from gen.tools import ICEPROG, OPENFPGALOADER, Tool, ToolFailed, ToolNotFound

__all__ = ["program"]

ICESPROG = Tool("ICESPROG", ("icesprog",), "the installer of the iCESugar tools", None)

# How each programmer writes the flash memory. Most iCE40 boards with an FT2232H are wired alike;
# openFPGALoader calls them all ice40_generic.
_PROGRAMMERS: dict[str, tuple[Tool, tuple[str, ...]]] = {
    "iceprog": (ICEPROG, ()),
    "openFPGALoader": (OPENFPGALOADER, ("-b", "ice40_generic", "-f")),
    "icesprog": (ICESPROG, ()),
}


def program(board: Board, folder: Path, timeout: float = 300) -> str:
    """Write `folder`/top.bin to the board's flash memory; returns the programmer's name.

    Raises BoardError where there is no finished bitstream or the board does not answer,
    ToolNotFound where no programmer is installed.
    """
    if not (folder / "top.bin").is_file():
        raise BoardError(
            f"{folder}/top.bin: no finished bitstream; run `make synth BOARD={board.name}` first"
        )
    name, tool, options = _choose(board)
    say(f"programming {board.title} with {name}")
    try:
        tool.run([*options, "top.bin"], folder, folder / "logs" / "program.log", timeout)
    except ToolFailed as error:
        raise BoardError(
            f"{board.title} was not programmed: {error}; is it plugged in, and may you open its"
            " USB device (a udev rule for it, or sudo)?"
        ) from None
    return name


def _choose(board: Board) -> tuple[str, Tool, tuple[str, ...]]:
    for name in board.programmers:
        tool, options = _PROGRAMMERS[name]
        if tool.present():
            return name, tool, options
    hints = [f"`{_PROGRAMMERS[name][0].install}` ({name})" for name in board.programmers]
    raise ToolNotFound(f"no programmer for {board.title} found; install one: {' or '.join(hints)}")
