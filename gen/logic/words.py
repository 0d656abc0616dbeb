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
    "add_constant",
    "argmax",
    "at_least",
    "constant_word",
    "full_adder",
    "greater",
    "largest",
    "truth_table",
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


def add_constant(b: Builder, word: Word, value: int) -> Word:
    """A word plus an integer, modulo 2**len(word)."""
    made, carry = [], b.false
    for place, bit in enumerate(word):
        one = value >> place & 1
        made.append(b.xor(~bit if one else bit, carry))
        carry = b.or_(bit, carry) if one else b.and_(bit, carry)
    return made


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


def greater(b: Builder, left: Word, right: Word) -> Signal:
    """Whether unsigned `left` > unsigned `right`, words of one width."""
    wins = b.false
    for x, y in zip(left, right, strict=True):
        # The carry of x + ~y + wins: higher bits overrule lower ones.
        wins = full_adder(b, x, ~y, wins)[1]
    return wins


def argmax(b: Builder, words: Sequence[Word], last: bool = False) -> tuple[Word, Word]:
    """Index and value of the largest unsigned word; the lowest index wins a tie, or the `last`.

    A balanced knock-out: the later word of a pair wins only if it is greater, or not less.
    """
    width = max(1, (len(words) - 1).bit_length())
    field = [(constant_word(b, index, width), list(word)) for index, word in enumerate(words)]
    while len(field) > 1:
        ahead = []
        for (i0, w0), (i1, w1) in zip(field[0::2], field[1::2], strict=False):
            later = ~greater(b, w0, w1) if last else greater(b, w1, w0)
            winner = [b.mux(later, y, x) for x, y in zip(w0, w1, strict=True)]
            ahead.append(([b.mux(later, y, x) for x, y in zip(i0, i1, strict=True)], winner))
        field = ahead + field[len(field) & ~1 :]
    return field[0]


def largest(b: Builder, words: Sequence[Word], signed: bool = False) -> Word:
    """The value of the largest word, all of one width; for single bits their disjunction."""
    if len(words[0]) == 1 and not signed:
        found = words[0][0]
        for word in words[1:]:
            found = b.or_(found, word[0])
        return [found]
    # With the sign bit inverted, two's complement compares as unsigned.
    field = [[*word[:-1], ~word[-1]] if signed else word for word in words]
    _, value = argmax(b, field)
    return [*value[:-1], ~value[-1]] if signed else value


def truth_table(b: Builder, table: int, bits: Sequence[Signal]) -> Signal:
    """The function whose value at address sum(bits[k] << k) is that bit of `table`.

    Shannon's expansion from the last bit down, each distinct cofactor built once, as in a binary
    decision diagram.
    """
    known: dict[tuple[int, int], Signal] = {}

    def build(function: int, count: int) -> Signal:
        size = 1 << count
        if function in (0, (1 << size) - 1):
            return b.constant(function & 1)
        if (count, function) not in known:
            half = size >> 1
            low, high = function & ((1 << half) - 1), function >> half
            parts = build(high, count - 1), build(low, count - 1)
            known[count, function] = parts[0] if low == high else b.mux(bits[count - 1], *parts)
        return known[count, function]

    return build(table, len(bits))
