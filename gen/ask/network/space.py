"""The inputs that satisfy conditions, to be listed or drawn with equal chances.

Without a ball and without states they are a product: groups of bits, each of which takes any of its
codes, whatever the others do. With them, inputs of the product are drawn (or, around a sample,
inputs of the ball), and those outside are left out.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import group_codes, groups_of

__all__ = ["Space"]

Bits: TypeAlias = NDArray[np.uint8]

BOTH = np.array([[0], [1]], np.uint8)
"""The values of a bit that is in no group."""


class Space:
    """The inputs of a network that satisfy a region's conditions.

    `groups` are (places of bits, codes uint8 (codes, bits)) whose product holds them all; it holds
    nothing else where `exact` is true.
    """

    def __init__(self, logic: Logic, region: Region) -> None:
        self.region, given = region, region.conditions
        self.width = len(region.inputs)
        self.exact = not (given.sample or given.states)
        fixed = {region.inputs.index(name): value for name, value in given.fixed.items()}
        coded = groups_of(logic.care) if given.codes else []
        single = sorted(set(range(self.width)) - {at for _, group in coded for at in group})
        self.groups = [
            _group(places, fixed, group_codes(kind, len(places))) for kind, places in coded
        ]
        self.groups += [_group([at], fixed, BOTH) for at in single]

    def size(self, places: Sequence[int] | None = None) -> int:
        """How many values the groups of these places (default: all) take together."""
        return math.prod(len(codes) for _, codes in self._touched(places))

    def parts(self, places: Sequence[int]) -> list[tuple[list[int], Bits]]:
        """These places, those of a group together, and the values that they take, each once;
        what one part is says nothing of another."""
        found = []
        for group, codes in self._touched(places):
            columns = [at for at, place in enumerate(group) if place in set(places)]
            found.append(([group[at] for at in columns], np.unique(codes[:, columns], axis=0)))
        return found

    def values(self, places: Sequence[int]) -> Bits:
        """The values (values, places) that these places take together, anywhere in the product."""
        found = np.zeros((1, len(places)), np.uint8)
        for mine, codes in self.parts(places):
            columns = [list(places).index(place) for place in mine]
            found = np.repeat(found, len(codes), axis=0)
            found[:, columns] = np.tile(codes, (len(found) // len(codes), 1))
        return found

    def listed(self, places: Sequence[int], most: int) -> Bits | None:
        """All inputs (n, inputs) as far as these places and their groups go, the rest at some
        value; None where there are more than `most`, or the conditions tie the groups together
        and the inputs cannot be listed in full."""
        if self.exact:
            return self._product(self._touched(places)) if self.size(places) <= most else None
        rows = self._ball(most) if self.region.conditions.sample else None
        if rows is None:
            rows = self._product(self.groups) if self.size() <= most else None
        return None if rows is None else rows[self.region.holds(rows)]

    def drawn(self, count: int, rng: np.random.Generator) -> Bits:
        """`count` inputs (or fewer, where most that are drawn are left out), with equal chances."""
        if self.region.conditions.sample:
            rows = self._in_ball(count, rng)
        else:
            rows = np.zeros((count, self.width), np.uint8)
            for places, codes in self.groups:
                rows[:, places] = codes[rng.integers(0, len(codes), count)]
        return rows if self.exact else rows[self.region.holds(rows)]

    def _touched(self, places: Sequence[int] | None) -> list[tuple[list[int], Bits]]:
        wanted = set(range(self.width) if places is None else places)
        return [group for group in self.groups if wanted & set(group[0])]

    def _product(self, groups: Sequence[tuple[list[int], Bits]]) -> Bits:
        total, step = math.prod(len(codes) for _, codes in groups), 1
        rows = np.zeros((total, self.width), np.uint8)
        for places, codes in self.groups:
            rows[:, places] = codes[0]
        for places, codes in groups:
            rows[:, places] = codes[np.arange(total) // step % len(codes)]
            step *= len(codes)
        return rows

    def _ball(self, most: int) -> Bits | None:
        """All inputs of the ball; None where there are more than `most`."""
        sizes = self._shells()
        if sum(sizes) > most:
            return None
        flips = [flip for k in range(len(sizes)) for flip in combinations(range(self.width), k)]
        rows = np.tile(np.array(self.region.conditions.sample, np.uint8), (len(flips), 1))
        for row, flip in enumerate(flips):
            rows[row, list(flip)] ^= 1
        return rows

    def _in_ball(self, count: int, rng: np.random.Generator) -> Bits:
        sizes = self._shells()
        total = sum(sizes)
        radii = rng.choice(len(sizes), count, p=[size / total for size in sizes])
        order = rng.random((count, self.width)).argsort(axis=1).argsort(axis=1)
        sample = np.array(self.region.conditions.sample, np.uint8)
        return sample ^ (order < radii[:, None]).astype(np.uint8)

    def _shells(self) -> list[int]:
        """How many inputs there are at each distance from the sample."""
        radius = min(self.region.conditions.radius, self.width)
        return [math.comb(self.width, k) for k in range(radius + 1)]


def _group(places: list[int], fixed: dict[int, int], codes: Bits) -> tuple[list[int], Bits]:
    """Those of a group's codes that have the fixed bits."""
    kept = np.ones(len(codes), dtype=bool)
    for at, place in enumerate(places):
        if place in fixed:
            kept &= codes[:, at] == fixed[place]
    if not kept.any():
        raise AskError("contradictory conditions: no code has the fixed bits")
    return list(places), codes[kept]
