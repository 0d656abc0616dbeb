"""Lowering of `Levels`: a comparator for every edge a sum can reach, and codes from comparators.

As a sum grows past each edge the code changes to the next one, so a code bit is the exclusive or
of the comparators of those edges at which the bit changes. Sums that take part in a comparison of
few bits keep to themselves; all others share what they have in common.
"""

from gen.intnet.network import Levels, Ranges
from gen.logic.graph import Builder, Signal
from gen.logic.words import Word, at_least
from gen.melt.rules.linear import Sum
from gen.melt.rules.prefix import share_counts

__all__ = ["lower_levels"]

Step = tuple[int, int]
"""What a sum without its offset must reach, and the bits of the code that change there."""


def lower_levels(b: Builder, node: Levels, sums: list[Sum], ranges: Ranges) -> list[Word]:
    """Each element's code as a word of `node.bits` bits, given its sum and the sum's range."""
    low, high = ranges[0].tolist(), ranges[1].tolist()
    words, steps = [], []
    for element, one in enumerate(sums):
        code, changes = _steps(node, element, low[element], high[element])
        words.append([b.constant(code >> place & 1) for place in range(node.bits)])
        steps.append([(edge - one.offset, changed) for edge, changed in changes])
    counted = [
        at
        for at, (one, own) in enumerate(zip(sums, steps, strict=True))
        if not one.keeps_to_itself(b, [bound for bound, _ in own])
    ]
    shared = dict(zip(counted, share_counts(b, [sums[at] for at in counted]), strict=True))
    for at, (one, own) in enumerate(zip(sums, steps, strict=True)):
        _apply(b, words[at], own, shared.get(at, one))
    return words


def _steps(node: Levels, element: int, low: int, high: int) -> tuple[int, list[Step]]:
    """The code of the lowest sum, and the edges above it at which the code changes."""
    edges, codes = node.edges[element].tolist(), node.codes[element].tolist()
    first = code = codes[sum(edge <= low for edge in edges)]
    steps = []
    for edge, after in zip(edges, codes[1:], strict=True):
        if low < edge <= high and after != code:
            steps.append((edge, after ^ code))
            code = after
    return first, steps


def _apply(b: Builder, word: Word, steps: list[Step], given: Sum) -> None:
    for (_, changed), reached in zip(steps, _reached(b, given, steps), strict=True):
        for place in range(len(word)):
            if changed >> place & 1:
                word[place] = b.xor(word[place], reached)


def _reached(b: Builder, given: Sum, steps: list[Step]) -> list[Signal]:
    """Whether the sum reaches each step: by a count of its own for one, else by its word."""
    if len(steps) < 2:
        return [given.reaches(b, bound) for bound, _ in steps]
    total = given.word(b)
    return [at_least(b, total, bound) for bound, _ in steps]
