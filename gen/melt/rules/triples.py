"""Which triples of bits occur in two or more columns, listed for a whole layer at once.

A triple is packed into one number, so that equal ones meet when the numbers are sorted: n log n
in the bits where rows are short. A long row has too many triples to list; there the bits are put
in an order in which those of the same columns are neighbours, the order is cut into blocks, and
only triples within a block are listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST", "PER_BIT", "Place", "Repeated", "Row", "Triple", "repeated_triples"]

Place: TypeAlias = tuple[int, int]
"""A column of a sum: the sum's index, the column's power of two."""

Row: TypeAlias = dict[int, int]
"""Of one column of one sum: bit's node -> 1 where it is complemented, else 0."""

Triple: TypeAlias = tuple[int, int, int]
"""Literals (2 * node + complemented) by ascending node, the first one plain."""

FEWEST, PER_BIT = 3_000_000, 100
"""Most triples that are listed at once: so many, or so many for each bit. Rows of 24 bits have
84 for each bit; a million take about 0.2 s and 40 MB."""

ID_BITS = 20
"""Nodes of a layer are numbered in so many bits, so that a triple fits 62; more do not share."""

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Repeated:
    """Triples in two or more columns, ascending, and where; `all` says that none were left out."""

    all: bool
    triples: list[Triple]
    counts: list[int]
    starts: list[int]
    uses: list[int]
    rows: list[Place]

    def places(self, at: int) -> list[int]:
        """The columns, as places in `rows`, that held triple number `at` when it was listed."""
        start = self.starts[at]
        return self.uses[start : start + self.counts[at]]


@dataclass(frozen=True)
class _Bits:
    """The bits of all rows, by row and node: each one's row, node's number, complement."""

    row: Ints
    ident: Ints
    flip: Ints


def repeated_triples(rows: Mapping[Place, Row], fresh: set[int] | None = None) -> Repeated:
    """The triples that two or more rows hold, in one polarity or wholly complemented.

    Where `fresh` is given, only triples with one of these nodes, if all triples can be listed.
    """
    bits, nodes = _collect(rows)
    group, whole = _blocks(bits, len(nodes))
    is_fresh = np.ones(len(nodes), dtype=bool)
    if fresh is not None and whole:
        is_fresh = np.isin(nodes, np.fromiter(fresh, np.int64, len(fresh)))
    keys, uses = _list_all(bits, group, is_fresh)
    keys, uses = _only_repeated(keys, uses)
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(starts, append=len(keys))
    numbers = counts.tolist(), starts.tolist(), uses.tolist()
    return Repeated(whole, _triples(nodes, keys[starts]), *numbers, list(rows))


def _triples(nodes: Ints, keys: Ints) -> list[Triple]:
    """The literals packed in each key."""
    mask = (1 << ID_BITS + 1) - 1
    a, b, c = keys >> 2 * (ID_BITS + 1), keys >> ID_BITS + 1 & mask, keys & mask
    later = (nodes[literal >> 1] << 1 | literal & 1 for literal in (b, c))
    return list(zip((nodes[a] << 1).tolist(), *(one.tolist() for one in later), strict=True))


def _collect(rows: Mapping[Place, Row]) -> tuple[_Bits, Ints]:
    """Bits of nodes that lie in two or more rows, and the nodes, ascending."""
    sizes = [len(row) for row in rows.values()]
    row = np.repeat(np.arange(len(sizes)), sizes)
    node = np.array([node for one in rows.values() for node in one], dtype=np.int64)
    flip = np.array([flip for one in rows.values() for flip in one.values()], dtype=np.int64)
    nodes, ident, counts = np.unique(node, return_inverse=True, return_counts=True)
    shared = (counts > 1) & (np.cumsum(counts > 1) <= 1 << ID_BITS)
    kept = np.flatnonzero(shared[ident])
    nodes, ident = np.unique(node[kept], return_inverse=True)
    order = np.lexsort((ident, row[kept]))
    kept = kept[order]
    return _Bits(row[kept], ident[order], flip[kept]), nodes


def _blocks(bits: _Bits, nodes: int) -> tuple[Ints, bool]:
    """A number for each bit: triples are listed among bits of one number; and whether that is all.

    The fewest blocks, a power of two, that keep to the budget.
    """
    budget = max(FEWEST, PER_BIT * len(bits.row))
    rank, blocks = np.zeros(nodes, dtype=np.int64), 1
    while True:
        block = rank * blocks // max(1, nodes)
        group = bits.row * blocks + block[bits.ident]
        n = np.unique(group, return_counts=True)[1]
        if (n * (n - 1) * (n - 2) // 6).sum() <= budget:
            return group, blocks == 1
        rank = _rank(bits, nodes) if blocks == 1 else rank
        blocks *= 2


def _rank(bits: _Bits, nodes: int) -> Ints:
    """Each node's place in an order where nodes of the same rows and polarities are neighbours."""
    order = np.lexsort((bits.row, bits.ident))
    ident, flip = bits.ident[order], bits.flip[order]
    starts = np.flatnonzero(np.diff(ident, prepend=-1))
    first = np.repeat(flip[starts], np.diff(starts, append=len(ident)))
    literals = np.split(2 * bits.row[order] + (flip ^ first), starts[1:])
    signs = [literal.tolist() for literal in literals]
    rank = np.empty(nodes, dtype=np.int64)
    rank[sorted(range(nodes), key=signs.__getitem__)] = np.arange(nodes)
    return rank


def _list_all(bits: _Bits, group: Ints, fresh: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Keys and rows of all triples of each group's bits that have a fresh one among them."""
    order = np.lexsort((bits.ident, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    keys, uses = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for size in np.unique(sizes[sizes > 2]).tolist():
        at = order[starts[sizes == size][:, None] + np.arange(size)]
        at = at[fresh[bits.ident[at]].any(axis=1)]
        if len(at):
            a, b, c = (at[:, column] for column in _combinations(size))
            kept = (fresh[bits.ident[a]] | fresh[bits.ident[b]] | fresh[bits.ident[c]]).ravel()
            keys.append(_keys(bits, a, b, c).ravel()[kept])
            uses.append(bits.row[a].ravel()[kept])
    return np.concatenate(keys), np.concatenate(uses)


@cache
def _combinations(n: int) -> tuple[Ints, Ints, Ints]:
    """Indices of all triples of n things, ascending within each."""
    a, b = np.triu_indices(n, 1)
    times = n - 1 - b
    a, b = np.repeat(a, times), np.repeat(b, times)
    runs = np.arange(len(b)) - np.repeat(np.cumsum(times) - times, times)
    return a, b, b + 1 + runs


def _keys(bits: _Bits, a: Ints, b: Ints, c: Ints) -> Ints:
    """Three literals in one number, all complemented together if need be: the first is plain."""
    literal = bits.ident << 1
    first = bits.flip[a]
    key = bits.ident[a] << ID_BITS + 1 | literal[b] | bits.flip[b] ^ first
    return key << ID_BITS + 1 | literal[c] | bits.flip[c] ^ first


def _only_repeated(keys: Ints, uses: Ints) -> tuple[Ints, Ints]:
    """Those that occur twice or more, sorted; a table of hashed counts drops most others first."""
    size = max(10, min(25, int(len(keys)).bit_length() + 1))
    hashed = (keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - size)
    hashed = hashed.astype(np.int64)
    kept = np.bincount(hashed, minlength=1)[hashed] > 1
    keys, uses = keys[kept], uses[kept]
    order = np.lexsort((uses, keys))
    keys, uses = keys[order], uses[order]
    same = np.flatnonzero(keys[1:] == keys[:-1])
    twice = np.zeros(len(keys), dtype=bool)
    twice[same] = twice[same + 1] = True
    return keys[twice], uses[twice]
