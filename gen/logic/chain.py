"""Whether at least so many of a few bits are set, by a chain of LUTs of six inputs.

A state, the count as far as it still matters, takes in as many bits as its own leave room for.
With few bits left only few counts matter: those from which the bound can still be reached or
missed. So three LUTs do for 8 bits and four for 9, where a running count (`gen.logic.wide`), which
is the same for any bound, takes four and six; of more than ten it is as small.
"""

from collections.abc import Callable, Sequence
from functools import cache

from gen.logic.graph import Builder, Signal
from gen.logic.words import truth_table

__all__ = ["has_few", "reaches_few"]

LUT, LONGEST = 6, 10


def has_few(size: int) -> bool:
    """Whether a chain is smaller than a count that other sums may share: of seven bits it is not,
    where a network's neurons had some in common (192 LUTs instead of 179)."""
    return size <= LONGEST and size != LUT + 1


def reaches_few(b: Builder, bits: Sequence[Signal], bound: int) -> Signal:
    """Whether at least `bound` of the bits are set."""
    size = len(bits)
    if bound <= 0:
        return b.true
    if bound > size:
        return b.false
    state: list[Signal] = []
    before, least = 0, 0
    for after in _ends(size, bound):
        low, high = _matters(size, bound, after)
        count = _counted(len(state), least)
        signals = [*state, *bits[before:after]]
        if after == size:
            return _table(b, signals, _digit(count, bound - 1, bound, 0))
        state = [
            _table(b, signals, _digit(count, low, high, place))
            for place in range((high - low).bit_length())
        ]
        before, least = after, low
    return b.false


def _matters(size: int, bound: int, taken: int) -> tuple[int, int]:
    """The lowest and highest count, of so many bits taken in, that are told apart: one below all
    from which the bound can be reached, and the bound."""
    return max(0, bound - (size - taken) - 1), min(taken, bound)


def _width(size: int, bound: int, taken: int) -> int:
    """The state's bits; one where the answer is made."""
    low, high = _matters(size, bound, taken)
    return 1 if taken == size else (high - low).bit_length()


def _ends(size: int, bound: int) -> tuple[int, ...]:
    """Bits taken in after each step, of the chain of fewest LUTs."""

    @cache
    def best(taken: int) -> tuple[int, tuple[int, ...]]:
        if taken == size:
            return 0, ()
        room = LUT - (_width(size, bound, taken) if taken else 0)
        ways = []
        for after in range(taken + 1, min(size, taken + room) + 1):
            cost, ends = best(after)
            ways.append((cost + _width(size, bound, after), (after, *ends)))
        return min(ways)

    return best(0)[1]


def _counted(width: int, least: int) -> Callable[[Sequence[int]], int]:
    """The count that a row of a state's bits and others tells."""

    def count(row: Sequence[int]) -> int:
        state = sum(bit << place for place, bit in enumerate(row[:width]))
        return least + state + sum(row[width:])

    return count


def _digit(
    count: Callable[[Sequence[int]], int], low: int, high: int, place: int
) -> Callable[[Sequence[int]], int]:
    return lambda row: min(max(count(row), low), high) - low >> place & 1


def _table(b: Builder, signals: Sequence[Signal], function: Callable[[list[int]], int]) -> Signal:
    rows = range(1 << len(signals))
    values = (int(function([row >> at & 1 for at in range(len(signals))])) for row in rows)
    return truth_table(b, sum(bit << row for row, bit in enumerate(values)), signals)
