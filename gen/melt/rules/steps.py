"""One element of `Levels` over the sums that it can meet: where its code changes, and to what."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gen.intnet.lookups import Levels
from gen.intnet.node import Integers

__all__ = ["Steps", "Uniform", "changes", "steps_of"]


@dataclass(frozen=True)
class Uniform:
    """Steps of 2**`shift` sums, between `first` and `last`, where the code is affine in the sum.

    There, with t = (sum - base) >> shift, the code is t << `scale` plus `rest`, or where `falls`
    (~t) << `scale` plus `rest`, modulo the codes' width.
    """

    base: int
    shift: int
    scale: int
    rest: int
    falls: bool
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Steps:
    """The code is codes[i] from starts[i] on, up to the sum `high`; neighbours are different.

    `starts` int64 (n,) ascending, the first one the lowest sum; `codes` int64 (n,).
    """

    starts: Integers
    codes: Integers
    high: int
    bits: int
    signed: bool

    @property
    def low(self) -> int:
        """The lowest sum."""
        return int(self.starts[0])

    @property
    def edges(self) -> list[int]:
        """The sums at which the code changes."""
        found: list[int] = self.starts[1:].tolist()
        return found

    @cached_property
    def key(self) -> tuple[bytes, bytes, int, int, bool]:
        """Equal for equal steps."""
        return self.starts.tobytes(), self.codes.tobytes(), self.high, self.bits, self.signed

    @cached_property
    def rises(self) -> int:
        """1 where the codes ascend, -1 where they descend, 0 where they do neither."""
        by = np.sign(np.diff(self.codes))
        return int(by[0]) if len(by) and (by == by[0]).all() else 0

    @cached_property
    def uniform(self) -> Uniform | None:
        """The steps as shifts, None where they are not all of one size, a power of two.

        The first and the last may be longer (they saturate) or shorter (the sum ends).
        """
        by, sizes = np.diff(self.codes), np.diff(self.starts[1:])
        if len(by) < 2 or (by != by[0]).any() or (sizes != sizes[0]).any():
            return None
        step, size = int(by[0]), int(sizes[0])
        if abs(step) & abs(step) - 1 or size & size - 1:
            return None
        shift, scale = size.bit_length() - 1, abs(step).bit_length() - 1
        start, code = int(self.starts[1]), int(self.codes[1])
        count = code >> scale if step > 0 else ~(code >> scale)
        return Uniform(
            base=start - (count << shift),
            shift=shift,
            scale=scale,
            rest=code & (1 << scale) - 1,
            falls=step < 0,
            first=max(self.low, start - size),
            last=min(self.high, int(self.starts[-1]) + size - 1),
        )


def steps_of(node: Levels, element: int, low: int, high: int) -> Steps:
    """The steps of an element whose sum is in low..high."""
    edges = node.edges[element].astype(np.int64)
    inside = np.unique(edges[(low < edges) & (edges <= high)])
    starts = np.concatenate([[low], inside])
    codes = node.codes[element].astype(np.int64)[np.searchsorted(edges, starts, side="right")]
    kept = np.concatenate([[True], codes[1:] != codes[:-1]])
    return Steps(starts[kept], codes[kept], high, node.bits, node.signed)


def changes(steps: Steps, place: int) -> tuple[int, Integers]:
    """Bit `place` of the code at the lowest sum, and the sums at which it changes."""
    bit = steps.codes >> place & 1
    return int(bit[0]), steps.starts[1:][bit[1:] != bit[:-1]]
