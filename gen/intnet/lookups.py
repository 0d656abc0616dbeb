"""Nodes that look codes up: step functions of a sum, and truth tables of some elements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gen.intnet.held import Held, some_of
from gen.intnet.node import Coded, Integers, NetError, Node, Signal, flag, integer

__all__ = ["NEVER", "TABLE_BITS", "Levels", "Table", "step_arrays", "step_rows"]

NEVER = np.iinfo(np.int32).max
"""The edge that no sum reaches: padding in `Levels.edges`."""

FEW = 16
"""Edges that are compared one after the other for all elements together."""

TABLE_BITS = 16
"""A truth table of more input bits than this is too wide to list."""


@dataclass(frozen=True, eq=False)
class Levels(Coded):
    """A step function for each element: codes[i, number of edges[i] <= sum[i]].

    `edges` (n, L), ascending, padded with NEVER; `codes` (n, L + 1).
    """

    edges: NDArray[np.int32]
    codes: Held

    op: ClassVar[str] = "levels"
    ARRAYS: ClassVar[tuple[str, ...]] = ("edges", "codes")
    SMALL: ClassVar[tuple[str, ...]] = ("codes",)

    @property
    def size(self) -> int:
        return len(self.edges)

    def check(self, given: Sequence[Signal]) -> None:
        n, shape = given[0].size, self.edges.shape
        if len(shape) != 2 or shape[0] != n or self.codes.shape != (n, shape[1] + 1):
            raise NetError(
                f"{self.name}: edges {shape} and codes {self.codes.shape}, expected"
                f" ({n}, L) and ({n}, L + 1)"
            )
        self.dtype("edges")
        self.dtype("codes")
        falls = (np.diff(self.edges.astype(np.int64), axis=1) < 0).any(axis=1)
        if falls.any():
            row = int(np.flatnonzero(falls)[0])
            raise NetError(f"{self.name}[{row}]: edges {some_of(self.edges[row])} do not ascend")
        self.check_codes("codes")

    def apply(self, given: Sequence[Integers]) -> Integers:
        reached = np.zeros(given[0].shape, dtype=np.int64)
        if self.edges.shape[1] <= FEW:
            for edge in self.edges.T:
                reached += given[0] >= edge
        else:
            for at, edges in enumerate(self.edges):
                reached[:, at] = np.searchsorted(edges, given[0][:, at], side="right")
        return self.codes[np.arange(self.size), reached].astype(np.int64)

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        rows = self.edges[[element]], self.codes[[element]]
        return [np.array([element])], replace(self, edges=rows[0], codes=rows[1])

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        return [elements]


@dataclass(frozen=True, eq=False)
class Table(Coded):
    """Truth tables: element i is tables[i, address], the address made of the codes it reads.

    `wiring` (n, k) names the elements; the code of wiring[i, j], in two's complement where it is
    signed, stands at address bits j * width and up, `width` being the bits of the input's codes.
    `tables` (n, 2**(k * width)). Learned truth tables, embeddings and gates are such; of k = 0,
    constants.
    """

    wiring: NDArray[np.int32]
    tables: Held

    op: ClassVar[str] = "table"
    ARRAYS: ClassVar[tuple[str, ...]] = ("wiring", "tables")
    SMALL: ClassVar[tuple[str, ...]] = ("tables",)
    OPTIONS: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "bits": integer,
        "signed": flag,
        "width": integer,
    }

    width: int = 1

    @property
    def size(self) -> int:
        return len(self.wiring)

    def check(self, given: Sequence[Signal]) -> None:
        self.array("wiring", (None, None), empty=True)
        address = self.width * self.wiring.shape[1]
        if given[0].bits != self.width:
            raise NetError(
                f"{self.name}: addresses are made of {self.width}-bit codes, its input"
                f" {self.inputs[0]!r} has {given[0].bits or 'sums, no codes'}"
            )
        if address > TABLE_BITS:
            raise NetError(
                f"{self.name}: tables of {address} input bits are too wide to list;"
                f" {TABLE_BITS} at most"
            )
        self.array("tables", (self.size, 1 << address))
        self.within("wiring", 0, given[0].size - 1, f"its input has {given[0].size} elements")
        self.check_codes("tables")

    def apply(self, given: Sequence[Integers]) -> Integers:
        address = np.zeros((len(given[0]), self.size), dtype=np.int64)
        for place, element in enumerate(self.wiring.T):
            code = given[0][:, element] & ((1 << self.width) - 1)
            address |= code << (place * self.width)
        return self.tables[np.arange(self.size), address].astype(np.int64)

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        read = self.wiring[element].astype(np.int64)
        wiring = np.arange(len(read), dtype=np.int32)[None]
        return [read], replace(self, wiring=wiring, tables=self.tables[[element]])

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        return [np.unique(self.wiring[elements][self.depends[elements]]).astype(np.int64)]

    @cached_property
    def depends(self) -> NDArray[np.bool_]:
        """Whether element i depends on the code of wiring[i, j], bool (n, k)."""
        found = np.empty(self.wiring.shape, dtype=bool)
        for place in range(len(self.wiring.T)):
            parts = self.tables.reshape(self.size, -1, 1 << self.width, 1 << place * self.width)
            found[:, place] = (parts != parts[:, :, :1]).any(axis=(1, 2, 3))
        return found


def step_rows(low: Sequence[int], codes: Sequence[Integers]) -> tuple[NDArray[np.int32], Integers]:
    """Edges int32 (n, L) and codes int64 (n, L + 1) of `Levels` of n elements.

    `codes[i]` (values,) are element i's for the integers low[i] and up, one at least; there are no
    edges outside. A row of fewer steps than L is padded by the edge NEVER and its last code.
    """
    rises = [np.flatnonzero(np.diff(row)) + 1 for row in codes]
    width = max(map(len, rises))
    edges = np.full((len(rises), width), NEVER, np.int32)
    table = np.empty((len(rises), width + 1), np.int64)
    for at, (first, row, rise) in enumerate(zip(low, codes, rises, strict=True)):
        edges[at, : len(rise)] = first + rise
        table[at] = row[-1]
        table[at, : len(rise) + 1] = row[np.concatenate([[0], rise])]
    return edges, table


def step_arrays(
    values: Integers, codes: Integers, low: Integers, high: Integers
) -> tuple[NDArray[np.int32], Integers]:
    """As `step_rows`, of codes (values, n) that belong to `values` (values,), consecutive and
    rising; element i takes none but low[i]..high[i] of them."""
    ends = zip((low - values[0]).tolist(), (high - values[0]).tolist(), strict=True)
    return step_rows(low.tolist(), [codes[a : b + 1, i] for i, (a, b) in enumerate(ends)])
