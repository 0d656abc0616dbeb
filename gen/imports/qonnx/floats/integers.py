"""Floats as integers: the step of which all are multiples, and the powers of two in them."""

import numpy as np
from numpy.typing import NDArray

from gen.imports.folding import near_unit
from gen.intnet.node import Integers

__all__ = ["CLOSE", "NO_GRAIN", "distance", "granule", "granules", "multiples"]

CLOSE = 2.0**-22
"""Floats this close to a multiple, relatively, are taken for it: float32 has 2^-24."""
NO_GRAIN = 900
MOST = 1 << 16


def multiples(values: NDArray[np.floating], step: float) -> Integers | None:
    """The whole numbers whose multiples of `step` the values are; None where they are not."""
    wide = np.asarray(values, np.float64)
    if not (step > 0 and np.isfinite(wide).all()):
        return None
    near = np.rint(wide / step)
    fits = (np.abs(wide - near * step) <= CLOSE * np.maximum(np.abs(wide), step)).all()
    return near.astype(np.int64) if fits and np.abs(near).max(initial=0) < 1 << 31 else None


def distance(values: NDArray[np.floating], hint: float | None = None) -> float | None:
    """The greatest distance found of which all values are multiples; None where none is found."""
    if hint is not None and multiples(values, hint) is not None:
        return hint
    found = np.unique(np.abs(np.asarray(values, np.float64)))
    if not np.isfinite(found).all():
        return None
    found = found[found > 0]
    if not len(found):
        return 1.0
    near = near_unit(found)
    whole = multiples(found, near)
    if whole is None or not 0 < whole[0] <= whole[-1] < MOST:
        return None
    steps = (near, float(found[0]) / int(whole[0]), float(found[-1]) / int(whole[-1]))
    return next((step for step in steps if (whole * step == found).all()), near)


def granules(values: NDArray[np.floating]) -> Integers:
    """The exponent of the greatest power of two of which each value is a multiple; `NO_GRAIN`
    for 0, which is one of every power."""
    mantissa, exponent = np.frexp(np.asarray(values, np.float64))
    whole = np.abs(mantissa * 2.0**53).astype(np.int64)
    lowest = np.log2(np.maximum(whole & -whole, 1).astype(np.float64)).astype(np.int64)
    return np.where(whole == 0, NO_GRAIN, exponent - 53 + lowest)


def granule(values: NDArray[np.floating]) -> int:
    """That of all values together."""
    return int(granules(values).min(initial=NO_GRAIN))
