"""A function of a few signals, of which some rows do not matter, as few LUTs.

Tried are: leaving signals out; a LUT, or two, over some of the signals, which tell apart no more
than two or four kinds of their patterns, with signals that both sides read (Ashenhurst, "The
decomposition of switching functions", 1957; Curtis, "A new approach to the design of switching
circuits", 1962); cofactors with a multiplexer of one signal or of two.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, product

import numpy as np

from gen.map.resynthesis.function import Function, Lut, Signal, cells_of, number_of

__all__ = ["MOST", "decompose"]

MOST = 8
"""Signals of a function, at most."""
FOR_CHOICE = 6
"""Of one whose cofactors are tried: of more they are seldom the smallest way."""

SEARCHES = 256
"""Functions that are taken apart for one: without an end, parts that free many cells take hours."""


class Work:
    """What is left of the searches for one function."""

    def __init__(self) -> None:
        self.left = SEARCHES

    def take(self) -> bool:
        """Whether one more may be made."""
        self.left -= 1
        return self.left >= 0


Rows = list[tuple[int, int]]
"""For each pattern of some signals the rows of the others: where 1, and where 0."""


def decompose(
    function: Function, k: int, most: int, choice: bool = True, work: Work | None = None
) -> Lut | None:
    """The function as at most `most` LUTs of k inputs; None where none are found, or it has too
    many signals.

    A constant, a wire or its complement is a LUT of no or one input. Without `choice` no cofactors
    are tried. `work` is what is left of the search that this is a part of.
    """
    work = work or Work()
    function = function.narrowed()
    size = len(function.signals)
    if size <= k:
        return function.lut() if most > 0 or size < 2 else None
    if size > MOST or most < _least(size, k) or not work.take():
        return None
    best: Lut | None = None
    for count, outer in _forms(function, k, most):
        made = decompose(outer, k, most - count, choice, work)
        if made is not None:
            best, most = made, cells_of(made) - 1
            if most < _least(size, k):
                return best
    tried = choice and size <= FOR_CHOICE and work.left > 0
    return (_multiplexed(function, k, most, work) if tried else None) or best


def _least(size: int, k: int) -> int:
    """How many LUTs of k inputs a function of so many signals takes at least."""
    return max(1, -(-(size - 1) // (k - 1)))


def _forms(function: Function, k: int, most: int) -> Iterator[tuple[int, Function]]:
    """The function over fewer signals, `count` of which are new LUTs over k of its own."""
    size = len(function.signals)
    ways = sorted(product((1, 2), range(k - 1)), key=sum)
    known = {inner: _rows(function, inner) for inner in combinations(range(size), k)}
    apart = {inner: _apart(rows) for inner, rows in known.items()}
    for count, shared in ways:
        left = size - k + shared + count
        if left >= size or count + _least(left, k) > most:
            continue
        for inner, rows in known.items():
            for both in combinations(range(k), shared):
                colours = _coloured(apart[inner], _alike(k, both), 1 << count)
                if colours:
                    yield count, _form(function, inner, both, count, rows, colours)


def _rows(function: Function, inner: Sequence[int]) -> Rows:
    """For each pattern of the signals at `inner` the rows of all others."""
    size = len(function.signals)
    order = [*_outer(size, inner)[::-1], *inner[::-1]]
    axes = [size - at for at in [*order[size - len(inner) :], *order[: size - len(inner)]]]
    cube = function.cube.transpose(0, *axes).reshape(2, 1 << len(inner), -1)
    packed = np.packbits(cube, axis=2, bitorder="little")
    on, off = ([int.from_bytes(row, "little") for row in map(bytes, side)] for side in packed)
    return list(zip(on, off, strict=True))


def _outer(size: int, inner: Sequence[int]) -> list[int]:
    return [at for at in range(size) if at not in inner]


def _apart(rows: Rows) -> list[int]:
    """For each pattern which others it must be told apart from, as the bits of a number."""
    found = [0] * len(rows)
    for (one, (on, off)), (other, (on_other, off_other)) in combinations(enumerate(rows), 2):
        if on & off_other or off & on_other:
            found[one] |= 1 << other
            found[other] |= 1 << one
    return found


@lru_cache(maxsize=64)
def _alike(k: int, both: tuple[int, ...]) -> list[int]:
    """For each pattern of k signals those in which the signals `both` are as in it."""
    mask = sum(1 << at for at in both)
    return [
        sum(1 << other for other in range(1 << k) if not (one ^ other) & mask)
        for one in range(1 << k)
    ]


def _coloured(apart: Sequence[int], alike: Sequence[int], colours: int) -> list[int]:
    """A colour for each of what is linked by `apart` among those `alike`, linked ones differ; none
    where that takes more (of two colours always found, of four mostly)."""
    linked = [one & other for one, other in zip(apart, alike, strict=True)]
    found, open_ = [0] * len(linked), {at for at, one in enumerate(linked) if one}
    taken = [0] * len(linked)
    while open_:
        at = max(open_, key=lambda one: (taken[one].bit_count(), linked[one].bit_count(), -one))
        colour = next((one for one in range(colours) if not taken[at] >> one & 1), None)
        if colour is None:
            return []
        open_.remove(at)
        found[at] = colour
        for other in open_:
            if linked[at] >> other & 1:
                taken[other] |= 1 << colour
    return found


def _form(
    function: Function,
    inner: Sequence[int],
    both: Sequence[int],
    count: int,
    rows: Rows,
    colours: Sequence[int],
) -> Function:
    """The function with the signals at `inner` read by `count` LUTs, which tell the colours of
    their patterns; those `both` of them are read outside too."""
    signals = function.signals
    names = tuple(signals[at] for at in inner)
    tables = [sum((one >> bit & 1) << at for at, one in enumerate(colours)) for bit in range(count)]
    outer = _outer(len(signals), inner)
    read = (
        *(Lut(table, names) for table in tables),
        *(names[at] for at in both),
        *(signals[at] for at in outer),
    )
    step, wide = 1 << count + len(both), 1 << len(outer)
    merged = [[0, 0] for _ in range(step)]
    for at, (on, off) in enumerate(rows):
        place = colours[at] | sum((at >> bit & 1) << k for k, bit in enumerate(both, count))
        merged[place][0] |= on
        merged[place][1] |= off
    made = [
        np.array([[one[side] >> row & 1 for one in merged] for row in range(wide)], np.bool_)
        for side in (0, 1)
    ]
    return Function(read, *(number_of(one.reshape(-1)) for one in made))


def _multiplexed(function: Function, k: int, most: int, work: Work) -> Lut | None:
    """Cofactors of one signal, or of two, each as few LUTs, and what chooses among them."""
    best: Lut | None = None
    for count in (1, 2):
        for chosen in combinations(range(len(function.signals)), count):
            made = _choice(function, chosen, k, most, work)
            if made is not None:
                best, most = made, cells_of(made) - 1
    return best


def _choice(function: Function, chosen: Sequence[int], k: int, most: int, work: Work) -> Lut | None:
    """The function as a choice, by the signals at these places, among its cofactors."""
    parts: list[Signal] = []
    place: dict[int, int] = {}
    for pattern in range(1 << len(chosen)):
        part = function
        for bit, at in reversed(list(enumerate(chosen))):
            part = part.cofactor(at, pattern >> bit & 1)
        if not part.on | part.off:
            continue
        made = decompose(part, k, most - 1, work=work)
        if made is None:
            return None
        place[pattern] = len(chosen) + len(parts)
        parts.append(made)
        most -= cells_of(made)
    on = off = 0
    for row in range(1 << len(chosen) + len(parts)):
        which = place.get(row & (1 << len(chosen)) - 1)
        if which is not None:
            on |= (row >> which & 1) << row
            off |= (~row >> which & 1) << row
    signals = (*(function.signals[at] for at in chosen), *parts)
    return decompose(Function(signals, on, off), k, most, False, work)
