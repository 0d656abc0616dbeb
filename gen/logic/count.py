"""Counting bits with few 4-input LUTs: a running count instead of a tree of full adders.

The bits of a column arrive one after the other, as events, and what is kept is the column's value
after each of them. Three things make this cheaper than two LUTs for every full adder:

- a LUT takes three bits into the running value, so that value is known after every third event
  only; the carry of two events follows from the value before, between or after them, whichever is
  known;
- no carry is made as such: value, parity one column lower and two bits there are four inputs, so
  one LUT gives the value after the carry;
- where all values of a column are known, the carry of two events follows from the three values
  around them alone: one of them fell from 1 to 0.

So a bit costs 1/3 of a LUT in its own column and 1/2, 1/4, ... in those above: 4/3, where full
adders take 2. Where the carries of a column do not come in pairs, the odd one is that of the first
event, which with the next one is a function of four signals: a LUT less. Counting 48 bits takes 60
LUT4 if each value that is kept becomes one, 61 where ABC chooses; it makes 90 of a Dadda tree. The
price is depth, about n/2 LUTs. That a carry is passed on as an exclusive or is from Demenkov,
Kojevnikov, Kulikov, Yaroslavtsev, "New upper bounds on the Boolean circuit complexity of symmetric
functions", 2010; the running count is its form for LUTs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from gen.logic.graph import Builder, Signal
from gen.logic.words import Columns

__all__ = ["add_columns", "in_parts", "reaches"]

ROOM = 3
"""Bits that a LUT takes in besides the value so far."""


@dataclass(frozen=True)
class Event:
    """A bit that arrives in a column: one there is, or a carry, which fills a LUT by itself.

    `stage` says when: what arrives in one stage is counted before all of the next.
    """

    bit: Signal
    plain: bool
    stage: int


def add_columns(b: Builder, stages: Sequence[Columns], width: int) -> list[Signal]:
    """The sum modulo 2**width of all bits in all columns, column k worth 2**k: a word.

    The columns of each stage are counted before those of the next: sums that begin with the same
    stages share their count.
    """
    constant, pending = _without_constants(b, stages, width)
    carries: list[Event] = []
    word: list[Signal] = []
    joined = False
    for place, bits in enumerate(pending[:width]):
        column = _Column(b, constant >> place & 1, [*bits, *carries], True, joined)
        alone = place + 1 < width and not pending[place + 1] and not constant >> place + 1 & 1
        joined = alone and column.parts_first
        carries = column.carries(joined) if place + 1 < width else []
        word.append(column.value(len(column.events)))
    return word


def in_parts(b: Builder, columns: Columns, part: int) -> Columns:
    """Columns of the same sum: those of more than `part` bits are counted in as few parts as have
    no more, about as many bits in each, and what is left to add are words. So a count is not much
    deeper than one of its parts."""
    made: Columns = []
    for place, bits in enumerate(columns):
        n_parts = max(1, -(-len(bits) // part))
        ends = [len(bits) * at // n_parts for at in range(n_parts + 1)]
        words: list[Columns] = [[bits]]
        if n_parts > 1:
            counted = (bits[start:end] for start, end in pairwise(ends))
            words = [_counted(b, few) for few in counted]
        for word in words:
            made += [[] for _ in range(place + len(word) - len(made))]
            for at, column in enumerate(word, place):
                made[at] += column
    return made


def _counted(b: Builder, bits: Sequence[Signal]) -> Columns:
    """How many of some bits are 1, a column for each bit of that."""
    return [[bit] for bit in add_columns(b, [[[*bits]]], len(bits).bit_length())]


def reaches(b: Builder, stages: Sequence[Columns], bound: int) -> Signal:
    """Whether the sum of all bits in all columns, column k worth 2**k, is >= `bound`.

    2**m - bound is added, for the smallest m; the sum reaches 2**m where any bit at all arrives in
    column m or above. Stages are as for `add_columns`.
    """
    constant, pending = _without_constants(b, stages, 0)
    bound -= constant
    if bound <= 0:
        return b.true
    top = (bound - 1).bit_length()
    pending += [[] for _ in range(top - len(pending))]
    carries: list[Event] = []
    for place, bits in enumerate(pending[:top]):
        carries = _Column(b, (1 << top) - bound >> place & 1, [*bits, *carries]).carries()
    high = [event.bit for event in [*sum(pending[top:], []), *carries]]
    return reduce(b.or_, high, b.false)


def _without_constants(
    b: Builder, stages: Sequence[Columns], width: int
) -> tuple[int, list[list[Event]]]:
    """What the constant bits are worth, and at least `width` columns of the others."""
    constant = 0
    pending: list[list[Event]] = [[] for _ in range(max([width, *map(len, stages)]))]
    for stage, columns in enumerate(stages):
        for place, column in enumerate(columns):
            constant += sum(bit == b.true for bit in column) << place
            kept = (bit for bit in column if bit not in (b.true, b.false))
            pending[place] += [Event(bit, True, stage) for bit in kept]
    return constant, pending


class _Column:
    """The values of a column: `known[n]` is the one after n events where a LUT makes it.

    Those of a `word` are kept, the last one too; where only a bound is looked for, mapping does
    better if it is free to choose. A column may begin with two events `joined`.
    """

    def __init__(
        self,
        b: Builder,
        one: int,
        events: Sequence[Event],
        word: bool = False,
        joined: bool = False,
    ) -> None:
        self.b = b
        keep = b.kept if word else _same
        self.events = _in_order(b, one, events)
        start = self.events.pop(0).bit if self.events else b.false
        self.first = start if joined else None
        self.stage = max((event.stage for event in events), default=0)
        if joined:
            start = b.xor(start, self.events.pop(0).bit)
        self.known: list[Signal | None] = [keep(start)]
        constant = self.known[0] == b.true
        waiting, room = 0, ROOM + constant
        for at, event in enumerate(self.events):
            if not event.plain and self.known[at] is None:
                self.known[at], waiting = keep(self.value(at)), 0
            free = event.bit == b.true
            waiting += event.plain and not free
            full = not event.plain or waiting == room or (free and not waiting)
            full |= word and b.cuts and at == len(self.events) - 1
            self.known.append(keep(self.value(at + 1)) if full else None)
            if full:
                waiting, room = 0, ROOM if not free else room

    def value(self, after: int) -> Signal:
        """The value after so many events."""
        at = max(n for n in range(min(after + 1, len(self.known))) if self.known[n] is not None)
        start = self.known[at]
        assert start is not None
        return reduce(self.b.xor, [event.bit for event in self.events[at:after]], start)

    @property
    def parts_first(self) -> bool:
        """Whether the carry of the first event alone and that of the next two are functions of four
        signals: one LUT takes in both where a column begins with them."""
        events = self.events
        return (
            self.first is None
            and len(events) % 2 == 1 < len(events)
            and len({(event.plain, event.stage) for event in events}) == 1
            and self.b.true not in (self.known[0], *(event.bit for event in events))
        )

    def carries(self, joined: bool = False) -> list[Event]:
        """The carries of two events each, and of one that is left: the last, or where the next
        column begins with two carries `joined`, the first."""
        made: list[tuple[Signal, int]] = []
        start = 0
        if self.first is not None:
            start = len(self.events) % 2
            made.append((self._carry_of_joined(self.first), self.stage))
        elif joined:
            start = 1
            made += [(self._carry_of_first(), self.stage), (self._carry_of_next(), self.stage)]
        for at in range(start + 2 * joined, len(self.events), 2):
            end = min(at + 1, len(self.events) - 1)
            made.append((self._carry(at), self.events[end].stage))
        return [Event(bit, False, stage) for bit, stage in made]

    def _carry_of_joined(self, first: Signal) -> Signal:
        """The carry of the two events that the column begins with, the `first` one a signal, and of
        the next one where their number is odd: as they come on 0, at most one."""
        start = _made(self.known[0])
        if len(self.events) % 2:
            return self.b.mux(start, ~_made(self.known[1]), first)
        return self.b.and_(first, ~start)

    def _carry_of_first(self) -> Signal:
        """The carry of the first event, of two signals."""
        event = self.events[0]
        falls = event.bit if event.plain else ~_made(self.known[1])
        return self.b.and_(_made(self.known[0]), falls)

    def _carry_of_next(self) -> Signal:
        """The carry of the two events after it, with it of four signals."""
        first, second = self.events[1:3]
        if not first.plain:
            return self._carry(1)
        b, x, y = self.b, first.bit, second.bit
        return b.or_(b.and_(x, y), b.and_(b.xor(x, y), self.value(1)))

    def _carry(self, at: int) -> Signal:
        b, first = self.b, self.events[at]
        before, between = self.known[at], self.known[at + 1]
        if at + 1 == len(self.events):
            return self._last_carry(before, between, first.bit)
        second, after = self.events[at + 1], self.known[at + 2]
        if first.plain and second.plain:
            return self._plain_carry(at, first.bit, second.bit)
        # A carry is among the two: the value fell at the first, or at the second.
        middle = _made(between)
        falls = first.bit if first.plain else _made(before)
        again = second.bit if second.plain else ~_made(after)
        return b.or_(b.and_(falls, ~middle), b.and_(middle, again))

    def _last_carry(self, before: Signal | None, after: Signal | None, bit: Signal) -> Signal:
        """The carry of one event: the value was 1 before it and 0 after it."""
        if before is None and after is not None:
            return self.b.and_(~after, bit)
        return self.b.and_(self.value(len(self.events) - 1), bit if after is None else ~after)

    def _plain_carry(self, at: int, first: Signal, second: Signal) -> Signal:
        """The carry of two plain bits: their majority with the value before them."""
        b = self.b
        before, between, after = self.known[at : at + 3]
        flip = b.aig.is_complemented(first)
        # A majority is self-dual: built with `first` uncomplemented, equal ones become one.
        x, y = (~first, ~second) if flip else (first, second)
        if before is None and between is not None:
            carry = b.mux(x, b.or_(~between, y), b.and_(between, y))
        elif before is None and after is not None:
            carry = b.mux(b.xor(x, y), after if flip else ~after, x)
        else:
            value = self.value(at)
            value = ~value if flip else value
            carry = b.or_(b.and_(x, y), b.and_(b.xor(x, y), value))
        return ~carry if flip else carry


def _in_order(b: Builder, one: int, events: Sequence[Event]) -> list[Event]:
    """Events by stage, plain ones first; a constant 1 goes before the last stage.

    There it does not part the counts of sums that begin with the same stages.
    """
    ordered = sorted(events, key=lambda event: (event.stage, not event.plain))
    last = max((event.stage for event in events), default=0)
    at = sum(event.stage < last for event in events)
    return ordered[:at] + [Event(b.true, True, last)] * one + ordered[at:]


def _same(signal: Signal) -> Signal:
    return signal


def _made(signal: Signal | None) -> Signal:
    assert signal is not None
    return signal
