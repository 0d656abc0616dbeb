"""Lowering of `Table` and `Max`: functions of few bits, and the largest of some words."""

from gen.intnet.combine import Max
from gen.intnet.lookups import Table
from gen.logic.graph import Builder
from gen.logic.words import Word, largest, truth_table
from gen.melt.values import Codes, resized

__all__ = ["lower_max", "lower_table"]


def lower_table(b: Builder, node: Table, given: Codes) -> list[Word]:
    """Each element's code as a word of `node.bits` bits."""
    words = resized(b, given, node.width)
    return [
        _element(b, node, element, [words[source] for source in wiring])
        for element, wiring in enumerate(node.wiring.tolist())
    ]


def _element(b: Builder, node: Table, element: int, words: list[Word]) -> Word:
    codes = node.tables[element].tolist()
    address = [bit for word in words for bit in word]
    functions = [
        sum((code >> place & 1) << at for at, code in enumerate(codes))
        for place in range(node.bits)
    ]
    return [truth_table(b, function, address) for function in functions]


def lower_max(b: Builder, node: Max, given: Codes) -> list[Word]:
    """Each element as a word, the largest of its window's."""
    words = resized(b, given, max(len(word) for word in given.words))
    return [
        largest(b, [words[source] for source in dict.fromkeys(row)], given.signed)
        for row in node.wiring.tolist()
    ]
