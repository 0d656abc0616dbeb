"""Whole builds of a tiny core with the real tools."""

import json
from pathlib import Path

import pytest

from boards.build.synth import Options, synthesize
from boards.table.entries import BOARDS, Board
from tests.boards.designs import write_core
from tests.shared import Shared


def build(board: Board, folder: Path, seeds: int = 1) -> dict:
    core = write_core(folder / "recipe", family=board.family)
    return synthesize(board, core, folder / "out", Options(seeds=seeds, timeout=300))


def two_seeds(folder: Path) -> None:
    """What two tests look at."""
    build(BOARDS["icebreaker"], folder, seeds=2)


def check_timing(value: dict) -> None:
    """The worst path through any part is what nextpnr itself calls the worst of the clock."""
    rows = value["timing"]
    assert rows[0]["path_ns"] == pytest.approx(1000 / value["fmax_mhz"]["best"], abs=0.01)
    assert {"layer1", "score", "link", "self-test"} <= {row["part"] for row in rows}
    for row in rows:
        total = sum(step["logic_ns"] + step["routing_ns"] for step in row["path"])
        assert total == pytest.approx(row["path_ns"], abs=0.01)
        period = 1000 / value["fmax_mhz"]["constraint"]
        assert row["slack_ns"] == pytest.approx(period - row["path_ns"], abs=0.01)


# The tools of the other families are no part of what CI installs.
FETCHED = {name: board for name, board in BOARDS.items() if board.kind.fetched}
# Two more boards with a crystal and the iCEBreaker's chip, in the same package.
ALIKE = ("icebreaker-bitsy", "icesugar")
OTHERS = [
    pytest.param(board, id=name, marks=[pytest.mark.long] if name in ALIKE else [])
    for name, board in BOARDS.items()
    if name not in FETCHED and name != "icebreaker"
]


@pytest.mark.slow
def test_icebreaker_builds(shared: Shared) -> None:
    out = shared.build(two_seeds) / "out"
    check_build(BOARDS["icebreaker"], json.loads((out / "build.json").read_text()), out)


@pytest.mark.slow
@pytest.mark.parametrize("board", OTHERS)
def test_every_board_builds(board: Board, tmp_path: Path) -> None:
    check_build(board, build(board, tmp_path), tmp_path / "out")


def check_build(board: Board, value: dict, out: Path) -> None:
    # An iCE40 bitstream starts with a comment and this preamble (IceStorm project).
    assert b"\x7e\xaa\x99\x7e" in (out / "top.part").read_bytes()[:200]
    assert value["core"]["lut4"] == 20
    assert value["top"]["used"] == sum(value["top"]["parts"].values())
    assert value["top"]["used"] == len(value["placement"])
    # By construction: 16 LUTs with flip-flops, 4 more, and 2 flip-flops of y_valid.
    parts = dict(value["top"]["parts"])
    assert parts.pop("link") > 60
    # The counter of 25 bits; what chooses one of them too where it shares no cell.
    assert 25 <= parts.pop("self-test") < 45
    assert parts == {"layer1": 16, "score": 4, "core": 2}
    assert value["fmax_mhz"]["best"] > 12
    check_timing(value)
    columns, rows = board.grid
    assert all(x < columns and y < rows for x, y, _, _ in value["placement"])


@pytest.mark.long
@pytest.mark.parametrize("board", FETCHED.values(), ids=FETCHED)
def test_every_other_board_builds(board: Board, tmp_path: Path) -> None:
    value = build(board, tmp_path)
    assert (tmp_path / "out" / "top.part").stat().st_size > 50_000
    # By construction; Gowin's cells keep their places and lose their table's name.
    assert value["core"]["lut4"] >= 20
    assert value["top"]["used"] == sum(value["top"]["parts"].values())
    assert value["top"]["parts"]["layer1"] == 16
    assert value["top"]["parts"]["score"] == 4
    assert value["fmax_mhz"]["best"] > board.clock_hz / 1e6
    check_timing(value)
    assert value["fmax_mhz"]["trusted"] == (board.family != "gowin")
    columns, rows = board.grid
    assert all(x < columns and y < rows and z < 8 for x, y, z, _ in value["placement"])


@pytest.mark.slow
def test_core_at_the_fastest_clock_of_the_pll(tmp_path: Path) -> None:
    board = BOARDS["icebreaker"]
    core = write_core(tmp_path / "recipe")
    options = Options(seeds=1, timeout=300, clock="auto", comb=core)
    value = synthesize(board, core, tmp_path / "out", options)
    assert value["core"]["logic_alone"]["lut4"] == 20
    clock = value["core_clock"]["hz"] / 1e6
    assert 30 < clock <= value["fmax_mhz"]["best"]
    assert value["fmax_mhz"]["constraint"] == pytest.approx(clock, rel=1e-3)
    # The setting above it would be 1/64 of 12 MHz more at the least: it is near the limit.
    assert clock > 0.95 * value["fmax_mhz"]["best"]


@pytest.mark.slow
def test_figures_equal_the_tools_json(shared: Shared) -> None:
    """That the bytes are the same twice is seen on whole builds, in tests/test_builds.py."""
    first = shared.build(two_seeds) / "out"
    value = json.loads((first / "build.json").read_text())
    reports = {seed: json.loads((first / f"seed{seed}.report.json").read_text()) for seed in (1, 2)}
    fmax = {
        seed: next(iter(report["fmax"].values()))["achieved"] for seed, report in reports.items()
    }
    assert value["fmax_mhz"]["seeds"] == {"1": fmax[1], "2": fmax[2]}
    assert value["fmax_mhz"]["best"] == max(fmax.values()) == fmax[value["seed"]]
    assert value["fmax_mhz"]["median"] == pytest.approx(sum(fmax.values()) / 2)
    used = reports[value["seed"]]["utilization"]["ICESTORM_LC"]["used"]
    assert value["top"]["used"] == used
    stat = json.loads((first / "top.stat.json").read_text())["design"]["num_cells_by_type"]
    assert value["top"]["lut4"] == stat["SB_LUT4"]
    path = value["critical_path"]
    total = sum(step["logic_ns"] + step["routing_ns"] for step in path)
    assert total == pytest.approx(1000 / fmax[value["seed"]], rel=0.01)
