"""A user's own board: a Python file that defines BOARD, checked before anything is built for it.

The file is run, so it can define the platform class as well:

    from boards.table import Board
    from my_platforms import MyPlatform

    BOARD = Board(name="mine", title="My board", platform=MyPlatform, device="iCE40UP5K", ...)
"""

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

from boards.table.board import Board, BoardError
from boards.table.families import FAMILIES
from boards.table.programmers import PROGRAMMERS

__all__ = ["check_board", "load_board"]

# How the devices of a family are called.
DEVICES = {"ice40": "iCE40", "ecp5": "LFE5", "gowin": "GW"}


def load_board(path: Path) -> Board:
    """The board that a file defines, under the file's name; raises BoardError saying what lacks."""
    if not path.is_file():
        raise BoardError(f"board {path}: no such file; it should define BOARD = Board(...)")
    try:
        board = runpy.run_path(str(path)).get("BOARD")
    except Exception as error:  # Whatever the user's code raises is the user's to read.
        raise BoardError(f"board {path}: {type(error).__name__}: {error}") from None
    if not isinstance(board, Board):
        raise BoardError(
            f"board {path}: BOARD is {_kind(board)}; define BOARD = Board(...) of boards.table"
        )
    board = replace(board, name=path.stem)
    check_board(board, str(path))
    return board


def _kind(value: object) -> str:
    return "not there" if value is None else f"a {type(value).__name__}"


def check_board(board: Board, where: str) -> None:
    """Check an entry against its family, its platform and the known programmers.

    Raises BoardError, with `where` in front, for the first thing that is wrong.
    """

    def wrong(text: str) -> BoardError:
        return BoardError(f"board {where}: {text}")

    if board.family not in FAMILIES:
        raise wrong(f"family {board.family!r} is unknown; known are {', '.join(FAMILIES)}")
    for name, *_ in board.programmers:
        if name not in PROGRAMMERS:
            raise wrong(f"programmer {name!r} is unknown; known are {', '.join(PROGRAMMERS)}")
    for field in ("capacity", "clock_hz", "baud"):
        if not getattr(board, field) > 0:
            raise wrong(f"{field} is {getattr(board, field)!r}; it must be above 0")
    try:
        platform = board.make_platform()
    except Exception as error:  # A platform's constructor is not ours.
        raise wrong(f"its platform cannot be made ({type(error).__name__}: {error})") from None
    if platform.default_clk_frequency != board.clock_hz:
        raise wrong(
            f"clock_hz is {board.clock_hz:,}, its platform's clock is"
            f" {platform.default_clk_frequency:,.0f} Hz"
        )
    _check_chip(board, platform, wrong)
    _check_resources(board, platform, wrong)


def _check_chip(board: Board, platform: Any, wrong: Any) -> None:
    """The chip that nextpnr is told of is the one whose pins are the platform's."""
    theirs = {
        "device": getattr(platform, "part" if board.family == "gowin" else "device", None),
        "package": getattr(platform, "package", None),
    }
    if not str(theirs["device"]).startswith(DEVICES[board.family]):
        raise wrong(f"family is {board.family!r}, its platform's device is {theirs['device']!r}")
    if board.family == "ecp5":
        theirs["variant"] = getattr(platform, "speed", None)
    for field, value in theirs.items():
        if getattr(board, field) != value:
            raise wrong(f"{field} is {getattr(board, field)!r}, its platform's is {value!r}")


def _check_resources(board: Board, platform: Any, wrong: Any) -> None:
    from amaranth.build import ResourceError

    lights = {("led", n) if isinstance(n, int) else ("rgb_led", 0) for n in board.leds}
    for name, number in [(board.uart, 0), *sorted(lights)]:
        try:
            platform.lookup(name, number)
        except ResourceError as error:
            hint = "; name its pins with serial=Serial(rx=..., tx=...)" if name == "uart" else ""
            raise wrong(f"{error}{hint}") from None
