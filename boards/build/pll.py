"""What a PLL of each family can make of a clock: the dividers of every frequency in its range.

Sources: iCE40, Lattice TN1251 and the icepll tool of IceStorm; ECP5, Lattice TN1263 and Project
Trellis's ecppll; Gowin, UG286 (rPLL) for the C6/I5 grade of GW1N(R)-9. All three keep to the
ranges of the vendor's tool for input, phase detector, oscillator and output.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["PLLS", "Setting", "best_setting"]

MHZ = 1_000_000


@dataclass(frozen=True)
class Setting:
    """An output frequency in Hz, the oscillator's, and the primitive's parameters."""

    hz: Fraction
    vco_hz: Fraction
    parameters: Mapping[str, int]


def best_setting(family: str, input_hz: int, limit_hz: float) -> Setting | None:
    """The fastest setting that is not above `limit_hz`; None where the PLL cannot go as low.

    Of settings with the same output, the one that divides the input least, so that the phase
    detector is fast.
    """
    within = (setting for setting in PLLS[family](input_hz) if setting.hz <= limit_hz)
    return max(within, key=lambda setting: setting.hz, default=None)


def _ice40(input_hz: int) -> Iterator[Setting]:
    """SB_PLL40 with feedback path SIMPLE: input * (DIVF + 1) / (DIVR + 1) / 2^DIVQ."""
    for divr in range(16):
        detector = Fraction(input_hz, divr + 1)
        if not 10 * MHZ <= detector <= 133 * MHZ:
            continue
        for divf in range(128):
            vco = detector * (divf + 1)
            if not 533 * MHZ <= vco <= 1066 * MHZ:
                continue
            for divq in range(1, 7):
                hz = vco / 2**divq
                if 16 * MHZ <= hz <= 275 * MHZ:
                    values = {"DIVR": divr, "DIVF": divf, "DIVQ": divq}
                    yield Setting(hz, vco, values | {"FILTER_RANGE": _filter_range(detector)})


def _filter_range(detector: Fraction) -> int:
    """The loop filter's setting for a phase detector's frequency, as icepll chooses it."""
    bounds = (17, 26, 44, 66, 101)
    return 1 + sum(detector >= bound * MHZ for bound in bounds)


def _ecp5(input_hz: int) -> Iterator[Setting]:
    """EHXPLLL with its feedback from CLKOP: input / CLKI_DIV * CLKFB_DIV."""
    if not 8 * MHZ <= input_hz <= 400 * MHZ:
        return
    for divide in range(1, 129):
        detector = Fraction(input_hz, divide)
        if detector < Fraction(3125 * MHZ, 1000):
            return
        for multiply in range(1, 81):
            hz = detector * multiply
            if Fraction(3125 * MHZ, 1000) <= hz <= 400 * MHZ:
                yield _with_output_divider(hz, divide, multiply)


def _with_output_divider(hz: Fraction, divide: int, multiply: int) -> Setting:
    """The output divider that brings the oscillator (400 to 800 MHz) nearest to 600 MHz."""
    output = min(max(round(600 * MHZ / hz), 1), 128)
    values = {"CLKI_DIV": divide, "CLKFB_DIV": multiply, "CLKOP_DIV": output}
    return Setting(hz, hz * output, values)


def _gowin(input_hz: int) -> Iterator[Setting]:
    """rPLL: input * (FBDIV_SEL + 1) / (IDIV_SEL + 1), and ODIV_SEL times that in the oscillator."""
    for divide in range(64):
        detector = Fraction(input_hz, divide + 1)
        if not 3 * MHZ <= detector <= 400 * MHZ:
            continue
        for multiply in range(64):
            hz = detector * (multiply + 1)
            for output in (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128):
                if 400 * MHZ <= hz * output <= 1200 * MHZ and hz <= 600 * MHZ:
                    values = {"IDIV_SEL": divide, "FBDIV_SEL": multiply, "ODIV_SEL": output}
                    yield Setting(hz, hz * output, values)


PLLS: dict[str, Callable[[int], Iterator[Setting]]] = {
    "ice40": _ice40,
    "ecp5": _ecp5,
    "gowin": _gowin,
}
