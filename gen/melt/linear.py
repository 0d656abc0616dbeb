"""Lowering of `Linear`: weights become places in columns of bits, and one constant.

A weight w times a bit x is written in canonical signed digits; a digit -1 at place k is
-x * 2**k = (~x) * 2**k - 2**k, so every column holds positive bits only and all constants
gather in one offset. For ternary weights this is the popcount of x and ~x.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gen.intnet.products import Product
from gen.logic.count import add_columns, reaches
from gen.logic.graph import Builder, Signal
from gen.logic.words import Columns, Word, constant_word

__all__ = ["Sum", "cheapest_shift", "lower_linear", "score_words", "signed_digits"]


@dataclass
class Sum:
    """An integer as offset + the sum of columns[k] * 2**k; the columns' sum is at most `top`."""

    columns: Columns
    offset: int
    top: int

    def word(self, b: Builder) -> Word:
        """The columns' sum without the offset, unsigned."""
        return add_columns(b, self.columns, self.top.bit_length())

    def reaches(self, b: Builder, bound: int) -> Signal:
        """Whether the columns' sum without the offset is >= `bound`.

        Ones are counted or zeros, of which fewer decide: a smaller bound has fewer columns.
        """
        if 2 * bound <= self.top + 1:
            return reaches(b, self.columns, bound)
        zeros = [[~bit for bit in column] for column in self.columns]
        return ~reaches(b, zeros, self.top + 1 - bound)


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


def lower_linear(node: Product, words: list[Word], signed: bool) -> list[Sum]:
    """The sums of a linear node or a convolution over input codes given as words."""
    return [
        _sum(zip(elements.tolist(), weights.tolist(), strict=True), bias, words, signed)
        for elements, weights, bias in node.rows()
    ]


def _sum(terms: Iterable[tuple[int, int]], bias: int, words: list[Word], signed: bool) -> Sum:
    columns: Columns = []
    offset = bias
    for element, weight in terms:
        for place, bit in enumerate(words[element]):
            sign = -1 if signed and place == len(words[element]) - 1 else 1
            for shift, digit in signed_digits(sign * weight):
                at = place + shift
                columns += [[] for _ in range(at + 1 - len(columns))]
                columns[at].append(bit if digit > 0 else ~bit)
                offset -= 0 if digit > 0 else 1 << at
    top = sum(len(column) << place for place, column in enumerate(columns))
    return Sum(columns, offset, top)


def score_words(b: Builder, sums: list[Sum], width: int, shift: int) -> list[Word]:
    """All sums + `shift` as words of one width, modulo 2**width."""
    words = []
    for one in sums:
        constant = constant_word(b, one.offset + shift, width)
        columns: Columns = [list(column) for column in one.columns[:width]]
        columns += [[] for _ in range(width - len(columns))]
        for column, bit in zip(columns, constant, strict=True):
            if bit == b.true:
                column.append(bit)
        words.append(add_columns(b, columns, width))
    return words


def cheapest_shift(offsets: Sequence[int], low: int, high: int, width: int) -> int:
    """What to add to sums in low..high so that all fit `width` bits unsigned, for a comparison.

    Of all such, the one that leaves the fewest ones in the sums' constants, each of which costs
    an adder.
    """
    top = (1 << width) - 1
    choices = range(-low, top - high + 1)
    return min(choices, key=lambda shift: sum((n + shift & top).bit_count() for n in offsets))
