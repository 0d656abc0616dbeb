"""Counting bits with few 6-input LUTs: a running count that knows each column now and then only.

Bits arrive one after the other, as in `gen.logic.count`, and each column is known after some of
them. Six inputs allow for more than four bits of news at once:

- the lowest column is known after every fifth bit: one LUT;
- the next column after every fourth: its last value, the lowest column somewhere among the four
  bits, and these;
- the one above as often: four bits carry into the column below it at most twice. If that column
  changed it was one carry, and it goes on where the column was 1; if not it was none or two, and
  the carry of the first two bits tells which. Its own last value, the two values of the column
  below, and three signals for that carry are six inputs;
- that column is known after each of its events, so two more columns follow from it in the same way
  with a quarter of the LUTs, and so on.

So a bit costs 1/5 + 1/4 + 1/4 + 1/8 + 1/32 ... = 13/15 of a LUT, where compressors of six bits to
three take 1. Where the lowest column is known after each bit at no cost, because a LUT that makes
the bit of five signals at most can add it to that column, it is 2/3.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from typing import TypeAlias

from gen.logic.graph import Builder, Signal
from gen.logic.words import Columns, Word, truth_table

__all__ = ["LUT", "add_columns", "lost", "reaches"]

Seen: TypeAlias = tuple[Sequence[Signal], Callable[[Sequence[int]], tuple[int, list[int]]]]
"""Signals, and of their values the column's before some events, and each event."""

LUT, SKIP, BLOCK = 6, 5, 4
"""Inputs of a LUT, bits that one adds to the lowest column, and that one takes in above it."""


def lost(start: int) -> int:
    """Bits that the first LUTs take in less for a constant."""
    return max(0, LUT - _first(start))


def _first(start: int) -> int:
    """Bits that a count begins with: above them the column that is worth four changes once."""
    return min(LUT, 2 * BLOCK - 1 - start % BLOCK)


def add_columns(b: Builder, stages: Sequence[Columns], width: int) -> list[Signal]:
    """The sum modulo 2**width of all bits in all columns, column k worth 2**k: a word.

    The columns of each stage are counted before those of the next.
    """
    constant, columns = _without_constants(b, stages, width)
    word, _ = _added(b, constant, columns, width, False)
    return word


def reaches(b: Builder, stages: Sequence[Columns], bound: int) -> Signal:
    """Whether the sum of all bits in all columns, column k worth 2**k, is >= `bound`; as
    `gen.logic.count.reaches`."""
    constant, columns = _without_constants(b, stages, 0)
    bound -= constant
    if bound <= 0:
        return b.true
    top = (bound - 1).bit_length()
    columns += [[] for _ in range(top - len(columns))]
    _, over = _added(b, (1 << top) - bound, columns[:top], top, True)
    return reduce(b.or_, [*sum(columns[top:], []), *over], b.false)


def _without_constants(b: Builder, stages: Sequence[Columns], width: int) -> tuple[int, Columns]:
    """What the constant bits are worth, and at least `width` columns of the others."""
    constant = 0
    columns: Columns = [[] for _ in range(max([width, *map(len, stages)]))]
    for stage in stages:
        for place, column in enumerate(stage):
            constant += sum(bit == b.true for bit in column) << place
            columns[place] += [bit for bit in column if bit not in (b.true, b.false)]
    return constant, columns


def _added(
    b: Builder, constant: int, columns: Columns, width: int, over: bool
) -> tuple[list[Signal], list[Signal]]:
    """The word of a constant and columns of bits, and where `over`, bits of which any is 1 where
    the sum is 2**width or more.

    Each column is counted into a word, whose higher bits are more bits of the columns above.
    """
    word: list[Signal] = []
    beyond: list[Signal] = []
    waiting: Columns = [[*column] for column in columns[:width]]
    for place in range(width):
        bits = waiting[place]
        if not bits:
            word.append(b.constant(constant >> place & 1))
            constant &= ~(1 << place)
            continue
        made = _count(b, bits, constant >> place, width - place, over)
        constant = 0
        word.append(made[0])
        for at, bit in enumerate(made[1 : width - place], place + 1):
            if bit == b.true:
                constant += 1 << at
            elif bit != b.false:
                waiting[at].append(bit)
        beyond += made[width - place :]
    return word, beyond


class _Column:
    """A column that events change; `start` is its value before all of them."""

    def __init__(self, b: Builder, count: int, start: int) -> None:
        self.b, self.count, self.start = b, count, b.constant(start)

    def last(self) -> Signal:
        """The value after all events."""
        raise NotImplementedError

    def seen(self, first: int, end: int, at: int) -> Seen:
        """The events `first` to `end`, seen with the value after `at` events, or all values."""
        raise NotImplementedError

    def anchor(self, first: int, end: int) -> int:
        """After which events the value is known, of those `first` to `end`."""
        raise NotImplementedError


class _Plain(_Column):
    """Bits, each an event; the value is known after each of those that have room, and after every
    fifth of the others."""

    def __init__(self, b: Builder, bits: Sequence[Signal], start: int) -> None:
        super().__init__(b, len(bits), start)
        ordered = sorted(bits, key=lambda bit: not _has_room(b, bit))
        self.bits, self.free = ordered, sum(_has_room(b, bit) for bit in bits)
        first = self.free + SKIP if self.free else LUT
        ends = [*range(self.free + 1), *range(first, self.count, SKIP), self.count]
        self.known = {0: self.start}
        for before, end in pairwise(ends):
            self.known[end] = reduce(b.xor, ordered[before:end], self.known[before])

    def last(self) -> Signal:
        return self.known[self.count]

    def anchor(self, first: int, end: int) -> int:
        return next(at for at in range(first, end + 1) if at in self.known)

    def seen(self, first: int, end: int, at: int) -> Seen:
        values = range(first, max(first, min(self.free, end)) + 1)
        if len(values) > 1:
            at = first
        else:
            values = range(at, at + 1)
        bits = self.bits[max(first, values[-1]) if at == first else first : end]

        def read(row: Sequence[int]) -> tuple[int, list[int]]:
            value, changes = _changes(row[: len(values)])
            events = [*changes, *row[len(values) :]]
            return value ^ sum(events[: at - first]) & 1, events

        return [*(self.known[one] for one in values), *bits], read


def _has_room(b: Builder, bit: Signal) -> bool:
    return b.aig.node_to_index(b.aig.get_node(bit)) in b.roomy


class _Known(_Column):
    """A column whose value is known after each event: these are all values."""

    def __init__(self, b: Builder, values: Sequence[Signal]) -> None:
        super().__init__(b, len(values) - 1, 0)
        self.values = values

    def last(self) -> Signal:
        return self.values[-1]

    def anchor(self, first: int, end: int) -> int:
        return first

    def seen(self, first: int, end: int, at: int) -> Seen:
        return self.values[first : end + 1], _changes


def _changes(values: Sequence[int]) -> tuple[int, list[int]]:
    return values[0], [one ^ other for one, other in pairwise(values)]


def _count(b: Builder, bits: Sequence[Signal], start: int, width: int, over: bool) -> list[Signal]:
    """The word of so many columns of `start` and the bits, and where `over`, behind them whether
    more was carried."""
    column: _Column = _Plain(b, bits, start & 1)
    most, top = start + len(bits), width + over
    word = [column.last()]
    while len(word) < top and most >> len(word):
        beyond = width - len(word) if over else -1
        low, high = _pair(b, column, start, beyond)
        word += [low[-1], high[-1]][: top - len(word)]
        column, start = _Known(b, high), start >> 2
    return [*word, *[b.false] * (top - len(word))]


def _pair(b: Builder, column: _Column, start: int, beyond: int) -> tuple[Word, Word]:
    """The values of the two columns above one, after each block of its events. One of them may be
    `beyond` the last (0, 1): that stays 1."""
    low, high = [b.constant(start >> 1 & 1)], [b.constant(start >> 2 & 1)]
    end = min(_first(start), column.count)
    signals, read = column.seen(0, end, 0)

    def total(row: Sequence[int]) -> int:
        return (start & 6) + sum(read([start & 1, *row])[1]) + (start & 1)

    low.append(_table(b, signals[1:], lambda row: _bit(total(row), 1, beyond == 0)))
    high.append(_table(b, signals[1:], lambda row: _bit(total(row), 2, beyond == 1)))
    while end < column.count:
        first, end = end, min(end + BLOCK, column.count)
        low.append(_low(b, column, (first, end), low[-1], beyond == 0))
        high.append(_high(b, column, (first, end), low[-2:], high[-1], beyond == 1))
    return low, high


def _bit(total: int, place: int, stays: bool) -> int:
    return int(total >> place > 0) if stays else total >> place & 1


def _low(
    b: Builder, column: _Column, events: tuple[int, int], before: Signal, stays: bool
) -> Signal:
    """The column above, after a block of at most four events."""
    signals, read = column.seen(*events, column.anchor(*events))

    def value(row: Sequence[int]) -> int:
        *seen, was = row
        start, changes = read(seen)
        carries = start + sum(changes) >> 1
        return int(was or carries > 0) if stays else was ^ carries & 1

    return _table(b, [*signals, before], value)


def _high(
    b: Builder,
    column: _Column,
    events: tuple[int, int],
    below: Sequence[Signal],
    before: Signal,
    stays: bool,
) -> Signal:
    """The column above that one, which had the values `below` before and after the block."""
    (first, end), at = events, column.anchor(*events)
    two = (first, min(first + 2, end)) if at <= first + 2 else (end - 2, end)
    signals, read = column.seen(*two, at)

    def value(row: Sequence[int]) -> int:
        *seen, old, new, was = row
        start, changes = read(seen)
        carry = old if old != new else int(start + sum(changes) > 1 and end - first > 2)
        return was | carry if stays else was ^ carry

    return _table(b, [*signals, *below, before], value)


def _table(b: Builder, signals: Sequence[Signal], function: Callable[[list[int]], int]) -> Signal:
    """A LUT of a function given on lists of bits."""
    rows = range(1 << len(signals))
    table = sum(function([row >> at & 1 for at in range(len(signals))]) << row for row in rows)
    return truth_table(b, table, signals)
