"""Stage depths from clocks, by hand on a made-up device, and refusals."""

import pytest

from gen.map.pipeline import PipelineError
from gen.map.speed import SPEEDS, Speed, depth_for


@pytest.fixture(autouse=True)
def _device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SPEEDS, "Toy", Speed(fixed=2.0, level=4.0))


# 100 MHz is 10 ns: 2 of them fixed leave 8, which is two levels of 4; and so on.
@pytest.mark.parametrize(
    ("mhz", "depth"), [(100, 2), (101, 1), (166, 1), (50, 4), (45.5, 4), (12, 20)]
)
def test_the_most_levels_that_fit(mhz: float, depth: int) -> None:
    assert depth_for(mhz, "Toy9000") == depth


def test_a_faster_clock_is_never_deeper() -> None:
    for device in SPEEDS:
        depths = [depth_for(mhz, device) for mhz in range(5, 90, 5)]
        assert depths == sorted(depths, reverse=True)


def test_too_fast_wrong() -> None:
    with pytest.raises(PipelineError) as caught:
        depth_for(200, "Toy9000")
    assert str(caught.value) == (
        "200 MHz leaves no time for one LUT on Toy9000: 167 MHz is what it is sure to reach; ask"
        " for less, or for a stage depth of 1"
    )


def test_an_unknown_device_wrong() -> None:
    with pytest.raises(PipelineError, match="device 'XC7' was not measured; known are iCE40UP"):
        depth_for(50, "XC7")


@pytest.mark.parametrize("mhz", [0, -3, float("nan")])
def test_no_clock_wrong(mhz: float) -> None:
    with pytest.raises(PipelineError, match="MHz; it must be above 0"):
        depth_for(mhz, "Toy")
