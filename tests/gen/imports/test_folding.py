"""Units against the integers that values were made of."""

import numpy as np
import pytest

from gen.imports.folding import NEAR, common_unit, near_unit


@pytest.mark.parametrize(
    ("integers", "unit"),
    [([3, -3], 3), ([2, 3], 1), ([6, 10, 15], 1), ([0, 4, -6], 2), ([0], 0), (range(127), 1)],
)
@pytest.mark.parametrize("scale", [1.0, 0.0137, 0.375, 1e-6, 3e5])
def test_a_unit_is_that_of_the_integers(integers: list[int], unit: int, scale: float) -> None:
    exact = np.array(integers) * np.float64(np.float32(scale))
    assert common_unit(exact) == unit * float(np.float32(scale))
    rounded = (np.array(integers, np.float32) * np.float32(scale)).astype(np.float64)
    assert near_unit(rounded) == pytest.approx(unit * scale, rel=NEAR)


def test_what_rounding_left_of_a_zero_is_no_unit() -> None:
    values = np.array([1e-9, -0.2, 0.2 + 1e-8, 0.6, -1.4])
    assert near_unit(values) == pytest.approx(0.2, rel=NEAR)


def test_values_of_no_unit_are_seen_by_their_integers() -> None:
    values = np.random.default_rng(2).normal(size=50)
    assert np.abs(values / near_unit(values)).max() > 1000
