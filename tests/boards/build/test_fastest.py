"""The core's clock by a stand-in for the builds: the fastest setting that is met, and no more."""

from collections.abc import Callable
from pathlib import Path

import pytest

from boards.build.fastest import clock_mhz, fastest, find_setting
from boards.build.pll import Setting
from boards.build.run import Build, TimingNotMet
from boards.measured.results import Routed
from boards.table.entries import BOARDS, BoardError

ICEBREAKER = BOARDS["icebreaker"]


Run = Callable[[Setting | None], Build]


def builds(fmax: Callable[[float], float]) -> tuple[list[float], Run]:
    """A run that reaches `fmax`(clock) and misses the clock where that is lower; clocks asked."""
    asked: list[float] = []

    def run(setting: Setting | None) -> Build:
        clock = float(setting.hz) / 1e6 if setting else ICEBREAKER.clock_hz / 1e6
        asked.append(clock)
        reached = fmax(clock)
        routed = Routed(reached, clock, {}, {}, (), {"core_clk": (reached, clock)})
        if not routed.met:
            raise TimingNotMet("iCEBreaker", routed, 1)
        return Build(seeds={1: routed})

    return asked, run


def test_second_build_is_the_last_where_the_fabric_does_not_care() -> None:
    asked, run = builds(lambda clock: 19.2)
    build, setting = fastest(ICEBREAKER, run)
    # 12 MHz * 102 / 64, the highest below 19.2.
    assert asked == [16.125, 19.125]
    assert setting is not None
    assert (float(setting.hz), build.best_seed) == (19_125_000, 1)


def test_a_little_slower_where_the_fabric_got_slower() -> None:
    asked, run = builds(lambda clock: 40.0 if clock < 35 else 38.0)
    _, setting = fastest(ICEBREAKER, run)
    assert setting is not None
    assert float(setting.hz) <= 38e6
    assert asked[:2] == [16.125, 39.75]
    assert len(asked) == 3


def test_no_end_of_misses_is_the_slowest() -> None:
    asked, run = builds(lambda clock: 100.0 if clock < 17 else clock - 0.001)
    _, setting = fastest(ICEBREAKER, run)
    assert len(asked) == 7
    assert setting is not None
    assert float(setting.hz) == asked[0] * 1e6


def test_the_slowest_is_missed_and_the_crystal_is_not() -> None:
    asked, run = builds(lambda clock: 15.3)
    build, setting = fastest(ICEBREAKER, run)
    assert asked == [16.125, 12.0]
    assert (setting, build.best_seed) == (None, 1)


def test_no_clock_is_met_wrong() -> None:
    _, run = builds(lambda clock: 9.0)
    with pytest.raises(
        TimingNotMet, match=r"runs at 12\.00 MHz, the only seed tried reaches 9\.00"
    ):
        fastest(ICEBREAKER, run)
    # An ECP5's PLL goes below the board's clock.
    with pytest.raises(TimingNotMet, match=r"runs at \d\.\d\d MHz"):
        fastest(BOARDS["ulx3s-25f"], builds(lambda clock: 1.0)[1])


@pytest.mark.parametrize("text", ["fast", "", "-3", "0", "2e6", "nan"])
def test_clock_wrong(text: str) -> None:
    with pytest.raises(BoardError) as caught:
        clock_mhz(text)
    assert str(caught.value) == (f"CLOCK={text} is no clock: give board, auto, or a number of MHz")


def test_clock_below_the_pll_wrong(tmp_path: Path) -> None:
    with pytest.raises(BoardError) as caught:
        find_setting(ICEBREAKER, 10)
    assert str(caught.value) == (
        "the PLL of iCEBreaker makes no clock of 10.00 MHz or less from 12 MHz:"
        " choose CLOCK=board, or a smaller STAGE_DEPTH"
    )
