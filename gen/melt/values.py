"""What stands for a signal while a network is melted: words of codes, or sums not yet added up."""

from dataclasses import dataclass
from typing import TypeAlias

from gen.intnet.node import Signal
from gen.logic import wide
from gen.logic.graph import Builder
from gen.logic.words import Word
from gen.melt.rules.linear import Sum, score_words
from gen.melt.rules.prefix import share_counts

__all__ = ["Codes", "Value", "as_codes", "as_sums", "bit_names", "element_bits", "resized"]


@dataclass
class Codes:
    """A vector of codes, each of its own width: two's complement where `signed`."""

    words: list[Word]
    signed: bool


Value: TypeAlias = Codes | list[Sum]


def bit_names(name: str, size: int, bits: int) -> list[list[str]]:
    """Names of the bits of a vector of codes, an inner list per element, lowest bit first."""
    return [element_bits(name, element, bits) for element in range(size)]


def element_bits(name: str, element: int, bits: int) -> list[str]:
    """Names of the bits of one code."""
    if bits == 1:
        return [f"{name}[{element}]"]
    return [f"{name}[{element}].{k}" for k in range(bits)]


def as_codes(b: Builder, value: Value, signal: Signal) -> Codes:
    """The values as words; sums become two's complement of the signal's width."""
    if isinstance(value, Codes):
        return value
    sums = share_counts(b, value, b.lut < wide.LUT)
    return Codes(score_words(b, sums, signal.width, 0), signed=True)


def resized(b: Builder, codes: Codes, width: int) -> list[Word]:
    """The words at one width that holds all their values: extended, or their sign bits dropped."""
    return [
        [*word, *[word[-1] if codes.signed else b.false] * (width - len(word))][:width]
        for word in codes.words
    ]


def as_sums(value: Value) -> list[Sum]:
    """The values as sums; a code's sign bit counts negative."""
    if isinstance(value, Codes):
        return [_sum(word, value.signed) for word in value.words]
    return value


def _sum(word: Word, signed: bool) -> Sum:
    top = (1 << len(word)) - 1
    if not signed:
        return Sum([[bit] for bit in word], 0, top)
    # -s * 2**k = (1 - s) * 2**k - 2**k
    columns = [[bit] for bit in word[:-1]] + [[~word[-1]]]
    return Sum(columns, -(1 << (len(word) - 1)), top)
