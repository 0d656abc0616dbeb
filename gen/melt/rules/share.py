"""Sharing partial sums between the neurons of a layer.

A full adder of three bits, once built, serves every sum that contains these bits, and, since a
full adder is self-dual, every sum that contains their complements: each further use of it saves
two LUTs. Triples are taken greedily, those in the most sums first, and the adders' own outputs
take part in the next round. A ternary form of common sub-expression elimination in constant
matrix products (Hosangadi, Fallah, Kastner, "Common subexpression elimination involving multiple
variables for linear DSP synthesis", ASAP 2004).

`gen.melt.rules.triples` finds the triples; this module takes them.
"""

from collections import defaultdict

from gen.logic.graph import Builder, Signal
from gen.logic.words import full_adder
from gen.melt.rules.linear import Sum
from gen.melt.rules.triples import Place, Repeated, Row, Triple, repeated_triples

__all__ = ["share_adders"]


def share_adders(b: Builder, sums: list[Sum]) -> list[Sum]:
    """The same sums with the full adders that two or more of them can use taken out and shared."""
    sharing = _Sharing(b, sums)
    while sharing.share_round():
        pass
    return sharing.result(sums)


class _Sharing:
    """Sums as rows of literals, so that equal bits are found by number."""

    def __init__(self, b: Builder, sums: list[Sum]) -> None:
        self.b = b
        self.signals: dict[int, Signal] = {}
        self.rows: dict[Place, Row] = {}
        self.rest: dict[Place, list[Signal]] = defaultdict(list)
        # Bits that came since the triples were last listed, where all of them were listed then.
        self.fresh: set[int] | None = None
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
        if self.fresh is not None:
            self.fresh.add(node)

    def share_round(self) -> bool:
        """Share what two or more columns have now; whether there was anything."""
        found = repeated_triples(self.rows, self.fresh)
        self.fresh = set() if found.all else None
        return self._take(found)

    def _take(self, found: Repeated) -> bool:
        """Take the triples, most used first, as long as two columns still hold one."""
        waiting: dict[int, list[int]] = defaultdict(list)
        for at, count in enumerate(found.counts):
            waiting[count].append(at)
        rows = [self.rows[place] for place in found.rows]
        shared = False
        # One that lost uses waits among those of fewer uses, which come later.
        for count in range(max(waiting, default=0), 1, -1):
            for at in sorted(waiting[count]):
                triple = found.triples[at]
                uses = [use for use in found.places(at) if _has(rows[use], triple)]
                if len(uses) == count:
                    self.use(triple, [found.rows[use] for use in uses])
                    shared = True
                else:
                    waiting[len(uses)].append(at)
        return shared

    def use(self, triple: Triple, uses: list[Place]) -> None:
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


def _has(row: Row, triple: Triple) -> bool:
    """Whether a column still holds the triple, in this polarity or wholly complemented."""
    a, b, c = triple
    if a >> 1 not in row or b >> 1 not in row or c >> 1 not in row:
        return False
    first = row[a >> 1]
    return row[b >> 1] ^ first == b & 1 and row[c >> 1] ^ first == c & 1
