"""The build plan: the same every time, free of paths, and refused where it cannot work."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from boards.core import load_core
from boards.plan import make_plan
from boards.table import BOARDS, Board, BoardError
from tests.boards.designs import write_core

ICEBREAKER = BOARDS["icebreaker"]


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_plan_has_three_steps_and_their_files(board: Board, tmp_path: Path) -> None:
    plan = make_plan(board, load_core(write_core(tmp_path)))
    assert list(plan.steps) == ["yosys", "nextpnr-ice40", "icepack"]
    assert set(plan.files) == {"core.v", "top.il", "top.ys", "top.pcf"}
    assert set(board.device_args) <= set(plan.steps["nextpnr-ice40"])
    assert f"set_frequency {board.make_platform().default_clk}" in plan.files["top.pcf"]


def test_plan_is_the_same_twice_wherever_the_core_lies(tmp_path: Path) -> None:
    first = make_plan(ICEBREAKER, load_core(write_core(tmp_path / "a")))
    second = make_plan(ICEBREAKER, load_core(write_core(tmp_path / "elsewhere" / "b")))
    assert first == second
    text = "".join(first.files.values())
    assert "src" not in first.files["top.il"]
    assert str(tmp_path) not in text
    assert "site-packages" not in text


def test_serial_port_is_on_the_boards_pins(tmp_path: Path) -> None:
    pins = make_plan(ICEBREAKER, load_core(write_core(tmp_path))).files["top.pcf"]
    # iCEBreaker v1.0 schematic: RX is pin 6, TX is pin 9, the 12 MHz clock pin 35.
    assert "set_io uart_0__rx__io 6\n" in pins
    assert "set_io uart_0__tx__io 9\n" in pins
    assert "set_io clk12_0__io 35\n" in pins


def test_reports_are_switched_on_and_failing_timing_is_not_allowed(tmp_path: Path) -> None:
    plan = make_plan(ICEBREAKER, load_core(write_core(tmp_path)))
    assert "tee -q -o top.stat.json stat -json" in plan.files["top.ys"]
    assert "--timing-allow-fail" not in json.dumps(plan.steps)


def test_timing_allow_fail_from_the_environment_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMARANTH_nextpnr_opts", "--timing-allow-fail")
    with pytest.raises(BoardError, match="--timing-allow-fail is never used; unset the AMARANTH_"):
        make_plan(ICEBREAKER, load_core(write_core(tmp_path)))


def test_baud_rate_too_fast_wrong(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="board icebreaker: baud .* is 1 cycles per bit"):
        make_plan(ICEBREAKER, load_core(write_core(tmp_path)), baud=11_000_000)


def test_output_that_the_link_cannot_carry_wrong(tmp_path: Path) -> None:
    core = replace(load_core(write_core(tmp_path)), outputs=())
    with pytest.raises(BoardError, match="board icebreaker: the core has no outputs"):
        make_plan(ICEBREAKER, core)


def test_extract_writes_every_file(tmp_path: Path) -> None:
    plan = make_plan(ICEBREAKER, load_core(write_core(tmp_path)))
    plan.extract(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(plan.files)
    assert (tmp_path / "out" / "core.v").read_text() == (tmp_path / "core.v").read_text()
