"""Codes that are the sum itself between two ends: bits of a word, and the ends put in their place.

Identity, shift, rounding, clipping and saturation are such, also where the code falls as the sum
grows: the word holds the sum plus a constant, so no edge inside has to be found at all.
"""

from gen.logic.graph import Builder, Signal
from gen.logic.words import Word
from gen.melt.rules.diagrams import Diagrams
from gen.melt.rules.steps import Steps, Uniform, changes

__all__ = ["clipped"]


def clipped(b: Builder, word: Word, steps: Steps, how: Uniform) -> Word:
    """The code, given the word (sum - how.base) modulo 2**len(word)."""
    diagrams = Diagrams(b, word, how.base, steps.low, steps.high)
    under = diagrams.between(steps.low, how.first - 1)
    over = diagrams.between(how.last + 1, steps.high)
    ends = int(steps.codes[0]), int(steps.codes[-1])
    made = []
    for place in range(steps.bits):
        first, edges = changes(steps, place)
        if len(edges) < 2:
            made.append(diagrams.bit(first, edges))
            continue
        bit = word[how.shift + place - how.scale]
        at_ends = ends[0] >> place & 1, ends[1] >> place & 1
        made.append(_with_ends(b, ~bit if how.falls else bit, under, over, at_ends))
    return made


def _with_ends(
    b: Builder, bit: Signal, under: Signal, over: Signal, ends: tuple[int, int]
) -> Signal:
    """The bit, but where the sum is under or over: there it is as at that end."""
    if ends[0] == ends[1]:
        off = b.or_(under, over)
        return b.or_(bit, off) if ends[0] else b.and_(bit, ~off)
    zero, one = (under, over) if ends[1] else (over, under)
    return b.or_(b.and_(bit, ~zero), one)
