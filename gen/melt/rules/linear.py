"""Lowering of `Linear`: weights become places in columns of bits, and one constant.

A weight w times a bit x is written in canonical signed digits; a digit -1 at place k is
-x * 2**k = (~x) * 2**k - 2**k, so every column holds positive bits only and all constants
gather in one offset. For ternary weights this is the popcount of x and ~x.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from gen.intnet.held import WEIGHT_BITS
from gen.intnet.network import Argmax, IntNet, Linear, NetError
from gen.logic import chain, count, two_or_three, wide
from gen.logic.graph import Builder, Signal
from gen.logic.words import Columns, Word, at_least

__all__ = [
    "Sum",
    "cheapest_shift",
    "joined",
    "score_words",
    "signed_digits",
    "without_common",
]


SMALL = 8
"""Inputs of a function that mapping can handle as a whole."""

FEW = 12
"""Bits of a comparison that is made of full adders for LUTs of six inputs too."""

MANY = 129
"""Of weights as large as this only their own values are tried as what to add to all."""


@dataclass
class Sum:
    """An integer as offset + the count of all bits, those of columns[k] worth 2**k.

    The count is at most `top`. `before` are more columns that are counted first, the same for
    several sums. Where `inverted`, the bits are complemented: it is offset + top - their count.
    """

    columns: Columns
    offset: int
    top: int
    before: list[Columns] = field(default_factory=list)
    inverted: bool = False

    def word(self, b: Builder, add: int = 0, width: int | None = None) -> Word:
        """The integer - offset + `add`, modulo 2**width; of as many bits as `top` if not given."""
        size = self.top.bit_length() if width is None else width
        if self.inverted:
            # top + add - count is the complement of count - top - add - 1.
            add = -self.top - add - 1
        ones = [[b.true] * (add >> place & 1) for place in range(size)]
        own = self.columns if b.part is None else count.in_parts(b, self.columns, b.part)
        word = (count if b.lut < wide.LUT else wide).add_columns(
            b, [*self.before, joined(own, ones)], size
        )
        return [~bit for bit in word] if self.inverted else word

    def reaches(self, b: Builder, bound: int) -> Signal:
        """Whether the integer - offset is >= `bound`.

        What is counted alone is counted as ones or as zeros, of which fewer decide: a smaller
        bound has fewer columns. A few bits have a circuit of their own, and an integer that comes
        as its bits is compared as it is: an AND or OR for each bit, where counting took three.
        """
        if self.is_word:
            word = [column[0] if column else b.false for column in self.columns]
            return at_least(b, word, bound)
        if self.has_circuit(b, bound):
            few = chain if b.lut >= wide.LUT and chain.has_few(self.top) else two_or_three
            return few.reaches_few(b, self.columns[0], bound)
        counter = count if self.shares_adders(b) else wide
        if self.inverted:
            return ~counter.reaches(b, [*self.before, self.columns], self.top + 1 - bound)
        if self.before or 2 * bound <= self.top + 1:
            return counter.reaches(b, [*self.before, self.columns], bound)
        zeros = [[~bit for bit in column] for column in self.columns]
        return ~counter.reaches(b, [zeros], self.top + 1 - bound)

    def keeps_to_itself(self, b: Builder, bounds: Sequence[int]) -> bool:
        """Whether comparing with these bounds is smaller by itself than with adders shared.

        So it is where a circuit of few bits does it (`has_circuit`), and where larger weights are
        on a few bits only: mapping finds a form for such a function as a whole (276 LUTs where
        shared adders left 326).
        """
        if self.is_word:
            return True
        if all(self.has_circuit(b, bound) for bound in bounds):
            return len(bounds) < 2
        signals = [bit for column in self.columns for bit in column]
        bits = {b.aig.node_to_index(b.aig.get_node(bit)) for bit in signals}
        return len(bits) <= SMALL and self.top > len(bits)

    @property
    def is_word(self) -> bool:
        """Whether its bits are those of an integer: none has to be added to another."""
        alone = not self.before and not self.inverted
        return alone and all(len(column) < 2 for column in self.columns)

    def shares_adders(self, b: Builder) -> bool:
        """Whether its count may have full adders in common with others: for LUTs of six inputs that
        pays where few bits are compared."""
        return b.lut < wide.LUT or self.top <= FEW

    def has_circuit(self, b: Builder, bound: int) -> bool:
        """Whether `bound` of these bits are reached by a circuit of `gen.logic.two_or_three`, or
        for LUTs of six inputs of `gen.logic.chain`."""
        alone = not self.before and not self.inverted and self.top > 0
        alone = alone and len(self.columns[0]) == self.top == sum(map(len, self.columns))
        if alone and b.lut >= wide.LUT and chain.has_few(self.top):
            return True
        return alone and two_or_three.has_few(self.top, bound)


def joined(first: Columns, second: Columns) -> Columns:
    """The bits of both, column by column."""
    return [[*x, *y] for x, y in zip_longest(first, second, fillvalue=())]


def signed_digits(value: int) -> Iterator[tuple[int, int]]:
    """Places and digits (+1 or -1) of the non-adjacent form, the fewest non-zero digits."""
    place = 0
    while value:
        if value & 1:
            digit = 2 - (value & 3)
            yield place, digit
            value -= digit
        value >>= 1
        place += 1


def score_words(b: Builder, sums: list[Sum], width: int, shift: int) -> list[Word]:
    """All sums + `shift` as words of one width, modulo 2**width."""
    return [one.word(b, one.offset + shift, width) for one in sums]


def cheapest_shift(offsets: Sequence[int], low: int, high: int, width: int, lut: int = 4) -> int:
    """What to add to sums in low..high so that all fit `width` bits unsigned, for a comparison.

    Of all such, the one that leaves the fewest ones in the sums' constants, each of which costs
    an adder; in counts for LUTs of six inputs, the one with which their first LUTs take most bits.
    """
    top = (1 << width) - 1
    cost = int.bit_count if lut < wide.LUT else wide.lost
    choices = range(-low, top - high + 1)
    return min(choices, key=lambda shift: sum(cost(n + shift & top) for n in offsets))


def without_common(net: IntNet) -> IntNet:
    """The network with scores that have as few digits in their weights as can be.

    The largest score stays the largest where the same is added to all: to a column of the scores'
    weights any number may be. It is where that takes away two digits or more; of two scores, one.
    """
    node = next((node for node in net.nodes if node.name == net.score), None)
    others = [other for other in net.nodes if not isinstance(other, Argmax)]
    read = {name for other in others for name in other.inputs}
    read |= {state.next for state in net.states}
    if not net.decision or not isinstance(node, Linear) or node.name in read:
        return net
    weight = node.weight.astype(np.int64)
    gain = 1 if len(weight) == 2 else 2
    for column in weight.T:
        most = int(np.abs(column).max())
        adds = range(-most, most + 1) if most < MANY else sorted({0, *(-column).tolist()})
        column += min(adds, key=lambda add: _digits(column, add, gain))
    nodes = [replace(node, weight=weight) if n is node else n for n in net.nodes]
    try:
        return replace(net, nodes=tuple(nodes))
    except NetError:
        return net  # Its sums would no longer be exact.


def _digits(column: NDArray[np.int64], add: int, gain: int) -> tuple[int, int]:
    """Non-zero digits of a column with something added, to compare by; nothing added comes first.

    Weights have to stay of the bits that a network may have.
    """
    values = (column + add).tolist()
    most = 1 << (7 if abs(column).max() < MANY else WEIGHT_BITS - 1)
    if not all(-most <= value < most for value in values):
        return len(values) * WEIGHT_BITS + gain, abs(add)
    count = sum(len(list(signed_digits(value))) for value in values)
    return count + (gain - 1 if add else 0), abs(add)
