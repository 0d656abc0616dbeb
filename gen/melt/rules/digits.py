"""Sums of two digits that several rows of a layer need, made once.

A weight is a few signed digits, so a row of a layer is a list of terms: codes, each shifted, added
or subtracted. Two terms in the same relation in several rows are added up once, and their sum is a
term itself, which may be part of others: those that save the most bits first (Hosangadi, Fallah,
Kastner, "Common subexpression elimination involving multiple variables for linear DSP synthesis",
ASAP 2004). Where codes have one bit nothing is saved so; full adders are shared there
(`gen.melt.rules.share`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations
from typing import TypeAlias

__all__ = ["Pair", "Term", "Terms", "share_pairs"]

MOST_PAIRS = 500_000
"""Pairs of terms of all rows above which none are shared: about 10 s."""

LEAST = 2
"""Bits that a pair's sum must save in a row: fewer are worth less than full adders shared instead
(codes of two bits and ternary weights took a tenth more)."""

Term: TypeAlias = tuple[int, int, int]
"""A word's number, the place that it is shifted to, and its sign, 1 or -1."""


Pair: TypeAlias = tuple[int, int, int, int]
"""The sum of two words: of numbers `first`, `second`, with `shift` and `sign`: the first one
<< max(0, -shift), and `sign` times the second << max(0, shift)."""


@dataclass
class Terms:
    """The terms of every row, and the pairs that are words of their own after those given."""

    rows: list[list[Term]]
    pairs: list[Pair]


def share_pairs(rows: Iterable[Iterable[Term]], widths: list[int]) -> Terms:
    """The same rows, given the width of every word, with sums of two terms that are shared."""
    sharing = _Sharing([list(row) for row in rows], list(widths))
    if sharing.count <= MOST_PAIRS:
        sharing.share()
    return Terms([sorted(row) for row in sharing.rows], sharing.pairs)


class _Sharing:
    """Rows of terms, and where each pair of terms occurs."""

    def __init__(self, rows: list[list[Term]], widths: list[int]) -> None:
        self.rows: list[set[Term]] = [set(row) for row in rows]
        self.widths, self.pairs = widths, list[Pair]()
        self.places: dict[Pair, set[int]] = defaultdict(set)
        self.uses: Counter[Pair] = Counter()
        self.count = sum(len(row) * (len(row) - 1) // 2 for row in self.rows)

    def share(self) -> None:
        """Share pairs as long as one saves anything."""
        for at, row in enumerate(self.rows):
            for one, other in combinations(sorted(row), 2):
                pair = _pair(one, other)
                self.places[pair].add(at)
                self.uses[pair] += 1
        queue = [(-gain, pair) for pair in self.places if (gain := self.gain(pair)) > 0]
        heapify(queue)
        while queue:
            gain, pair = heappop(queue)
            now = self.gain(pair)
            if now <= 0:
                continue
            if now < -gain:
                heappush(queue, (-now, pair))
                continue
            for changed in self.take(pair):
                if (more := self.gain(changed)) > 0:
                    heappush(queue, (-more, changed))

    def gain(self, pair: Pair) -> int:
        """The full adders that one sum of this pair saves; each bit less in a row is one."""
        uses = self.uses[pair]
        if uses < 2:
            return 0
        saved = self.widths[pair[0]] + self.widths[pair[1]] - _width(pair, self.widths)
        return (uses - 1) * saved if saved >= LEAST else 0

    def take(self, pair: Pair) -> set[Pair]:
        """Make the pair a word and put it in place of its terms; pairs there now are more of."""
        word = len(self.widths)
        self.widths.append(_width(pair, self.widths))
        self.pairs.append(pair)
        changed: set[Pair] = set()
        for at in sorted(self.places[pair]):
            for one, other in list(_uses(self.rows[at], pair)):
                if one in self.rows[at] and other in self.rows[at]:
                    self.remove(at, one)
                    self.remove(at, other)
                    changed |= self.add(at, (word, min(one[1], other[1]), one[2]))
        return changed

    def remove(self, at: int, term: Term) -> None:
        """Take a term out of a row."""
        row = self.rows[at]
        row.remove(term)
        for other in row:
            self.uses[_pair(term, other)] -= 1

    def add(self, at: int, term: Term) -> set[Pair]:
        """Put a term into a row; the pairs that it makes."""
        found = set()
        for other in self.rows[at]:
            pair = _pair(term, other)
            self.places[pair].add(at)
            self.uses[pair] += 1
            found.add(pair)
        self.rows[at].add(term)
        return found


def _pair(one: Term, other: Term) -> Pair:
    """The relation of two terms, whatever their place and common sign."""
    if one > other:
        one, other = other, one
    return one[0], other[0], other[1] - one[1], one[2] * other[2]


def _uses(row: set[Term], pair: Pair) -> Iterator[tuple[Term, Term]]:
    """The terms of a row in this relation."""
    for one in sorted(row):
        other = pair[1], one[1] + pair[2], one[2] * pair[3]
        if one[0] == pair[0] and other in row and one != other:
            yield one, other


def _width(pair: Pair, widths: list[int]) -> int:
    """Bits of the sum of two words, each of any value of its width."""
    tops = (
        ((1 << widths[word]) - 1) << max(0, shift)
        for word, shift in ((pair[0], -pair[2]), (pair[1], pair[2]))
    )
    return sum(tops).bit_length()
