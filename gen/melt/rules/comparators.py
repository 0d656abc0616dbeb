"""Codes by a comparator for every edge that the sum can reach.

As the sum grows past each edge the code changes to the next one, so a bit of the code is the
exclusive or of the comparators of those edges at which it changes.
"""

from gen.logic.graph import Builder, Signal
from gen.logic.words import Word, at_least
from gen.melt.rules.linear import Sum
from gen.melt.rules.steps import Steps

__all__ = ["compared"]


def compared(b: Builder, given: Sum, steps: Steps) -> Word:
    """The code of a sum, a word of its bits."""
    codes = (steps.codes & (1 << steps.bits) - 1).tolist()
    word = [b.constant(codes[0] >> place & 1) for place in range(steps.bits)]
    reached = _reached(b, given, [edge - given.offset for edge in steps.edges])
    for before, after, beyond in zip(codes, codes[1:], reached, strict=False):
        for place in range(steps.bits):
            if (before ^ after) >> place & 1:
                word[place] = b.xor(word[place], beyond)
    return word


def _reached(b: Builder, given: Sum, bounds: list[int]) -> list[Signal]:
    """Whether the sum reaches each bound: by a count of its own for one, else by its word."""
    if len(bounds) < 2:
        return [given.reaches(b, bound) for bound in bounds]
    total = given.word(b)
    return [at_least(b, total, bound) for bound in bounds]
