"""Candidates for an invariant: clauses over state bits that hold on states seen.

A clause is a disjunction of (state's number, value) pairs. Those of one literal are constants; of
two, implications, and with them equal and opposite bits, bits that exclude each other and
thermometer codes; that one of a group of bits is set makes of excluding bits a one-hot code.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fact", "Seen", "exclusive_groups", "facts_of"]

Fact = tuple[tuple[int, bool], ...]
"""A clause over state bits, ascending."""


class Seen:
    """States (n, bits) to ask clauses about; each literal's violations are one long integer."""

    def __init__(self, states: NDArray[np.uint8]) -> None:
        self.bits = states.shape[1]
        packed = np.packbits(np.ascontiguousarray(states.T), axis=1, bitorder="little")
        ones = [int.from_bytes(row.tobytes(), "little") for row in packed]
        every = (1 << len(states)) - 1
        self.violated = {(at, False): row for at, row in enumerate(ones)}
        self.violated |= {(at, True): row ^ every for at, row in enumerate(ones)}

    def holds(self, fact: Fact) -> bool:
        """Whether all states satisfy the clause."""
        rows = (self.violated[literal] for literal in fact)
        left = next(rows)
        for row in rows:
            left &= row
        return not left


def facts_of(seen: Seen, width: int, proved: Iterable[Fact] = ()) -> list[Fact]:
    """All clauses of up to `width` literals, 3 at most, that hold on the states seen; with 2 and
    more also that one of each group of excluding literals is true.

    Clauses with one of `proved` in them say nothing new and are left out.
    """
    known = set(proved)
    constant = {fact[0][0] for fact in known if len(fact) == 1}
    literals = sorted(one for one in seen.violated if one[0] not in constant)
    found: list[Fact] = [(one,) for one in literals if not seen.violated[one]]
    if width > 1:
        pairs = [pair for pair in _pairs(literals) if seen.holds(pair)]
        groups = [tuple(group) for group in exclusive_groups(pairs)]
        found += [*pairs, *(group for group in groups if seen.holds(group))]
    if width > 2:
        found += _triples(seen, literals, known)
    return [fact for fact in dict.fromkeys(found) if fact not in known]


def _pairs(literals: Sequence[tuple[int, bool]]) -> Iterator[Fact]:
    """Pairs of literals of two bits."""
    return ((a, b) for a, b in combinations(literals, 2) if a[0] != b[0])


def _triples(
    seen: Seen, literals: Sequence[tuple[int, bool]], known: Container[Fact]
) -> Iterator[Fact]:
    for a, b in _pairs(literals):
        both = seen.violated[a] & seen.violated[b]
        for c in literals if (a, b) not in known else ():
            new = c[0] > b[0] and (a, c) not in known and (b, c) not in known
            if new and not both & seen.violated[c]:
                yield a, b, c


def exclusive_groups(facts: Iterable[Fact]) -> list[list[tuple[int, bool]]]:
    """Groups of three and more literals of which the clauses allow one at most, each grown from
    one literal greedily."""
    rivals: dict[tuple[int, bool], set[tuple[int, bool]]] = {}
    for fact in facts:
        if len(fact) == 2:
            # Not both false, so their complements are never both true.
            a, b = ((bit, not value) for bit, value in fact)
            rivals.setdefault(a, set()).add(b)
            rivals.setdefault(b, set()).add(a)
    found: list[list[tuple[int, bool]]] = []
    for first in sorted(rivals):
        group = [first]
        for other in sorted(rivals[first]):
            if all(other in rivals[one] for one in group):
                group.append(other)
        if len(group) > 2 and sorted(group) not in found:
            found.append(sorted(group))
    return found
