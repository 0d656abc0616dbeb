"""Arrays of integers as a network holds them, and how many bits its numbers may have."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["CODE_BITS", "HELD", "WEIGHT_BITS", "Held", "held", "some_of", "wrong_width"]

Held: TypeAlias = NDArray[np.signedinteger[Any]]
"""Integers of one of the types of `HELD`."""

CODE_BITS = WEIGHT_BITS = 16
"""Most bits of a code, and of a weight (two's complement)."""

HELD = (np.int8, np.int16, np.int32)
SHOWN = 8


def held(values: NDArray[Any], small: bool = True) -> NDArray[Any]:
    """Integers as int32, or where `small` as the least of int8, int16 and int32 that holds them.

    What is no array of integers, or holds others, is given back as it is.
    """
    if values.dtype.kind not in "iu" or values.dtype == (np.int8 if small else np.int32):
        return values
    ends = (int(values.min()), int(values.max())) if values.size else (0, 0)
    for kind in HELD if small else HELD[-1:]:
        if np.iinfo(kind).min <= ends[0] and ends[1] <= np.iinfo(kind).max:
            return values.astype(kind, copy=False)
    return values


def wrong_width(bits: int) -> bool:
    """Whether no code has so many bits."""
    return not 1 <= bits <= CODE_BITS


def some_of(values: NDArray[Any]) -> str:
    """A list of numbers as an error shows it: the ends of a long one."""
    if len(values) <= SHOWN:
        return str(values.tolist())
    first, last = (", ".join(map(str, part.tolist())) for part in (values[:4], values[-2:]))
    return f"[{first}, ..., {last}]"
