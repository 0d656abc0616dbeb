"""Arithmetic on words of bits, lowest bit first: adders, comparators, choosing the largest.

A sum of many bits is kept as columns, column k holding the bits worth 2**k; `gen.logic.count`
adds them up.
"""

from collections.abc import Sequence
from typing import TypeAlias

from gen.logic.graph import Builder, Signal

__all__ = [
    "Columns",
    "Word",
    "argmax",
    "at_least",
    "constant_word",
    "full_adder",
    "greater",
    "look_up",
]

Word: TypeAlias = list[Signal]
Columns: TypeAlias = list[list[Signal]]


def full_adder(b: Builder, x: Signal, y: Signal, z: Signal) -> tuple[Signal, Signal]:
    """Sum and carry of three bits.

    Both are self-dual, so the adder is built on the polarity that has `x` uncomplemented: adders
    of the same three bits, or of their three complements, become one.
    """
    flip = b.aig.is_complemented(x)
    if flip:
        x, y, z = ~x, ~y, ~z
    half = b.xor(x, y)
    total, carry = b.xor(half, z), b.or_(b.and_(x, y), b.and_(half, z))
    return (~total, ~carry) if flip else (total, carry)


def constant_word(b: Builder, value: int, width: int) -> Word:
    """The low `width` bits of an integer, two's complement where it is negative."""
    return [b.constant(value >> place & 1) for place in range(width)]


def at_least(b: Builder, word: Word, bound: int) -> Signal:
    """Whether an unsigned word is >= `bound`, which may be any integer."""
    if bound <= 0:
        return b.true
    if bound >> len(word):
        return b.false
    reached = b.true
    for place, bit in enumerate(word):
        join = b.and_ if bound >> place & 1 else b.or_
        reached = join(bit, reached)
    return reached


def look_up(b: Builder, table: int, sources: Sequence[Signal]) -> Signal:
    """A truth table as gates, by cofactors on the last input.

    Bit sum(in[k] << k) of the table is the value.
    """
    size = 1 << len(sources)
    if table == 0:
        return b.false
    if table == (1 << size) - 1:
        return b.true
    half = size // 2
    low, high = table & ((1 << half) - 1), table >> half
    *rest, last = sources
    if low == high:
        return look_up(b, low, rest)
    return b.mux(last, look_up(b, high, rest), look_up(b, low, rest))


def greater(b: Builder, left: Word, right: Word) -> Signal:
    """Whether unsigned `left` > unsigned `right`, words of one width."""
    wins = b.false
    for x, y in zip(left, right, strict=True):
        # The carry of x + ~y + wins: higher bits overrule lower ones.
        wins = full_adder(b, x, ~y, wins)[1]
    return wins


def argmax(b: Builder, words: Sequence[Word]) -> tuple[Word, Word]:
    """Index and value of the largest unsigned word; the lowest index wins a tie.

    A balanced knock-out: the later word of a pair wins only if it is greater.
    """
    width = max(1, (len(words) - 1).bit_length())
    field = [(constant_word(b, index, width), list(word)) for index, word in enumerate(words)]
    while len(field) > 1:
        ahead = []
        for (i0, w0), (i1, w1) in zip(field[0::2], field[1::2], strict=False):
            later = greater(b, w1, w0)
            winner = [b.mux(later, y, x) for x, y in zip(w0, w1, strict=True)]
            ahead.append(([b.mux(later, y, x) for x, y in zip(i0, i1, strict=True)], winner))
        field = ahead + field[len(field) & ~1 :]
    return field[0]
