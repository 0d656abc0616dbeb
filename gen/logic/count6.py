"""Counting bits with few 6-input LUTs: a running count of which a LUT takes in four bits.

As in `gen.logic.count`, what is kept of a column is its value after each of its events. With six
inputs an event may carry more than one bit:

- four bits of a column change the value of the column above by the parity of their carries, which
  follows from them and the lower value anywhere among them: with the upper value before, six
  inputs. The lower value itself needs a LUT for every five bits only;
- whether they carried two columns further follows from the upper value before and after, the lower
  one, and two of the four bits: with the value there, six inputs again;
- of values that change by single carries, five in a row change the value above by the parity of
  their falls, and carry further by what three of them and the upper value tell.

So a bit costs 1/5 + 1/4 + 1/4 of a LUT in three columns and 1/6 in all above: 0.87, where a
compressor of six bits to three takes 1.0. Counting 48 bits takes 40 LUT6, 53 in the form for four;
sums with bits in several columns, as larger weights and shared adders make them, are smaller in
that one, so mapping tries both. Which signals tell is found by enumeration.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations

from gen.logic.count import Event as Arrival
from gen.logic.count import without_constants
from gen.logic.graph import Builder, Signal
from gen.logic.words import Columns, truth_table

__all__ = ["add_columns", "reaches"]

GROUP, ROOM, RUN = 4, 5, 4
"""Bits of an event, bits that a LUT takes in besides the value so far, and steps of a run."""


@dataclass(frozen=True)
class Event:
    """One or two carries, or none, into a column: their parity, and whether there is one at all.

    `further` makes of the column's values before and after whether they carry on from there; where
    it is None that shows in the value, which fell from 1 to 0.
    """

    odd: Signal
    any: Signal
    further: Callable[[Signal, Signal], Signal] | None = None


Events = Mapping[int, Sequence[Event]]
"""By stage."""


def add_columns(b: Builder, stages: Sequence[Columns], width: int) -> list[Signal]:
    """The sum modulo 2**width of all bits in all columns, column k worth 2**k: a word.

    The columns of each stage are counted before those of the next, as in `gen.logic.count`.
    """
    constant, pending = without_constants(b, stages, width)
    events: Events = {}
    word: list[Signal] = []
    for place, bits in enumerate(pending[:width]):
        column = _Column(b, constant >> place & 1, _by_stage(bits, len(stages)), events)
        word.append(column.value)
        events = column.carries
    return word


def reaches(b: Builder, stages: Sequence[Columns], bound: int) -> Signal:
    """Whether the sum of all bits in all columns, column k worth 2**k, is >= `bound`."""
    constant, pending = without_constants(b, stages, 0)
    bound -= constant
    if bound <= 0:
        return b.true
    top = (bound - 1).bit_length()
    pending += [[] for _ in range(top - len(pending))]
    events: Events = {}
    for place, bits in enumerate(pending[:top]):
        one = (1 << top) - bound >> place & 1
        events = _Column(b, one, _by_stage(bits, len(stages)), events).carries
    high = [arrival.bit for bits in pending[top:] for arrival in bits]
    high += [event.any for stage in sorted(events) for event in events[stage]]
    return reduce(b.or_, high, b.false)


def _by_stage(bits: Sequence[Arrival], stages: int) -> list[list[Signal]]:
    return [[one.bit for one in bits if one.stage == at] for at in range(max(1, stages))]


class _Column:
    """A column's value after all its bits and events, and its carries by stage.

    A constant 1 is counted with the last stage, so that sums which begin alike share their count.
    """

    def __init__(self, b: Builder, one: int, bits: list[list[Signal]], events: Events) -> None:
        self.b = b
        self.value = b.false
        self.carries: dict[int, list[Event]] = {}
        bits[-1] = [b.true] * one + bits[-1]
        for stage, plain in enumerate(bits):
            made = self.carries[stage] = list(self._take_events(events.get(stage, ())))
            made += self._take_bits(plain)

    def _take_events(self, events: Sequence[Event]) -> Iterator[Event]:
        """Count events; carries of single falls are made in runs."""
        b, run = self.b, [self.value]
        for event in events:
            before, self.value = self.value, b.xor(self.value, event.odd)
            if event.further is not None:
                yield from self._falls(run)
                carry = event.further(before, self.value)
                yield Event(carry, carry)
                run = []
            run.append(self.value)
            if len(run) > RUN:
                yield from self._falls(run)
                run = [self.value]
        yield from self._falls(run)

    def _falls(self, run: list[Signal]) -> Iterator[Event]:
        """The carries of a run of values: where one fell."""
        if len(run) > 1:
            yield self._event(run, _falls_of(len(run)))

    def _take_bits(self, bits: Sequence[Signal]) -> Iterator[Event]:
        """Count plain bits, `GROUP` to an event."""
        if self.value == self.b.false and bits:
            self.value, *bits = bits
        known = {0: self.value}
        for start in range(0, len(bits), ROOM):
            end = min(start + ROOM, len(bits))
            known[end] = reduce(self.b.xor, bits[start:end], known[start])
        for start in range(0, len(bits), GROUP):
            own = list(bits[start : start + GROUP])
            place = next(at for at in range(start, start + len(own) + 1) if at in known)
            yield self._event([known[place], *own], _carries_of(len(own), place - start))
        self.value = known[len(bits)]

    def _event(self, signals: list[Signal], tables: "_Tables") -> Event:
        b = self.b
        odd, any_ = (truth_table(b, table, signals) for table in (tables.odd, tables.any))
        if tables.further is None:
            return Event(odd, any_)
        told, table = [signals[at] for at in tables.told], tables.further
        return Event(odd, any_, lambda v, after: truth_table(b, table, [v, after, *told]))


@dataclass(frozen=True)
class _Tables:
    """What some signals say of carries: whether they are odd, and any, as truth tables.

    `further` is a table over the value before, after, and the signals of places `told`.
    """

    odd: int
    any: int
    told: tuple[int, ...] = ()
    further: int | None = None


@cache
def _carries_of(size: int, place: int) -> _Tables:
    """Of the value after `place` of `size` bits, and these bits: carries of all."""

    def carries(row: Sequence[int]) -> int:
        value, *bits = row
        return ((value + sum(bits[:place]) & 1) + sum(bits)) // 2

    return _tables(carries, size + 1)


@cache
def _falls_of(size: int) -> _Tables:
    """Of the values of a column, one after the other: how often one fell."""

    def falls(row: Sequence[int]) -> int:
        return sum(before > after for before, after in zip(row, row[1:], strict=False))

    return _tables(falls, size)


def _tables(carries: Callable[[Sequence[int]], int], size: int) -> _Tables:
    rows = [[at >> k & 1 for k in range(size)] for at in range(1 << size)]
    counts = [carries(row) for row in rows]
    odd, any_ = (sum(bit << at for at, bit in enumerate(bits)) for bits in (
        [count & 1 for count in counts], [int(count > 0) for count in counts]
    ))  # fmt: skip
    if max(counts) < 2:
        return _Tables(odd, any_)
    # The last signal first: of a run, that is the value which the next one begins with.
    for told in sorted(combinations(range(size), 3), key=lambda at: (at[0], at[1], -at[2])):
        further = _further([[row[at] for at in told] for row in rows], counts)
        if further is not None:
            return _Tables(odd, any_, told, further)
    raise AssertionError("three signals always tell")


def _further(told: Sequence[Sequence[int]], counts: Sequence[int]) -> int | None:
    """The table of carries further on, where what is told decides them."""
    known: dict[int, int] = {}
    for row, count in zip(told, counts, strict=True):
        for value in (0, 1):
            key = [value, value + count & 1, *row]
            address = sum(bit << at for at, bit in enumerate(key))
            if known.setdefault(address, value + count >> 1) != value + count >> 1:
                return None
    return sum(bit << address for address, bit in known.items())
