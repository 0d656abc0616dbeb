"""The board table against amaranth-boards, and against nextpnr's own figures."""

import json
from pathlib import Path

import pytest

from boards.measure import measure_core
from boards.table import BOARDS, Board, BoardError, find_board
from tests.boards.designs import write_core

EVERY_BOARD = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


@EVERY_BOARD
def test_entry_agrees_with_its_platform(board: Board) -> None:
    platform = board.make_platform()
    assert (platform.device, platform.package) == (board.device, board.package)
    assert platform.default_clk_frequency == board.clock_hz
    platform.lookup(board.uart, 0)
    for number in board.leds:
        platform.lookup("led", number)


@EVERY_BOARD
def test_capacity_is_nextpnrs(board: Board, tmp_path: Path) -> None:
    measure_core(write_core(tmp_path), "core", tmp_path / "alone", board=board)
    report = json.loads((tmp_path / "alone" / "core.pack.json").read_text())
    assert report["utilization"]["ICESTORM_LC"]["available"] == board.capacity


def test_find_board_in_any_case() -> None:
    assert find_board("iCEBreaker") is BOARDS["icebreaker"]


def test_unknown_board_wrong() -> None:
    with pytest.raises(BoardError) as caught:
        find_board("icebraker")
    assert str(caught.value) == (
        "board 'icebraker' is unknown; known are icebreaker, icestick, hx8k, icesugar;"
        " did you mean icebreaker?"
    )


def test_unknown_board_without_a_near_one_wrong() -> None:
    with pytest.raises(BoardError) as caught:
        find_board("ulx3s")
    assert str(caught.value) == (
        "board 'ulx3s' is unknown; known are icebreaker, icestick, hx8k, icesugar"
    )
