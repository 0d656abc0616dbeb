"""Lowering of `Levels`: a comparator for every edge a sum can reach, and codes from comparators.

As a sum grows past each edge the code changes to the next one, so a code bit is the exclusive or
of the comparators of those edges at which the bit changes.
"""

from gen.intnet.network import Levels, Ranges
from gen.logic.graph import Builder, Signal
from gen.logic.words import Word, at_least
from gen.melt.linear import Sum

__all__ = ["lower_levels"]


def lower_levels(b: Builder, node: Levels, sums: list[Sum], ranges: Ranges) -> list[Word]:
    """Each element's code as a word of `node.bits` bits, given its sum and the sum's range."""
    low, high = ranges[0].tolist(), ranges[1].tolist()
    return [
        _codes(b, node, element, one, low[element], high[element])
        for element, one in enumerate(sums)
    ]


def _codes(b: Builder, node: Levels, element: int, given: Sum, low: int, high: int) -> Word:
    edges, codes = node.edges[element].tolist(), node.codes[element].tolist()
    code = codes[sum(edge <= low for edge in edges)]
    word = [b.constant(code >> place & 1) for place in range(node.bits)]
    steps = []
    for edge, after in zip(edges, codes[1:], strict=True):
        if low < edge <= high and after != code:
            steps.append((edge - given.offset, after ^ code))
            code = after
    passed = _passed(b, given, [bound for bound, _ in steps])
    for (_, changed), reached in zip(steps, passed, strict=True):
        for place in range(node.bits):
            if changed >> place & 1:
                word[place] = b.xor(word[place], reached)
    return word


def _passed(b: Builder, given: Sum, bounds: list[int]) -> list[Signal]:
    """Whether the sum reaches each bound: by a count of its own for one, else by its word."""
    if len(bounds) < 2:
        return [given.reaches(b, bound) for bound in bounds]
    total = given.word(b)
    return [at_least(b, total, bound) for bound in bounds]
