"""The lightest weights of a sum behind which the same steps stand.

Steps of a sum of a few bits hardly ever need the weights that training left: 127, 126, 126 and 124
count like 1, 1, 1 and 1 where no step lies between the sums that this makes equal. All values of
the bits are listed and parted by the steps, and an integer program finds the least weights that
part them the same way (Muroga, "Threshold logic and its applications", 1971, for one step). What
it finds is compared on all values.
"""

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from gen.intnet.network import NEVER
from gen.intnet.node import Integers

__all__ = ["POINTS", "lightest"]

POINTS = 1 << 10
"""Most values that the elements of a row may have together."""
NODES = 200
"""Of the search for a row: the same on every machine, where seconds are not."""

Ranges = tuple[tuple[int, int], ...]


@lru_cache(1 << 14)
def lightest(
    weights: tuple[int, ...], ranges: Ranges, edges: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Weights and edges, some of them NEVER, that part all values as the given ones do.

    `ranges` are the lowest and highest code of each element, of POINTS values at most; `edges`
    ascend. None where no lighter weights are found.
    """
    points = np.array(list(itertools.product(*(range(low, high + 1) for low, high in ranges))))
    sums, sign = points @ np.array(weights), np.sign(weights)
    part = np.searchsorted(np.array(edges), sums, side="right")
    found = _solved(points * sign, part, [high - low + 1 for low, high in ranges], sign)
    given = np.abs(weights)
    if found is None or found.sum() >= given.sum() or found.max() > given.max():
        return None
    new = points @ (found * sign)
    starts = [_start(new, part, at) for at in range(1, len(edges) + 1)]
    same = np.searchsorted(np.array(starts), new, side="right") == part
    # Where an edge is reached by no sum, or several by the same ones, the parts of these are none.
    return (tuple((found * sign).tolist()), tuple(starts)) if same.all() else None


def _start(sums: Integers, part: Integers, least: int) -> int:
    """The least sum of these parts or later ones."""
    return int(sums[part >= least].min(initial=NEVER))


def _solved(
    signed: Integers, part: Integers, sizes: Sequence[int], sign: Integers
) -> Integers | None:
    """The least magnitudes u such that points @ u ascends with the part of each point, or None.

    `signed` are the points' values times the signs of the weights, in the order of a grid of
    `sizes`. Of each part only points matter below which, or above which, is none of the same part.
    """
    count = len(sizes)
    used = np.unique(part)
    rank = np.searchsorted(used, part)
    grid = rank.reshape(sizes)
    rising = grid[tuple(slice(None, None, 1 if one > 0 else -1) for one in sign)]
    flat = np.arange(len(part)).reshape(sizes)
    order = flat[tuple(slice(None, None, 1 if one > 0 else -1) for one in sign)]
    lowest, highest = np.ones(sizes, bool), np.ones(sizes, bool)
    for axis in range(count):
        same = np.diff(rising, axis=axis) == 0
        edge = [(1, 0) if at == axis else (0, 0) for at in range(count)]
        lowest &= ~np.pad(same, edge)
        highest &= ~np.pad(same, [pair[::-1] for pair in edge])
    last = len(used) - 1
    low, high = order[lowest & (rising > 0)], order[highest & (rising < last)]
    starts = np.eye(last, dtype=np.int64)
    above = np.hstack([signed[low], -starts[rank[low] - 1]])
    below = np.hstack([-signed[high], starts[rank[high]]])
    need = np.concatenate([np.zeros(len(low)), np.ones(len(high))])
    whole = np.arange(count + last) < count
    result = milp(
        whole.astype(float),
        constraints=LinearConstraint(csr_array(np.vstack([above, below])), need, np.inf),
        integrality=whole,
        bounds=Bounds(np.where(whole, 0, -np.inf), np.inf),
        options={"node_limit": NODES},
    )
    return None if result.x is None else np.round(result.x[:count]).astype(np.int64)
