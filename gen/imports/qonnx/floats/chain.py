"""What a float of the model is, as a function of one integer: every step run by the runtime.

A chain begins with the float that an integer stands for, and goes on with operators whose other
inputs are constants. Where additions in another order could round to another float, the beginning
is an interval that holds all of them, and the steps carry both ends.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.intnet.node import Integers

__all__ = [
    "Affine",
    "Chain",
    "Fixed",
    "Floats",
    "Listed",
    "Op",
    "Raw",
    "Step",
    "Values",
    "tabulate",
]

Floats: TypeAlias = NDArray[np.float32]

MOST_AT_ONCE = 1 << 22
"""Floats that are run through a step at a time."""


@dataclass(frozen=True)
class Affine:
    """scale * (integer + offset) + plus, within `error` of it: what a sum of products is."""

    scale: float
    offset: int = 0
    plus: float = 0.0
    error: float = 0.0

    def at(self, integers: Integers) -> tuple[Floats, Floats, Floats]:
        """The float (exact where `error` is 0) and the ends of where it may lie."""
        ideal = self.scale * (integers + self.offset) + self.plus
        middle = ideal.astype(np.float32)
        if not self.error:
            return middle, middle, middle
        low, high = (ideal - self.error).astype(np.float32), (ideal + self.error).astype(np.float32)
        return (
            middle,
            np.nextafter(low, -np.inf, dtype=np.float32),
            np.nextafter(high, np.inf, dtype=np.float32),
        )


@dataclass(frozen=True)
class Listed:
    """The float of each integer from `low` on, float32 as bytes, near multiples of `step` where
    they are any; `ends` are the least and most of where they lie, where additions may round."""

    low: int
    floats: bytes
    step: float | None
    ends: tuple[bytes, bytes] | None = None

    def at(self, integers: Integers) -> tuple[Floats, Floats, Floats]:
        """As `Affine.at`."""
        place = np.clip(integers - self.low, 0, len(self.floats) // 4 - 1)
        found = np.frombuffer(self.floats, np.float32)[place]
        if self.ends is None:
            return found, found, found
        least, most = (np.frombuffer(one, np.float32)[place] for one in self.ends)
        return found, least, most


@dataclass(frozen=True)
class Fixed:
    """A constant among computed elements, as padding is: the same for every integer."""

    value: float

    def at(self, integers: Integers) -> tuple[Floats, Floats, Floats]:
        """As `Affine.at`."""
        found = np.full(len(integers), self.value, np.float32)
        return found, found, found


@dataclass(frozen=True)
class Raw:
    """A feature of the model's input, a float before any quantizer."""


Start: TypeAlias = Affine | Listed | Fixed | Raw


@dataclass(frozen=True, eq=False)
class Op:
    """An operator of one computed input: `run(values (n, K), arguments (K, ...) each)` gives
    (n, K) as the runtime does, element k with the arguments of row k.

    `step` says the distance of the values that it gives where it is a quantizer, from a chain's
    own arguments; `label` names the node.
    """

    label: str
    run: Callable[[Floats, Sequence[Floats]], Floats]
    step: Callable[[Sequence[Floats]], float] | None = None


@dataclass(frozen=True)
class Step:
    """An operator with the arguments of one element, as bytes (float32 of `shapes`)."""

    op: Op
    args: tuple[bytes, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def arrays(self) -> list[Floats]:
        """The arguments."""
        return [
            np.frombuffer(arg, np.float32).reshape(shape)
            for arg, shape in zip(self.args, self.shapes, strict=True)
        ]


@dataclass(frozen=True)
class Chain:
    """How a float follows from an integer."""

    start: Start
    steps: tuple[Step, ...] = ()

    @property
    def signature(self) -> tuple[object, ...]:
        """Chains of one signature run together."""
        return tuple((step.op, step.shapes) for step in self.steps)

    @property
    def step(self) -> float | None:
        """The distance of the values of its last quantizer, None without one."""
        for step in reversed(self.steps):
            if step.op.step is not None:
                return step.op.step(step.arrays)
        return self.start.step if isinstance(self.start, Listed) else None


@dataclass(frozen=True, eq=False)
class Values:
    """A chain's floats for every integer from `low` on: as the runtime gives them (`middle`), and
    the ends of where they lie."""

    low: int
    middle: Floats
    least: Floats
    most: Floats

    @property
    def exact(self) -> bool:
        """Whether no order of additions changes a float."""
        return self.least is self.middle


def tabulate(chains: Sequence[Chain], ranges: Mapping[int, tuple[int, int]]) -> dict[int, Values]:
    """The floats of chains, by their number, over their integers' ranges (both ends included)."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for at in ranges:
        groups.setdefault(chains[at].signature, []).append(at)
    found: dict[int, Values] = {}
    for group in groups.values():
        found |= _together([chains[at] for at in group], group, [ranges[at] for at in group])
    return found


def _together(
    chains: Sequence[Chain], names: Sequence[int], ranges: Sequence[tuple[int, int]]
) -> dict[int, Values]:
    """Chains of one signature, so many at a time as memory allows."""
    longest = max(high - low + 1 for low, high in ranges)
    width = max(1, MOST_AT_ONCE // longest)
    found = {}
    for first in range(0, len(chains), width):
        part = slice(first, first + width)
        for name, values in zip(
            names[part], _run(chains[part], ranges[part], longest), strict=True
        ):
            found[name] = values
    return found


def _run(chains: Sequence[Chain], ranges: Sequence[tuple[int, int]], longest: int) -> list[Values]:
    begun = []
    for chain, (low, _) in zip(chains, ranges, strict=True):
        assert not isinstance(chain.start, Raw)
        begun.append(chain.start.at(low + np.arange(longest, dtype=np.int64)))
    same = all(middle is least for middle, least, _ in begun)
    middle = run_steps(chains, np.stack([one[0] for one in begun], axis=1))
    ends = (middle, middle)
    if not same:
        first = run_steps(chains, np.stack([one[1] for one in begun], axis=1))
        second = run_steps(chains, np.stack([one[2] for one in begun], axis=1))
        ends = np.minimum(first, second), np.maximum(first, second)
    found = []
    for at, (low, high) in enumerate(ranges):
        size = high - low + 1
        own = middle[:size, at]
        certain = same or begun[at][0] is begun[at][1]
        least, most = (own, own) if certain else (ends[0][:size, at], ends[1][:size, at])
        found.append(Values(low, own, least, most))
    return found


def run_steps(chains: Sequence[Chain], values: Floats) -> Floats:
    """Values (n, K) through the steps of K chains of one signature."""
    for at in range(len(chains[0].steps)):
        steps = [chain.steps[at] for chain in chains]
        arrays = [np.stack(column) for column in zip(*(s.arrays for s in steps), strict=True)]
        values = steps[0].op.run(values, arrays)
    return values
