"""Two integers in one: a sum of multiples that tells every pair of them apart, in the order of the
sum of the floats that they stand for."""

import numpy as np
from numpy.typing import NDArray

from gen.intnet.node import Integers

__all__ = ["factors_of", "packed"]


def factors_of(first: tuple[float, int], second: tuple[float, int]) -> tuple[int, int]:
    """Factors p and q such that p * i + q * j is another number for every pair (i, j).

    Each side is how its float grows with its integer, and how many integers there are. p / q is
    the first fraction of the Stern-Brocot tree on the way to the ratio of the slopes that no two
    pairs share: no fraction of smaller numbers lies between them, so that p * i + q * j orders the
    pairs as the exact sum of the floats does.
    """
    (slope, count), (other, count_other) = first, second
    ratio = abs(slope) / abs(other) if other else np.inf
    low, high = (0, 1), (1, 0)
    while True:
        p, q = low[0] + high[0], low[1] + high[1]
        if q >= count or p >= count_other:
            return (p if slope >= 0 else -p), (q if other >= 0 else -q)
        low, high = ((p, q), high) if ratio >= p / q else (low, (p, q))


def packed(
    first: Integers, second: Integers, factors: tuple[int, int], floats: NDArray[np.floating]
) -> tuple[int, NDArray[np.floating]] | None:
    """The least number that the pairs of integers (n,) and (m,) have, and for each number from it
    on the float of its pair, of `floats` (n, m); of numbers that no pair has, that of the next one
    below. None where two pairs of one number have different floats."""
    numbers = (factors[0] * first[:, None] + factors[1] * second).ravel()
    known, place, back = np.unique(numbers, return_index=True, return_inverse=True)
    flat = floats.ravel()
    each = flat[place]
    if (flat != each[back]).any():
        return None
    low = int(known[0])
    at = np.searchsorted(known, np.arange(low, int(known[-1]) + 1), side="right") - 1
    return low, each[at]
