"""What a module's forward builds of symbols: gates, and the thresholds that features are held
against."""

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gen.data.encode import Code, Encoder
from gen.imports.circuit import Bit, Lut, lut_of
from gen.imports.errors import ImportRefused
from gen.imports.lgn.forms import Form

__all__ = ["NOT", "ONE", "ZERO", "Gates", "Inputs", "reached_by"]

ZERO, ONE = 0, 1
"""The numbers of the bits that are constant: what fills a tensor with 0 or 1 fills it with them."""
NOT = np.array([1, 0], np.int8)
"""The table of an inverter."""


@dataclass
class Gates:
    """Bits by number, each a gate of bits before it, a feature that is a bit, or the answer to
    `feature >= threshold`; features are compared as float64 where `double`, else as float32, and
    `cut` where a forward casts them to less. `forms` are functions of bits, `meant` those that are
    gates."""

    features: int
    double: bool = False
    rows: list[tuple[tuple[int, ...], NDArray[np.int8], int]] = field(default_factory=list)
    tests: dict[tuple[int, float], int] = field(default_factory=dict)
    raw: dict[int, int] = field(default_factory=dict)
    constants: list[float] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    meant: dict[int, Form] = field(default_factory=dict)
    cut: bool = False
    count: int = 2

    def gates(self, reads: NDArray[np.int64], tables: NDArray[np.int8]) -> NDArray[np.int64]:
        """Numbers (n,) of gates that read bits (n, k) as addresses, the first as the lowest, of
        tables (n, 2^k)."""
        made = np.arange(self.count, self.count + len(reads))
        self.count += len(reads)
        self.rows += zip(map(tuple, reads.tolist()), tables, made.tolist(), strict=True)
        return made

    def constant(self, value: float) -> int:
        """The number, below 0, of a feature that always has this value."""
        if value not in self.constants:
            self.constants.append(value)
        return -1 - self.constants.index(value)

    def reached(self, features: NDArray[np.int64], marks: NDArray[np.float64]) -> NDArray[np.int64]:
        """Numbers (n,) of the bits `feature >= mark`, of finite features."""
        if np.isnan(marks).any():
            raise ImportRefused("a threshold is not a number; train it again, or take it out")
        return np.array(
            [self._test(int(at), float(mark)) for at, mark in zip(features, marks, strict=True)]
        )

    def _test(self, feature: int, mark: float) -> int:
        if feature < 0:
            return ONE if self.constants[-1 - feature] >= mark else ZERO
        if np.isinf(mark):
            return ZERO if mark > 0 else ONE
        if (feature, mark) not in self.tests:
            self.tests[feature, mark] = self.count
            self.count += 1
        return self.tests[feature, mark]

    def as_bits(self, features: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers (n,) of features that are bits themselves."""
        for feature in features.tolist():
            if feature < 0:
                self.raw[feature] = self._constant_bit(self.constants[-1 - feature])
            elif feature not in self.raw:
                self.raw[feature] = self.count
                self.count += 1
        return np.array([self.raw[feature] for feature in features.tolist()], np.int64)

    @staticmethod
    def _constant_bit(value: float) -> int:
        if value not in (ZERO, ONE):
            raise ImportRefused(f"a constant {value:g} is read as a bit; 0 and 1 are bits")
        return int(value)

    def luts(self, used: set[int]) -> list[Lut]:
        """The gates that are used, with constants worked into their tables."""
        constant: dict[int, Bit] = {ZERO: "0", ONE: "1"}
        return [
            lut_of([constant.get(bit, bit) for bit in reads], table, made)
            for reads, table, made in self.rows
            if made in used
        ]

    def used(self, wanted: NDArray[np.int64]) -> set[int]:
        """The bits that these depend on, themselves included."""
        found = set(wanted.tolist())
        for reads, _, made in reversed(self.rows):
            if made in found:
                found |= set(reads)
        return found

    def inputs(self, used: set[int]) -> "Inputs":
        """The network's inputs, of thresholds those that are used. Raises ImportRefused where
        features are bits and are not."""
        if self.tests and any(one >= 0 for one in self.raw):
            raise ImportRefused(
                "its input is compared with thresholds, and read as bits as well; give it bits, or"
                " compare them"
            )
        if not self.tests:
            return Inputs([self.raw.get(one, -1 - one) for one in range(self.features)], None)
        marks: list[list[float]] = [[] for _ in range(self.features)]
        for (feature, mark), bit in self.tests.items():
            if bit in used:
                marks[feature].append(mark)
        # A feature that nothing is asked of still is a column of every row.
        known = [tuple(sorted(found)) or (0.0,) for found in marks]
        codes = [Code("thermometer" if len(one) > 1 else "threshold", one) for one in known]
        places = [(at, mark) for at, one in enumerate(known) for mark in one]
        unread = itertools.count(-1, -1)
        read = {place: bit for place, bit in self.tests.items() if bit in used}
        bits = [read.get(place, next(unread)) for place in places]
        return Inputs(bits, Encoder(tuple(codes)))


@dataclass(frozen=True)
class Inputs:
    """The bits that are the network's inputs, in order, those below 0 read by nothing; and the
    encoder that makes them of features, where they are not features themselves."""

    bits: list[int]
    encoder: Encoder | None


def reached_by(
    marks: NDArray[np.float64], strict: bool, double: bool = False
) -> NDArray[np.float64]:
    """Least float64 values that, as float32, are above marks (`strict`), or not below them; as they
    are, where `double`.

    Features are float64, and a module sees the nearest float32, of two as near the one whose last
    bit is 0. So the least that is above lies halfway to the float32 before, or just behind.
    """
    if double:
        return np.where(np.isfinite(marks) & strict, np.nextafter(marks, np.inf), marks)
    with np.errstate(over="ignore", invalid="ignore"):
        nearest = marks.astype(np.float32)
        fits = nearest > marks if strict else nearest >= marks
        above = np.where(fits, nearest, np.nextafter(nearest, np.float32(np.inf)))
        below = np.nextafter(above, np.float32(-np.inf))
        middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    even = above.view(np.int32) % 2 == 0
    found = np.where(even, middle, np.nextafter(middle, np.inf))
    return np.where(np.isfinite(marks), found, marks)
