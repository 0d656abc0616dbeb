"""Sharing partial sums between the neurons of a layer.

A full adder of three bits, once built, serves every sum that contains these bits, and, since a
full adder is self-dual, every sum that contains their complements: each further use of it saves
two LUTs. Triples are taken greedily, those in the most sums first, and the adders' own outputs
take part in the next round. A ternary form of common sub-expression elimination in constant
matrix products (Hosangadi, Fallah, Kastner, "Common subexpression elimination involving multiple
variables for linear DSP synthesis", ASAP 2004).
"""

from collections import defaultdict
from heapq import heapify, heappop, heappush
from itertools import combinations
from typing import TypeAlias

from gen.logic.graph import Builder, Signal
from gen.logic.words import full_adder
from gen.melt.linear import Sum

__all__ = ["MAX_TRIPLES", "share_adders"]

MAX_TRIPLES = 3_000_000
"""A layer with more triples of bits than this is left as it is: listing them would take minutes."""

Triple: TypeAlias = tuple[int, int, int]
Row: TypeAlias = dict[int, int]
"""Of one column of one sum: bit's node -> 1 where it is complemented, else 0."""


def share_adders(b: Builder, sums: list[Sum]) -> list[Sum]:
    """The same sums with the full adders that two or more of them can use taken out and shared."""
    sharing = _Sharing(b, sums)
    while sharing.triples() <= MAX_TRIPLES and sharing.share_round():
        pass
    return sharing.result(sums)


class _Sharing:
    """Sums as rows of literals, so that equal bits are found by number."""

    def __init__(self, b: Builder, sums: list[Sum]) -> None:
        self.b = b
        self.signals: dict[int, Signal] = {}
        self.rows: dict[tuple[int, int], Row] = {}
        self.rest: dict[tuple[int, int], list[Signal]] = defaultdict(list)
        for index, one in enumerate(sums):
            for place, column in enumerate(one.columns):
                for signal in column:
                    self.put(index, place, signal)

    def put(self, index: int, place: int, signal: Signal) -> None:
        """Add a bit to a column; constants and repeated bits do not take part."""
        aig = self.b.aig
        node, flip = aig.node_to_index(aig.get_node(signal)), int(aig.is_complemented(signal))
        row = self.rows.setdefault((index, place), {})
        if node == 0 or node in row:
            self.rest[index, place].append(signal)
            return
        row[node] = flip
        self.signals.setdefault(node, ~signal if flip else signal)

    def triples(self) -> int:
        """How many triples of bits there are to look at."""
        sizes = (len(row) for row in self.rows.values())
        return sum(n * (n - 1) * (n - 2) // 6 for n in sizes)

    def share_round(self) -> bool:
        """Share what two or more columns have now; whether there was anything."""
        found: dict[Triple, list[tuple[int, int]]] = defaultdict(list)
        for place, row in self.rows.items():
            for triple in combinations(sorted(row), 3):
                found[_canonical(triple, row)].append(place)
        queue = [(-len(uses), triple) for triple, uses in found.items() if len(uses) > 1]
        heapify(queue)
        shared = False
        while queue:
            count, triple = heappop(queue)
            uses = [place for place in found[triple] if _has(self.rows[place], triple)]
            if len(uses) == -count:
                self.use(triple, uses)
                shared = True
            elif len(uses) > 1:
                heappush(queue, (-len(uses), triple))
        return shared

    def use(self, triple: Triple, uses: list[tuple[int, int]]) -> None:
        """Build one adder and put it in place of the triple everywhere."""
        bits = [self.signals[t >> 1] for t in triple]
        x, y, z = (~s if t & 1 else s for s, t in zip(bits, triple, strict=True))
        total, carry = full_adder(self.b, x, y, z)
        for index, place in uses:
            row = self.rows[index, place]
            flip = row[triple[0] >> 1]
            for literal in triple:
                del row[literal >> 1]
            self.put(index, place, ~total if flip else total)
            self.put(index, place + 1, ~carry if flip else carry)

    def result(self, sums: list[Sum]) -> list[Sum]:
        """The sums, with what was shared in place."""
        columns: list[list[list[Signal]]] = [[] for _ in sums]
        for index, place in sorted({*self.rows, *self.rest}):
            own = columns[index]
            own += [[] for _ in range(place + 1 - len(own))]
            row = self.rows.get((index, place), {})
            own[place] = [~self.signals[n] if flip else self.signals[n] for n, flip in row.items()]
            own[place] += self.rest[index, place]
        return [Sum(made, one.offset, one.top) for made, one in zip(columns, sums, strict=True)]


def _canonical(nodes: Triple, row: Row) -> Triple:
    """Literals of the triple, all complemented together if need be so that the first is plain."""
    first = row[nodes[0]]
    a, b, c = (node << 1 | (row[node] ^ first) for node in nodes)
    return a, b, c


def _has(row: Row, triple: Triple) -> bool:
    """Whether a column still holds the triple, in this polarity or wholly complemented."""
    if any(literal >> 1 not in row for literal in triple):
        return False
    first = row[triple[0] >> 1]
    return all(row[literal >> 1] ^ first == literal & 1 for literal in triple)
