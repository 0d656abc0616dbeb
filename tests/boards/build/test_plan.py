"""The build plan: the same every time, free of paths, and refused where it cannot work."""

import gc
import json
from dataclasses import replace
from pathlib import Path

import pytest

from boards.build.core import DoesNotFit, load_core
from boards.build.plan import BuildPlan, make_plan
from boards.build.pll import best_setting
from boards.table.entries import BOARDS, Board, BoardError, Serial
from tests.boards.designs import write_core

ICEBREAKER = BOARDS["icebreaker"]


# Per family: the file of pins, and how the clock of a board is said in it.
PINS = {
    "ice40": ("top.pcf", "set_frequency {clock}_0__io {mhz:.1f}"),
    "ecp5": ("top.lpf", 'FREQUENCY PORT "{clock}_0__io" {hz:.1f} HZ;'),
    "gowin": ("top.sdc", "create_clock -period 37.037037"),
}


def plan_of(board: Board, folder: Path) -> BuildPlan:
    return make_plan(board, load_core(write_core(folder, family=board.family)))


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_plan_has_three_steps_and_their_files(board: Board, tmp_path: Path) -> None:
    plan = plan_of(board, tmp_path)
    pins, clock = PINS[board.family]
    places = {"top.cst"} if board.family == "gowin" else set()
    assert set(plan.files) == {"core.v", "top.il", "top.ys", pins} | places
    assert f"{board.kind.synthesis} " in plan.files["top.ys"]
    assert " ".join(board.device_args) in " ".join(plan.route)
    platform = board.make_platform()
    if platform.default_clk == "SB_HFOSC":  # nextpnr knows the oscillator's frequency.
        assert 'CLKHF_DIV "0b10"' in plan.files["top.il"]
    else:
        hz = board.clock_hz
        assert clock.format(clock=platform.default_clk, mhz=hz / 1e6, hz=hz) in plan.files[pins]


@pytest.mark.parametrize("name", ["icebreaker", "ulx3s-25f", "tang-nano-9k"])
def test_the_same_plan_again_elsewhere(name: str, tmp_path: Path) -> None:
    plans = [plan_of(BOARDS[name], tmp_path / folder) for folder in ("a", "again")]
    assert plans[0] == plans[1]


def test_a_refusal_is_all_that_is_said(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    board = replace(BOARDS["icestick"], uart="mine", serial=Serial(rx="116", tx="99"))
    with pytest.raises(BoardError, match=r"uses physical pin 99, but it is already used by"):
        plan_of(board, tmp_path)
    gc.collect()
    assert [str(one.message) for one in recwarn] == []


def test_routing_leaves_its_outputs_to_each_run(tmp_path: Path) -> None:
    plan = plan_of(BOARDS["ulx3s-25f"], tmp_path)
    wanted = "--25k --package CABGA381 --speed 6 --json top.json --lpf top.lpf"
    assert " ".join(plan.route) == wanted
    assert plan.pack == ("--compress",)


def test_gowin_goes_to_himbaechel(tmp_path: Path) -> None:
    plan = plan_of(BOARDS["tang-nano-9k"], tmp_path)
    assert " ".join(plan.route) == (
        "--json top.syn.json --device GW1NR-LV9QN88PC6/I5 --vopt family=GW1N-9C"
        " --vopt cst=top.cst --sdc top.sdc"
    )
    assert plan.pack == ("-d", "GW1N-9C", "--sspi_as_gpio", "--mspi_as_gpio")
    assert plan.files["top.sdc"] == "create_clock -period 37.037037 [get_nets cd_sync.clk]\n"


def test_pin_that_keeps_the_flash_off_is_high(tmp_path: Path) -> None:
    plan = plan_of(BOARDS["upduino-v3"], tmp_path)
    assert "set_io held_high_0__io 16\n" in plan.files["top.pcf"]
    assert "set_io uart_0__tx__io 14\n" in plan.files["top.pcf"]


def test_core_of_another_family_wrong(tmp_path: Path) -> None:
    core = load_core(write_core(tmp_path, family="ecp5"))
    with pytest.raises(BoardError) as caught:
        make_plan(ICEBREAKER, core)
    assert str(caught.value) == (
        f"{tmp_path}/core.v holds cells of family ecp5, iCEBreaker is of family ice40:"
        " `python -m gen hdl --family ice40` writes it again"
    )


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
    assert "--timing-allow-fail" not in json.dumps([plan.synthesis, plan.route, plan.pack])


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
    with pytest.raises(DoesNotFit, match=r"core\.json: the core has no outputs; the link sends"):
        make_plan(ICEBREAKER, core)


def test_extract_writes_every_file(tmp_path: Path) -> None:
    plan = make_plan(ICEBREAKER, load_core(write_core(tmp_path)))
    plan.extract(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(plan.files)
    assert (tmp_path / "out" / "core.v").read_text() == (tmp_path / "core.v").read_text()


@pytest.mark.parametrize(
    ("name", "cell", "parameters"),
    [
        # 12 * 80 / 16, 12 * 80 / 16, 25 * 12 / 5 and 27 * 20 / 9 are 60.
        ("icebreaker", "SB_PLL40_2_PAD", {"DIVR": 0, "DIVF": 79, "DIVQ": 4}),
        ("upduino-v3", "SB_PLL40_CORE", {"DIVR": 0, "DIVF": 79, "DIVQ": 4}),
        ("ulx3s-25f", "EHXPLLL", {"CLKI_DIV": 5, "CLKFB_DIV": 12, "CLKOP_DIV": 10}),
        ("tang-nano-9k", "rPLL", {"IDIV_SEL": 8, "FBDIV_SEL": 19, "ODIV_SEL": 8}),
    ],
)
def test_core_on_a_clock_of_its_own(
    name: str, cell: str, parameters: dict[str, int], tmp_path: Path
) -> None:
    """60 MHz of 12, 25 and 27; the link stays on the board's clock."""
    board = BOARDS[name]
    setting = best_setting(board.family, board.clock_hz, 60e6)
    assert setting is not None
    assert setting.hz == 60_000_000
    core = load_core(write_core(tmp_path, family=board.family))
    text = make_plan(board, core, setting=setting).files["top.il"]
    assert f"cell \\{cell} " in text
    for parameter, value in parameters.items():
        assert f"parameter \\{parameter} {value}\n" in text
    assert "core_clk" in text
    assert make_plan(board, core, setting=setting).files["top.il"] == text
    assert cell not in make_plan(board, core).files["top.il"]
