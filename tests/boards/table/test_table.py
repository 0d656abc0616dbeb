"""The board table against amaranth-boards, and against nextpnr's own figures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from boards.measured.measure import measure_core
from boards.table.entries import BOARDS, Board, BoardError, find_board
from boards.table.own import check_board
from tests.boards.designs import write_core

EVERY_BOARD = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


@EVERY_BOARD
def test_entry_agrees_with_its_platform(board: Board) -> None:
    check_board(board, board.name)
    platform = board.make_platform()
    device = platform.part if board.family == "gowin" else platform.device
    assert (device, platform.package) == (board.device, board.package)
    assert not hasattr(platform, "speed") or board.family != "ecp5" or platform.speed in "678"


@EVERY_BOARD
def test_file_of_ones_own_says_the_same(board: Board, tmp_path: Path) -> None:
    """What the table says of a board can be said in a file, which names it."""
    path = tmp_path / "mine.py"
    path.write_text(f"from boards.table import Board, Serial\nBOARD = {board!r}\n")
    assert find_board(str(path)) == replace(board, name="mine")


# A board of each kind of chip; the others have the same ones.
CHIPS = {board.device: board for board in BOARDS.values() if board.family == "ice40"}


@pytest.mark.parametrize("board", CHIPS.values(), ids=CHIPS)
def test_capacity_is_nextpnrs(board: Board, tmp_path: Path) -> None:
    measure_core(write_core(tmp_path), "core", tmp_path / "alone", board=board)
    report = json.loads((tmp_path / "alone" / "core.pack.json").read_text())
    has = {cell: found["available"] for cell, found in report["utilization"].items()}
    assert (has["ICESTORM_LC"], has["ICESTORM_RAM"] * 4096) == (board.capacity, board.memory)


def test_find_board_in_any_case() -> None:
    assert find_board("iCEBreaker") is BOARDS["icebreaker"]


def test_unknown_board_wrong() -> None:
    with pytest.raises(BoardError) as caught:
        find_board("icebraker")
    assert str(caught.value) == (
        f"board 'icebraker' is unknown; known are {', '.join(BOARDS)}; did you mean icebreaker?"
    )


def test_unknown_board_without_a_near_one_wrong() -> None:
    with pytest.raises(BoardError) as caught:
        find_board("zybo")
    assert str(caught.value) == f"board 'zybo' is unknown; known are {', '.join(BOARDS)}"


GOOD = """
from boards.table import Board
BOARD = Board(
    "x", "Mine", "amaranth_boards.icestick:ICEStickPlatform", "iCE40HX1K", "TQ144", 1280, (14, 18),
    12_000_000, leds=(0,), programmers=(("iceprog",),),
)
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("BOARD =", "BORED ="),
            "BOARD is not there; define BOARD = Board(...) of boards.table",
        ),
        (("BOARD = Board(", "BOARD = dict(name="), "SyntaxError: "),
        (('"x",', '"x", colour="red",'), "SyntaxError: positional argument follows keyword"),
        (("leds=(0,)", 'leds=(0,), colour="red"'), "TypeError: Board.__init__() got an unexpected"),
        (("leds=(0,)", "leds=(9,)"), "Resource led#9 does not exist"),
        (("leds=(0,)", 'leds=("r",)'), "Resource rgb_led#0 does not exist"),
        (("leds=(0,)", 'leds=(), uart="u"'), "Resource u#0 does not exist"),
        (("leds=(0,)", 'leds=(), family="xc7"'), "family 'xc7' is unknown; known are ice40, ecp5"),
        (("iceprog", "avrdude"), "programmer 'avrdude' is unknown; known are dfu-util, "),
        (("iCE40HX1K", "iCE40UP5K"), "device is 'iCE40UP5K', its platform's is 'iCE40HX1K'"),
        (("TQ144", "VQ100"), "package is 'VQ100', its platform's is 'TQ144'"),
        (
            ("leds=(0,)", 'leds=(0,), family="ecp5"'),
            "family is 'ecp5', its platform's device is 'iCE40HX1K'",
        ),
        (("1280", "0"), "capacity is 0; it must be above 0"),
        (
            ("12_000_000", "16_000_000"),
            "clock_hz is 16,000,000, its platform's clock is 12,000,000",
        ),
        (("ICEStickPlatform", "Stick"), "its platform cannot be made (AttributeError: module "),
        (("icestick:ICE", "icestock:ICE"), "its platform cannot be made (ModuleNotFoundError: "),
        (("from boards", "1/0; from boards"), "ZeroDivisionError: division by zero"),
    ],
)
def test_file_of_ones_own_wrong(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    assert change[0] in GOOD
    path.write_text(GOOD)
    assert find_board(str(path)).name == "mine"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(BoardError) as caught:
        find_board(str(path))
    assert str(caught.value).startswith(f"board {path}: {message}")
    assert "\n" not in str(caught.value)


def test_missing_file_of_ones_own_wrong(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match=r"none\.py: no such file; it should define BOARD = "):
        find_board(str(tmp_path / "none.py"))
