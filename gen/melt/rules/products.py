"""Lowering of weighted sums: every weight as signed digits, and what rows have in common made once.

Codes become words whose bits are all positive, plus a constant: two's complement with the sign bit
turned over. A digit -1 of such a word is the complement of its bits and another constant.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from gen.intnet.products import Product
from gen.logic.graph import Builder
from gen.logic.words import Columns, Word
from gen.melt.rules.digits import LEAST, Term, Terms, share_pairs
from gen.melt.rules.linear import Sum, signed_digits

__all__ = ["lower_linear"]


@dataclass(frozen=True)
class _Unsigned:
    """An integer as a word of bits, all positive, plus an offset."""

    word: Word
    offset: int

    @staticmethod
    def of(word: Word, signed: bool) -> "_Unsigned":
        """A code."""
        if not signed:
            return _Unsigned(word, 0)
        return _Unsigned([*word[:-1], ~word[-1]], -(1 << len(word) - 1))


def lower_linear(
    b: Builder, node: Product, words: list[Word], signed: bool, elements: Container[int]
) -> list[Sum]:
    """The sums of a linear node or a convolution over input codes given as words.

    Those that are none of `elements` are 0.
    """
    rows: list[list[Term]] = []
    biases = []
    for element, (read, weights, bias) in enumerate(node.rows()):
        terms = zip(read.tolist(), weights.tolist(), strict=True) if element in elements else ()
        rows.append(list(_digits(terms)))
        biases.append(bias if element in elements else 0)
    known = [_Unsigned.of(word, signed) for word in words]
    widths = [len(word) for word in words]
    found = share_pairs(rows, widths) if max(widths) >= LEAST else Terms(rows, [])
    for first, second, shift, sign in found.pairs:
        pair = (known[first], max(0, -shift), 1), (known[second], max(0, shift), sign)
        one = _total(pair, 0)
        known.append(_Unsigned(one.word(b), one.offset))
    return [
        _total(((known[word], shift, sign) for word, shift, sign in row), bias)
        for row, bias in zip(found.rows, biases, strict=True)
    ]


def _digits(weights: Iterable[tuple[int, int]]) -> Iterator[Term]:
    """The terms of elements and their weights."""
    for element, weight in weights:
        for shift, digit in signed_digits(weight):
            yield element, shift, digit


def _total(terms: Iterable[tuple[_Unsigned, int, int]], bias: int) -> Sum:
    """The sum of integers, each shifted and with a sign."""
    columns: Columns = []
    offset = bias
    for one, shift, sign in terms:
        size = len(one.word)
        columns += [[] for _ in range(shift + size - len(columns))]
        for place, bit in enumerate(one.word, shift):
            columns[place].append(bit if sign > 0 else ~bit)
        offset += sign * (one.offset << shift)
        offset -= 0 if sign > 0 else (1 << size) - 1 << shift
    return Sum(columns, offset, sum(len(column) << at for at, column in enumerate(columns)))
