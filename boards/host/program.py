"""Programming a board with the bitstream of a finished build."""

from pathlib import Path

from boards.build.synth import BUILD_FORMAT
from boards.table.board import Board, BoardError
from boards.table.programmers import PROGRAMMERS, find_programmer
from gen.console import say
from gen.files import FileDamaged, read_json
from gen.made import digest
from gen.tools import Tool, ToolFailed, ToolNotFound

__all__ = ["program"]


def program(board: Board, folder: Path, timeout: float = 300) -> str:
    """Write the bitstream in `folder` to the board's flash memory; returns the programmer's name.

    Raises BoardError where there is no finished bitstream, it is not the one that the build made,
    or the board does not answer, ToolNotFound where no programmer is installed.
    """
    bitstream = board.kind.bitstream
    _check_bitstream(board, folder)
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


def _check_bitstream(board: Board, folder: Path) -> None:
    """The file is what build.json says was built, for this board."""
    path, again = folder / board.kind.bitstream, f"run `make synth BOARD={board.name}`"
    if not path.is_file():
        raise BoardError(f"{path}: no finished bitstream; {again} first")
    build = read_json(folder / "build.json", BUILD_FORMAT)
    try:
        device, wanted = build["board"]["device"], build["bitstream"]
    except (KeyError, TypeError):
        raise FileDamaged(f"{folder / 'build.json'}: names no bitstream; {again} again") from None
    if device != board.device:
        raise BoardError(f"{path}: was built for {device}; {board.title} has {board.device}")
    if digest(path) != wanted:
        raise BoardError(
            f"{path}: is cut short or changed: its SHA-256 is not the one in build.json; move it"
            f" away and {again} again"
        )


def _choose(board: Board) -> tuple[str, Tool, tuple[str, ...]]:
    found = find_programmer(board)
    if found is not None:
        return found
    hints = [f"`{PROGRAMMERS[name].install}` ({name})" for name, *_ in board.programmers]
    raise ToolNotFound(f"no programmer for {board.title} found; install one: {' or '.join(hints)}")
