"""Running a plan with stand-ins for the tools: seeds, sizes, failures, interruptions."""

from pathlib import Path
from typing import Any

import pytest

from boards.build import run as runs
from boards.build.core import DoesNotFit, load_core
from boards.build.plan import BuildPlan, make_plan
from boards.build.run import Build, TimingNotMet, check_estimate, run_plan
from boards.measured.results import Routed
from boards.table.entries import BOARDS
from gen.tools import ToolFailed
from tests.boards.designs import FAKE_NEXTPNR, fake_flow, fake_tool, write_core

ICEBREAKER, ICESTICK = BOARDS["icebreaker"], BOARDS["icestick"]


def run(tmp_path: Path, seeds: int = 5, timeout: float = 60) -> Build:
    plan = make_plan(ICEBREAKER, load_core(write_core(tmp_path)))
    return run_plan(plan, ICEBREAKER, tmp_path / "out", seeds, timeout)


def test_best_seed_is_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flow(tmp_path, monkeypatch, fmax={1: 20.0, 2: 23.5, 3: 21.0, 4: 22.0, 5: 19.0})
    build = run(tmp_path)
    assert (build.best_seed, build.median_mhz, build.used) == (2, 21.0, 400)
    assert list(build.seeds) == [1, 2, 3, 4, 5]
    assert (tmp_path / "out" / "top.part").read_text() == "bin of asc of seed 2"
    assert set(build.seconds) == {"synthesis", "packing", "place_and_route", "bitstream"}


def test_lowest_of_equal_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flow(tmp_path, monkeypatch, fmax={1: 20.0, 2: 20.0, 3: 13.0})
    assert run(tmp_path, 3).best_seed == 1


def test_a_seed_that_misses_the_clock_is_not_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_flow(tmp_path, monkeypatch, fmax={1: 11.0, 2: 11.5, 3: 12.5})
    build = run(tmp_path, 3)
    assert build.best_seed == 3
    assert build.seeds[1] is not None
    assert not build.seeds[1].met


def test_timing_not_met_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flow(tmp_path, monkeypatch, fmax={1: 11.0, 2: 11.5, 3: 11.9})
    with pytest.raises(TimingNotMet) as caught:
        run(tmp_path, 3)
    assert str(caught.value) == (
        "iCEBreaker runs at 12.00 MHz, the best of 3 seeds reaches 11.90 MHz:"
        " choose a smaller STAGE_DEPTH (more pipeline stages), or a slower CLOCK"
    )
    assert caught.value.status == 3
    assert caught.value.result()["fmax_mhz"] == 11.9
    assert not list((tmp_path / "out").glob("top.p*t"))


def test_hopeless_timing_stops_after_two_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_flow(tmp_path, monkeypatch, fmax=dict.fromkeys(range(1, 31), 7.5))
    with pytest.raises(TimingNotMet, match="the best of 2 seeds reaches 7.50 MHz"):
        run(tmp_path, 30)
    assert not (tmp_path / "out" / "seed30.report.json").exists()


def test_estimate_too_large_wrong(tmp_path: Path) -> None:
    core = load_core(write_core(tmp_path, luts=1284))
    with pytest.raises(DoesNotFit) as caught:
        check_estimate(ICESTICK, core)
    assert str(caught.value) == (
        "Lattice iCEstick has 1,280 logic cells, the design needs 1,284 (LUTs of the core alone,"
        " before synthesis): train fewer units or a smaller fan-in, choose a larger board,"
        " leave the scores (OUTPUTS=class) or pipeline registers (a larger STAGE_DEPTH) out, or let"
        " the neurons take turns (make synth FORM=shared)"
    )
    check_estimate(ICEBREAKER, core)


def test_packed_too_large_stops_before_place_and_route_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_flow(tmp_path, monkeypatch, used=5281)
    with pytest.raises(DoesNotFit, match="has 5,280 logic cells, the design needs 5,281 .packed"):
        run(tmp_path)
    assert not list((tmp_path / "out").glob("seed*"))
    assert not list((tmp_path / "out" / "logs").glob("nextpnr*"))


@pytest.mark.parametrize(("used", "other"), [(3695, False), (3697, True)])
def test_a_crowded_device_gets_the_other_router(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: int, other: bool
) -> None:
    """From seven tenths of 5,280 cells on."""
    said: list[tuple[str, ...]] = []

    def route(plan: BuildPlan, *rest: Any) -> Routed:
        said.append(plan.route)
        return routed(plan, *rest)

    routed = runs._route
    monkeypatch.setattr(runs, "_route", route)
    fake_flow(tmp_path, monkeypatch, used=used)
    assert run(tmp_path, 1).options == ("--router", "router2") * other
    assert [args[-2:] == ("--router", "router2") for args in said] == [other]


def test_failing_synthesis_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flow(tmp_path, monkeypatch)
    fake_tool(tmp_path, "YOSYS", "print('one'); print('ERROR: two'); sys.exit(3)", monkeypatch)
    with pytest.raises(ToolFailed, match=r"exit status 3\): one \| ERROR: two; log: .*yosys\.out"):
        run(tmp_path)


def test_failing_place_and_route_stops_after_two_seeds_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_flow(tmp_path, monkeypatch)
    body = "if '--pack-only' not in args:\n    print('no room'); sys.exit(4)\n" + FAKE_NEXTPNR % (
        400,
        {},
    )
    fake_tool(tmp_path, "NEXTPNR_ICE40", body, monkeypatch)
    with pytest.raises(ToolFailed, match=r"exit status 4\): no room; log: .*nextpnr-seed1\.log"):
        run(tmp_path, 9)
    assert not (tmp_path / "out" / "logs" / "nextpnr-seed9.log").exists()


def test_one_failing_seed_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flow(tmp_path, monkeypatch)
    body = (
        "if '--seed' in args and args[args.index('--seed') + 1] == '1':\n    sys.exit(4)\n"
        + FAKE_NEXTPNR % (400, {2: 20.0, 3: 30.0, 4: 25.0})
    )
    fake_tool(tmp_path, "NEXTPNR_ICE40", body, monkeypatch)
    build = run(tmp_path, 4)
    assert build.seeds[1] is None
    assert "exit status 4" in str(build.failures[1])
    assert (build.best_seed, build.median_mhz) == (3, 25.0)


def test_tool_that_does_not_end_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flow(tmp_path, monkeypatch)
    fake_tool(tmp_path, "YOSYS", "time.sleep(30)", monkeypatch)
    with pytest.raises(ToolFailed, match=r"no end after 0\.5 s"):
        run(tmp_path, timeout=0.5)


def test_report_of_an_earlier_run_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_flow(tmp_path, monkeypatch)
    run(tmp_path, 1)
    fake_tool(
        tmp_path,
        "NEXTPNR_ICE40",
        "if '--pack-only' not in args: sys.exit(1)\n" + FAKE_NEXTPNR % (400, {}),
        monkeypatch,
    )
    with pytest.raises(ToolFailed, match="exit status 1"):
        run(tmp_path, 1)
