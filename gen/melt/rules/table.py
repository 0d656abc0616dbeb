"""Lowering of `Table` and `Max`: functions of few bits, and the largest of some words."""

from collections.abc import Sequence

from gen.intnet.combine import Max
from gen.intnet.lookups import Table
from gen.logic.graph import Builder
from gen.logic.words import Word, largest, truth_table
from gen.melt.values import Codes, resized

__all__ = ["lower_max", "lower_table"]


def lower_table(b: Builder, node: Table, given: Codes, elements: Sequence[int]) -> list[Word]:
    """The codes of these elements as words of `node.bits` bits."""
    words, wiring = resized(b, given, node.width), node.wiring.tolist()
    return [
        _element(b, node, element, [words[source] for source in wiring[element]])
        for element in elements
    ]


def _element(b: Builder, node: Table, element: int, words: list[Word]) -> Word:
    codes = node.tables[element].tolist()
    address = [bit for word in words for bit in word]
    functions = [
        sum((code >> place & 1) << at for at, code in enumerate(codes))
        for place in range(node.bits)
    ]
    return [truth_table(b, function, address) for function in functions]


def lower_max(b: Builder, node: Max, given: Codes, elements: Sequence[int]) -> list[Word]:
    """These elements as words, the largest of their windows'."""
    words = resized(b, given, max(len(word) for word in given.words))
    wiring = node.wiring.tolist()
    return [
        largest(b, [words[source] for source in dict.fromkeys(wiring[element])], given.signed)
        for element in elements
    ]
