"""Codes by halving: each bit of a code is one comparison, with an edge that the bits above choose.

For codes that ascend: the highest bit says whether the sum reaches the middle edge, the next one
whether it reaches the middle of what is left, and so on. So there are as many comparators as bits,
not as edges, and what they compare with is looked up by few bits. Codes in any other order are
looked up by the number of edges reached.
"""

from dataclasses import replace

import numpy as np

from gen.intnet.node import Integers
from gen.logic.graph import Builder, Signal
from gen.logic.ordered import packed
from gen.logic.words import Word, truth_table
from gen.melt.rules.steps import Steps

__all__ = ["halved"]


def halved(b: Builder, word: Word, steps: Steps) -> Word:
    """The code, given the word sum - steps.low, of as many bits as that needs."""
    if steps.rises:
        return _ascending(b, word, steps)
    count = np.arange(len(steps.codes), dtype=np.int64)
    width = max(1, (len(count) - 1).bit_length())
    index = _ascending(b, word, replace(steps, codes=count, bits=width, signed=False))
    codes = np.append(steps.codes, np.full((1 << width) - len(count), steps.codes[-1]))
    return [truth_table(b, packed(codes >> place & 1), index) for place in range(steps.bits)]


def _ascending(b: Builder, word: Word, steps: Steps) -> Word:
    """The bits of a code that ascends or descends."""
    half = 1 << steps.bits - 1 if steps.signed else 0
    codes = steps.codes + half if steps.rises > 0 else (1 << steps.bits) - 1 - half - steps.codes
    reached = _reaching(codes, steps, 1 << steps.bits)
    found: Word = []
    for place in reversed(range(steps.bits)):
        # The middle of what each choice of the bits above leaves.
        edges = reached[1 << place :: 2 << place]
        found.insert(0, _reaches(b, word, edges, found))
    sign = steps.bits - 1 if steps.signed else -1
    turned = ((steps.rises < 0) != (at == sign) for at in range(steps.bits))
    return [~bit if turn else bit for bit, turn in zip(found, turned, strict=True)]


def _reaching(codes: Integers, steps: Steps, size: int) -> Integers:
    """For each code, what a sum must have above the lowest one to reach it or a later one.

    Codes after the last one are reached nowhere; what they would be compared with does not matter
    but where that comparison decides.
    """
    starts = np.append(steps.starts, steps.high + 1) - steps.low
    return starts[np.searchsorted(codes, np.arange(size), side="left")]


def _reaches(b: Builder, word: Word, edges: Integers, chosen: Word) -> Signal:
    """Whether the word is at least edges[the number that `chosen` holds]."""
    reached = b.true
    for place in range(max(len(word), int(edges.max()).bit_length())):
        bit = word[place] if place < len(word) else b.false
        edge = truth_table(b, packed(edges >> place & 1), chosen)
        either, both = b.or_(bit, reached), b.and_(bit, reached)
        # Where the edge's bit is 1 both are needed, else one of them.
        reached = b.or_(both, b.and_(~edge, either))
    return reached
