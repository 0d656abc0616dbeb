"""Functions of integers as step functions, and the units of which float values are multiples."""

from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from gen.intnet.network import NEVER, Integers

__all__ = ["common_unit", "near_unit", "step_arrays"]

Floats = NDArray[np.float64]

NEAR = 2.0**-20
"""Values this near to multiples of a unit, relative to the largest, are what float32 made of them:
products of a scale and an integer, or quotients."""


def step_arrays(
    values: Integers, codes: Integers, low: Integers, high: Integers
) -> tuple[NDArray[np.int32], Integers]:
    """Edges int32 (n, L) and codes int64 (n, L + 1) of a `levels` node.

    `codes` (values, n) belongs to `values` (values,), consecutive and rising; element i takes none
    but `low[i]`..`high[i]` of them, and has no edges outside. A row of fewer steps than L is padded
    by the edge NEVER and its last code.
    """
    row = np.arange(codes.shape[1])
    inside = np.clip(values[:, None], low, high) - values[0]
    codes = codes[inside, row]
    element, at = np.nonzero((np.diff(codes, axis=0) != 0).T)
    counts = np.bincount(element, minlength=len(row))
    place = np.arange(len(element)) - np.repeat(np.cumsum(counts) - counts, counts)
    edges = np.full((len(row), int(counts.max(initial=0))), NEVER, np.int32)
    edges[element, place] = values[at + 1]
    made = np.repeat(codes[-1][:, None], edges.shape[1] + 1, axis=1)
    made[:, 0] = codes[0]
    made[element, place + 1] = codes[at + 1, element]
    return edges, made


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
