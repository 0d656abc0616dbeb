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
    network has for float `values[c].middle[j]`. With a `threshold` there is one float and two
    scores: 0, and whether the float is above it."""

    signal: str
    values: tuple[Values, ...]
    whole: tuple[Integers, ...]
    label: str
    threshold: float | None = None

    @property
    def count(self) -> int:
        """How many scores there are."""
        return len(self.values) if self.threshold is None else 2

    def integers(self, floats: NDArray[np.floating]) -> Integers:
        """The scores (rows, classes) that a runtime's floats stand for; EXACT where a float is
        none that the network has."""
        if self.threshold is not None:
            above = (floats[:, 0] > self.threshold).astype(np.int64)
            return np.stack([np.zeros_like(above), above], axis=1)
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
