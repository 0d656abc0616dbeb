"""Codes as decision diagrams over the bits of a word that holds the sum.

A bit of the code is a function of the word that changes at some places. A diagram from the highest
bit down has a node for each part of the word's range, cut at powers of two, in which it changes;
parts that change at the same distances, or at the same ones the other way round, are one node.
"""

import numpy as np

from gen.intnet.node import Integers
from gen.logic.graph import Builder, Signal
from gen.logic.words import Word
from gen.melt.rules.steps import Steps, changes

__all__ = ["Diagrams"]


class Diagrams:
    """Functions of the word (sum - base) modulo 2**len(word), for sums in low..high."""

    def __init__(self, b: Builder, word: Word, base: int, low: int, high: int) -> None:
        self.b, self.word, self.base = b, word, base
        self.low, self.high = low, high
        self.known: dict[tuple[int, bytes], Signal] = {}

    def code(self, steps: Steps) -> Word:
        """The code of a sum, a word of its bits."""
        return [self.bit(*changes(steps, place)) for place in range(steps.bits)]

    def between(self, first: int, last: int) -> Signal:
        """Whether the sum is in first..last."""
        edges = [edge for edge in (first, last + 1) if self.low < edge <= self.high]
        return self.bit(int(first <= self.low <= last), np.array(edges, dtype=np.int64))

    def bit(self, first: int, edges: Integers) -> Signal:
        """What is `first` at the lowest sum and changes at each of the edges, which ascend."""
        size = 1 << len(self.word)
        places = (edges - self.base) % size
        if len(edges) & 1:
            # Between the highest and the lowest sum is a range that no sum is in.
            start = (self.high + 1 - self.base) % size
            free = size - (self.high - self.low + 1)
            places = np.append(places, _roundest(start, free) % size)
        # Every change below the lowest sum's place turns the value at 0 over once.
        below = int((places <= (self.low - self.base) % size).sum())
        zero = first ^ below & 1 ^ int((places == 0).sum()) & 1
        places = np.sort(places[places != 0])
        value = self._part(places, len(self.word))
        return ~value if zero else value

    def _part(self, places: Integers, count: int) -> Signal:
        """What is 0 at 0 and changes at these places, of the lowest `count` bits."""
        if not len(places):
            return self.b.false
        key = count, places.tobytes()
        if key not in self.known:
            half = 1 << count - 1
            below, above = places[places < half], places[places > half] - half
            turned = (len(below) + (len(below) + len(above) < len(places))) & 1
            low, high = self._part(below, count - 1), self._part(above, count - 1)
            bit = self.word[count - 1]
            self.known[key] = self.b.mux(bit, ~high if turned else high, low)
        return self.known[key]


def _roundest(start: int, free: int) -> int:
    """Of start..start + free, the number that the highest power of two divides."""
    if not start:
        return 0
    shift = ((start - 1) ^ (start + free)).bit_length() - 1
    return (start + free) >> shift << shift
