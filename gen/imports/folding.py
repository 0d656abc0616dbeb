"""Units: numbers of which float values are multiples."""

from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_unit", "near_unit"]

Floats = NDArray[np.float64]

NEAR = 2.0**-20
"""Values this near to multiples of a unit, relative to the largest, are what float32 made of them:
products of a scale and an integer, or quotients."""


def common_unit(values: Floats) -> float:
    """The largest number of which all values are exact multiples by integers; 0 for zeros alone.

    Exact for float64 values whose unit is a float64 too, which it is where they are of one scale.
    """
    parts = [Fraction(one) for one in np.unique(np.abs(values)).tolist() if one]
    below = lcm(*(part.denominator for part in parts))
    above = gcd(*(part.numerator * (below // part.denominator) for part in parts))
    return float(Fraction(above, below))


def near_unit(values: Floats) -> float:
    """A number of which all values are multiples by integers, up to the rounding of float32; 0
    where all are zeros. The smaller the unit found, the less it means: look at the integers."""
    sizes = np.unique(np.abs(values))
    sizes = sizes[sizes > 8 * NEAR * sizes.max(initial=0.0)]
    unit = 0.0
    for size in sizes.tolist():
        rest = size
        while unit and rest > 8 * NEAR * sizes[-1]:  # Euclid, by the remainder nearest to 0
            unit, rest = rest, abs(unit - rest * round(unit / rest))
        unit = unit or rest
    if not unit:
        return 0.0
    whole = np.rint(sizes / unit)
    return float((sizes * whole).sum() / (whole * whole).sum())
