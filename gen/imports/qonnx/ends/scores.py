"""The integers that a runtime's scores stand for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.imports.qonnx.floats.chain import Values
from gen.intnet.node import EXACT, Integers

__all__ = ["Scores", "in_order"]


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores' signal, and of each class its floats, with the integer `whole[c][j]` that the
    network has for float `values[c].middle[j]`."""

    signal: str
    values: tuple[Values, ...]
    whole: tuple[Integers, ...]
    label: str

    def integers(self, floats: NDArray[np.floating]) -> Integers:
        """The scores (rows, classes) that a runtime's floats stand for; EXACT where a float is
        none that the network has."""
        found = np.full(floats.shape, EXACT, np.int64)
        for at, (values, whole) in enumerate(zip(self.values, self.whole, strict=True)):
            place, fits = _nearest(values, floats[:, at])
            found[fits, at] = whole[place[fits]]
        return found


def _nearest(one: Values, floats: NDArray[np.floating]) -> tuple[Integers, NDArray[np.bool_]]:
    """The place of the value nearest to each float, and whether it may be it."""
    order = np.argsort(one.middle, kind="stable")
    known = one.middle[order].astype(np.float64)
    after = np.clip(np.searchsorted(known, floats), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(known[before] - floats) < np.abs(known[after] - floats)
    at = order[np.where(nearer, before, after)]
    return at, (floats >= one.least[at]) & (floats <= one.most[at])


def in_order(values: tuple[Values, ...], whole: tuple[Integers, ...]) -> bool:
    """Whether all classes' floats have the order of their integers, equal where these are."""
    floats, integers = np.concatenate([one.middle for one in values]), np.concatenate(whole)
    order = np.lexsort((floats, integers))
    rises, steps = np.diff(floats[order].astype(np.float64)), np.diff(integers[order])
    return bool(((rises >= 0) & ((steps > 0) == (rises > 0))).all())
