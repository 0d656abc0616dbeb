"""PLL settings against published ones, the vendors' formulas, and IceStorm's own calculator."""

import re
import subprocess

import pytest

from boards.build.pll import PLLS, best_setting
from gen.tools import Tool

ICEPLL = Tool("ICEPLL", ("yowasp-icepll",), "make setup", None)
INPUTS = {"ice40": (12_000_000, 16_000_000), "ecp5": (25_000_000, 48_000_000)}
INPUTS["gowin"] = (27_000_000,)


@pytest.mark.parametrize(
    ("family", "clock", "wanted", "parameters"),
    [
        # TinyFPGA's USB bootloader.
        ("ice40", 16, 48, {"DIVR": 0, "DIVF": 47, "DIVQ": 4, "FILTER_RANGE": 1}),
        # SERV's servant on the iCEBreaker would run at 60 MHz with this.
        ("ice40", 12, 60, {"DIVR": 0, "DIVF": 79, "DIVQ": 4, "FILTER_RANGE": 1}),
        # ULX3S examples by emard.
        ("ecp5", 25, 100, {"CLKI_DIV": 1, "CLKFB_DIV": 4, "CLKOP_DIV": 6}),
        # HDMI on the Tang Nano 9K: 720p at five bits a clock.
        ("gowin", 27, 371.25, {"IDIV_SEL": 3, "FBDIV_SEL": 54, "ODIV_SEL": 2}),
    ],
)
def test_published_settings(
    family: str, clock: int, wanted: float, parameters: dict[str, int]
) -> None:
    setting = best_setting(family, clock * 1_000_000, wanted * 1e6)
    assert setting is not None
    assert setting.hz == wanted * 1e6
    assert setting.parameters == parameters


@pytest.mark.parametrize("clock", [12, 16])
@pytest.mark.parametrize("wanted", [16.5, 24, 33, 48.75, 100.5, 132])
def test_ice40_against_icepll(clock: int, wanted: float) -> None:
    """icepll chooses the nearest frequency: asked for one of ours, it finds the same dividers."""
    setting = best_setting("ice40", clock * 1_000_000, wanted * 1e6)
    assert setting is not None
    command = [*ICEPLL.find(), "-i", str(clock), "-o", f"{float(setting.hz) / 1e6:.6f}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {name: int(n) for name, n in re.findall(r"(DIV.|FILTER_RANGE): +(\d+)", text)}
    assert found == setting.parameters


def test_ecp5_formula_and_ranges() -> None:
    for clock in INPUTS["ecp5"]:
        for setting in PLLS["ecp5"](clock):
            values = setting.parameters
            assert setting.hz * values["CLKI_DIV"] == clock * values["CLKFB_DIV"]
            assert setting.vco_hz == setting.hz * values["CLKOP_DIV"]
            assert 400e6 <= setting.vco_hz <= 800e6
            assert 3.125e6 <= setting.hz <= 400e6


def test_gowin_formula_and_ranges() -> None:
    for setting in PLLS["gowin"](27_000_000):
        values = setting.parameters
        assert setting.hz * (values["IDIV_SEL"] + 1) == 27_000_000 * (values["FBDIV_SEL"] + 1)
        assert setting.vco_hz == setting.hz * values["ODIV_SEL"]
        assert 400e6 <= setting.vco_hz <= 1200e6


@pytest.mark.parametrize("family", PLLS)
def test_setting_is_at_most_the_limit_and_close_to_it(family: str) -> None:
    for clock in INPUTS[family]:
        for limit in (17.3e6, 29.9e6, 51.4e6, 88.8e6, 131e6):
            setting = best_setting(family, clock, limit)
            assert setting is not None
            assert 0.9 * limit < setting.hz <= limit


def test_below_the_range_there_is_none() -> None:
    assert best_setting("ice40", 12_000_000, 15.9e6) is None
    assert best_setting("ecp5", 25_000_000, 3.0e6) is None
