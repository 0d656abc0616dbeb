"""A function of a few signals, of which some patterns do not matter, as few LUTs.

Tried are: leaving signals out; a LUT, or two, over some of the signals, which tell apart no more
than two or four kinds of their patterns, with signals that both sides read (Ashenhurst, "The
decomposition of switching functions", 1957; Curtis, "A new approach to the design of switching
circuits", 1962); cofactors with a multiplexer of one signal or of two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST", "Function", "Lut", "cells_of", "decompose", "luts_of"]

MOST = 6
"""Signals of a function, at most."""

Bits = NDArray[np.bool_]
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


@dataclass(frozen=True, eq=False)
class Function:
    """Values and which of them matter, each (2, ..., 2) with an axis for each of the signals."""

    signals: tuple[Signal, ...]
    value: Bits
    care: Bits

    def without(self, at: int) -> "Function | None":
        """The function without a signal; None where it depends on it."""
        (low, high), (open_low, open_high) = self._halves(at)
        if ((low != high) & open_low & open_high).any():
            return None
        return Function(self._others(at), np.where(open_low, low, high), open_low | open_high)

    def cofactor(self, at: int, bit: int) -> "Function":
        """The function with a signal fixed."""
        values, cares = self._halves(at)
        return Function(self._others(at), values[bit], cares[bit])

    def lut(self) -> Lut:
        """The function as one table; where it does not matter it is 0."""
        rows = np.flatnonzero((self.value & self.care).transpose().reshape(-1)).tolist()
        return Lut(sum(1 << row for row in rows), self.signals)

    def narrowed(self) -> "Function":
        """Without the signals that it need not depend on, taken away from either end."""
        tried = []
        for ends in (self.signals, self.signals[::-1]):
            made = self
            for signal in ends:
                made = made.without(made.signals.index(signal)) or made
            tried.append(made)
        return min(tried, key=lambda one: len(one.signals))

    def _halves(self, at: int) -> tuple[tuple[Bits, Bits], tuple[Bits, Bits]]:
        value, care = self.value, self.care
        return (value.take(0, at), value.take(1, at)), (care.take(0, at), care.take(1, at))

    def _others(self, at: int) -> tuple[Signal, ...]:
        return (*self.signals[:at], *self.signals[at + 1 :])


def decompose(function: Function, k: int, most: int, chosen: bool = True) -> Lut | None:
    """The function as at most `most` LUTs of k inputs; None where none are found, or it has too
    many signals.

    A constant, a wire or its complement is a LUT of no or one input. Without `chosen` no cofactors
    are tried.
    """
    function = function.narrowed()
    size = len(function.signals)
    if size <= k:
        return function.lut() if most > 0 or size < 2 else None
    if size > MOST or most < _least(size, k):
        return None
    best: Lut | None = None
    for count, outer in _forms(function, k, most):
        made = decompose(outer, k, most - count, chosen)
        if made is not None:
            best, most = made, cells_of(made) - 1
            if most < _least(size, k):
                return best
    return (_multiplexed(function, k, most) if chosen else None) or best


def _least(size: int, k: int) -> int:
    """How many LUTs of k inputs a function of so many signals takes at least."""
    return max(1, -(-(size - 1) // (k - 1)))


def _forms(function: Function, k: int, most: int) -> Iterator[tuple[int, Function]]:
    """The function over fewer signals, `count` of which are new LUTs over k of its own."""
    size = len(function.signals)
    for count, shared in sorted(product((1, 2), range(k - 1)), key=sum):
        left = size - k + shared + count
        if left >= size or count + _least(left, k) > most:
            continue
        for inner in combinations(range(size), k):
            for both in combinations(range(k), shared):
                made = _form(function, inner, both, count)
                if made is not None:
                    yield count, made


def _form(
    function: Function, inner: Sequence[int], both: Sequence[int], count: int
) -> Function | None:
    """The function with the signals at `inner` read by `count` LUTs; those `both` of them are read
    outside too. None where that many LUTs do not tell enough patterns apart."""
    signals, width = function.signals, len(inner)
    outer = [at for at in range(len(signals)) if at not in inner]
    value, care = (
        part.transpose(*inner, *outer).reshape(1 << width, -1)
        for part in (function.value, function.care)
    )
    known = np.indices((2,) * width).reshape(width, -1)[list(both)]
    apart = ((value[:, None] != value) & care[:, None] & care).any(2)
    apart &= (known[:, :, None] == known[:, None]).all(0)
    colour = _coloured(apart, 1 << count)
    if colour is None:
        return None
    names = [signals[at] for at in inner]
    luts = [
        Function(tuple(names), (colour >> bit & 1).astype(bool).reshape((2,) * width), ANY).lut()
        for bit in range(count)
    ]
    rows = np.zeros(len(colour), int)
    for part in (*(colour >> bit & 1 for bit in range(count)), *known):
        rows = 2 * rows + part
    made = np.zeros((2, 1 << count + len(both), value.shape[1]), bool)
    np.logical_or.at(made[0], rows, value & care)
    np.logical_or.at(made[1], rows, care)
    read = (*luts, *(names[at] for at in both), *(signals[at] for at in outer))
    return Function(read, *made.reshape(2, *(2,) * len(read)))


def _coloured(apart: Bits, colours: int) -> NDArray[np.int64] | None:
    """A colour for each of what is linked, linked ones differ; None where that takes more (of two
    colours always found, of four mostly)."""
    found = np.full(len(apart), -1)
    taken = np.zeros((len(apart), colours), bool)
    degree = apart.sum(1)
    for _ in range(len(apart)):
        open_ = found < 0
        at = int(np.argmax(np.where(open_, taken.sum(1) * len(apart) + degree, -1)))
        free = np.flatnonzero(~taken[at])
        if not len(free):
            return None
        found[at] = free[0]
        taken[apart[at], free[0]] = True
    return found


def _multiplexed(function: Function, k: int, most: int) -> Lut | None:
    """Cofactors of one signal, or of two, each as few LUTs, and what chooses among them."""
    best: Lut | None = None
    for count in (1, 2):
        for chosen in combinations(range(len(function.signals)), count):
            made = _choice(function, chosen, k, most)
            if made is not None:
                best, most = made, cells_of(made) - 1
    return best


def _choice(function: Function, chosen: Sequence[int], k: int, most: int) -> Lut | None:
    """The function as a choice, by the signals at these places, among its cofactors."""
    parts: list[Signal] = []
    care = []
    for bits in product((0, 1), repeat=len(chosen)):
        part = function
        for at, bit in zip(reversed(chosen), reversed(bits), strict=True):
            part = part.cofactor(at, bit)
        care.append(part.care.any())
        if not care[-1]:
            continue
        made = decompose(part, k, most - 1)
        if made is None:
            return None
        parts.append(made)
        most -= cells_of(made)
    signals = (*(function.signals[at] for at in chosen), *parts)
    value = np.zeros((2,) * len(signals), bool)
    open_ = np.zeros((2,) * len(signals), bool)
    which = len(chosen)
    for bits, cared in zip(product((0, 1), repeat=len(chosen)), care, strict=True):
        if cared:
            picked = np.indices((2,) * len(parts))[which - len(chosen)]
            value[bits], open_[bits] = picked, True
            which += 1
    return decompose(Function(signals, value, open_), k, most, chosen=False)


ANY = np.True_
