"""Numbers of many values, as decision diagrams of their bits.

A quantity of few values has a diagram for each of them (`gen.melt.proof.reference`); of a sum of
wide codes they would be too many. Its bits are added up here as one does on paper, which is small
where the bits of one place are neighbours in the diagrams' order, as adders meet them.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gen.melt.proof.diagrams import Diagram, Diagrams

__all__ = ["Number", "Term", "greater", "largest", "number_of", "resized", "terms_of", "total"]

Number: TypeAlias = list[Diagram]
"""Bits in two's complement, lowest first, at least one."""

Term: TypeAlias = tuple[int, Diagram]
"""What a bit is worth, and the bit."""


def total(d: Diagrams, constant: int, terms: Sequence[Term]) -> Number:
    """A constant and the worth of all bits that are true."""
    low = constant + sum(worth for worth, _ in terms if worth < 0)
    high = constant + sum(worth for worth, _ in terms if worth > 0)
    found = [_bit(d, constant, place) for place in range(_width(low, high))]
    for worth, bit in terms:
        for place in range(abs(worth).bit_length()):
            if abs(worth) >> place & 1:
                _count(d, found, place, bit, down=worth < 0)
    return found


def _count(d: Diagrams, found: Number, place: int, bit: Diagram, down: bool) -> None:
    """Add a bit at a place, or take it away, and what is carried on."""
    while place < len(found) and bit != d.false:
        before = found[place]
        found[place] = d.differ(before, bit)
        bit = d.both(~before if down else before, bit)
        place += 1


def terms_of(number: Number) -> list[Term]:
    """What the bits of a number are worth."""
    worths = [1 << place for place in range(len(number))]
    worths[-1] = -worths[-1]
    return list(zip(worths, number, strict=True))


def number_of(d: Diagrams, values: Mapping[int, Diagram], width: int | None = None) -> Number:
    """The number that has each value where its diagram is true; of the least width if not given."""
    if width is None:
        width = _width(min(values), max(values))
    found = [d.false] * width
    for value, where in values.items():
        for place in range(width):
            if value >> place & 1:
                found[place] = d.either(found[place], where)
    return found


def resized(number: Number, width: int) -> Number:
    """The number in another width that holds it."""
    return [*number, *[number[-1]] * (width - len(number))][:width]


def greater(d: Diagrams, one: Number, other: Number) -> Diagram:
    """Where one number is greater than another."""
    width = max(len(one), len(other))
    pairs = zip(resized(one, width), resized(other, width), strict=True)
    found = d.false
    for place, (x, y) in enumerate(pairs):
        found = d.choose(d.differ(x, y), y if place == width - 1 else x, found)
    return found


def largest(d: Diagrams, numbers: Sequence[Number]) -> Number:
    """The largest of some numbers."""
    width = max(map(len, numbers))
    found, *others = (resized(one, width) for one in numbers)
    for other in others:
        ahead = greater(d, other, found)
        found = [d.choose(ahead, x, y) for x, y in zip(other, found, strict=True)]
    return found


def _width(low: int, high: int) -> int:
    return 1 + max((end if end >= 0 else ~end).bit_length() for end in (low, high))


def _bit(d: Diagrams, value: int, place: int) -> Diagram:
    return d.true if value >> place & 1 else d.false
