"""Programming a board with the bitstream of a finished build."""

from pathlib import Path

from boards.table.board import Board, BoardError
from boards.table.programmers import PROGRAMMERS, find_programmer
from gen.console import say
from gen.tools import Tool, ToolFailed, ToolNotFound

__all__ = ["program"]


def program(board: Board, folder: Path, timeout: float = 300) -> str:
    """Write the bitstream in `folder` to the board's flash memory; returns the programmer's name.

    Raises BoardError where there is no finished bitstream or the board does not answer,
    ToolNotFound where no programmer is installed.
    """
    bitstream = board.kind.bitstream
    if not (folder / bitstream).is_file():
        path = folder / bitstream
        raise BoardError(
            f"{path}: no finished bitstream; run `make synth BOARD={board.name}` first"
        )
    name, tool, options = _choose(board)
    say(f"programming {board.title} with {name}")
    try:
        tool.run([*options, bitstream], folder, folder / "logs" / "program.log", timeout)
    except ToolFailed as error:
        raise BoardError(
            f"{board.title} was not programmed: {error}; is it plugged in, and may you open its"
            " USB device (a udev rule for it, or sudo)?"
        ) from None
    return name


def _choose(board: Board) -> tuple[str, Tool, tuple[str, ...]]:
    found = find_programmer(board)
    if found is not None:
        return found
    hints = [f"`{PROGRAMMERS[name].install}` ({name})" for name, *_ in board.programmers]
    raise ToolNotFound(f"no programmer for {board.title} found; install one: {' or '.join(hints)}")
