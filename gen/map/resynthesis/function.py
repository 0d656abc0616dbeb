"""Functions of a few signals with rows that do not matter, as two numbers: where 1, and where 0.

Bit r of a number is row r, and bit k of r the value of signal k.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

__all__ = ["Function", "Lut", "Signal", "cells_of", "luts_of", "number_of"]

Signal: TypeAlias = Union[int, "Lut"]


@dataclass(frozen=True, eq=False)
class Lut:
    """A table over signals, which are numbers or other LUTs."""

    table: int
    fan_in: tuple[Signal, ...]


def luts_of(root: Signal) -> list[Lut]:
    """All LUTs that one is made of, each after those that it reads, itself last."""
    found: dict[int, Lut] = {}

    def walk(one: Signal) -> None:
        if isinstance(one, Lut) and id(one) not in found:
            for source in one.fan_in:
                walk(source)
            found[id(one)] = one

    walk(root)
    return list(found.values())


def cells_of(root: Lut) -> int:
    """How many cells a LUT and all that it is made of take: constants and wires take none."""
    return sum(len(one.fan_in) > 1 for one in luts_of(root))


def number_of(rows: NDArray[np.bool_]) -> int:
    """The number whose bits are these."""
    return int.from_bytes(np.packbits(rows, bitorder="little").tobytes(), "little")


@dataclass(frozen=True, eq=False)
class Function:
    """Rows where it is 1, rows where it is 0; what is neither does not matter."""

    signals: tuple[Signal, ...]
    on: int
    off: int

    @cached_property
    def cube(self) -> NDArray[np.uint8]:
        """Both numbers' bits (2, 2, ..., 2): an axis for each signal, the last one's first."""
        count = 1 << len(self.signals)
        size = -(-count // 8)
        raw = self.on.to_bytes(size, "little") + self.off.to_bytes(size, "little")
        bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little").reshape(2, -1)
        return bits[:, :count].reshape(2, *(2,) * len(self.signals))

    def cofactor(self, at: int, bit: int) -> "Function":
        """The function with a signal fixed."""
        cube = np.take(self.cube, bit, len(self.signals) - at)
        return self._of(cube, (*self.signals[:at], *self.signals[at + 1 :]))

    def lut(self) -> Lut:
        """The function as one table; where it does not matter it is 0."""
        return Lut(self.on, self.signals)

    def narrowed(self) -> "Function":
        """Without the signals that it need not depend on, taken away from either end."""
        count = len(self.signals)
        tried = [self._without(order) for order in (range(count), range(count)[::-1])]
        kept, on, off = min(tried, key=lambda one: len(one[0]))
        if len(kept) == count:
            return self
        cube = Function(self.signals, on, off).cube
        for at in range(count):
            if at not in kept:
                cube = np.take(cube, [0], count - at)
        return self._of(cube, tuple(self.signals[at] for at in kept))

    def _without(self, order: Sequence[int]) -> tuple[list[int], int, int]:
        """Signals that are left, by their places, and rows that are alike for all others."""
        on, off, kept = self.on, self.off, []
        for at in order:
            low, step = _low(len(self.signals), at), 1 << at
            ons, offs = (on & low, on >> step & low), (off & low, off >> step & low)
            if ons[0] & offs[1] or ons[1] & offs[0]:
                kept.append(at)
            else:
                both = ons[0] | ons[1], offs[0] | offs[1]
                on, off = (one | one << step for one in both)
        return sorted(kept), on, off

    @staticmethod
    def _of(cube: NDArray[np.uint8], signals: tuple[Signal, ...]) -> "Function":
        return Function(signals, number_of(cube[0].reshape(-1)), number_of(cube[1].reshape(-1)))


@lru_cache(maxsize=256)
def _low(count: int, at: int) -> int:
    """The rows of so many signals in which one is 0."""
    return sum(1 << row for row in range(1 << count) if not row >> at & 1)
