"""Counting how many changes of one bit change another: by listing, by diagram, or on a sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.budget import Clock
from gen.ask.network.conditions import Region
from gen.ask.network.draws import Draws, values_of
from gen.ask.network.logic import Logic
from gen.ask.network.sources import Source
from gen.ask.search.diagrams import Diagram, diagram_of
from gen.ask.search.pairs import supports
from gen.logic.evaluate import evaluate_words, pack_vectors
from gen.logic.graph import Graph

__all__ = ["Count", "Counted"]

Bits: TypeAlias = NDArray[np.uint8]

LISTED = 1 << 20
"""Most inputs that are listed for one source."""
CELLS = 1 << 26
"""Most bits of inputs that are listed."""
DIAGRAM_ANDS = 500
"""Above, no diagram is tried."""


@dataclass(frozen=True)
class Counted:
    """Hits among so many pairs, and how they were counted: "independent" (no path, so none was
    tried), "cannot change", "listed", "diagram", "sampled", or "undecided" past the budget."""

    method: str
    hits: int = 0
    tried: int = 0


class Count:
    """Counts the pairs of one source after the other."""

    def __init__(self, logic: Logic, region: Region, clock: Clock, draws: Draws) -> None:
        self.logic, self.region, self.clock = logic, region, clock
        self.draws, self.space = draws, draws.space
        self.most = min(LISTED, CELLS // len(region.inputs))
        self.diagrams: dict[str, Diagram | None] = {}
        self.walked: tuple[Graph | None, list[int]] = None, []
        self.base: Any = None, None

    def of(self, source: Source) -> list[Counted]:
        """What is counted for every output of the source's graph, in order."""
        if self.clock.over:
            return [Counted("undecided")] * len(source.graph.outputs)
        return [self._pair(source, at) for at in range(len(source.graph.outputs))]

    def _pair(self, source: Source, at: int) -> Counted:
        support = self._support(source, at)
        if not set(support) & set(source.places):
            return Counted("independent")
        if not source.cut and self.space.size(source.places) == 1:
            return Counted("cannot change")
        found = self._listed(source, at, support) or self._by_diagram(source, at)
        if found is None:
            hits, tried = self._sampled(source)
            return Counted("sampled", int(hits[at]), tried)
        return found if found.tried else Counted("cannot change")

    def _support(self, source: Source, at: int) -> list[int]:
        graph = source.graph
        if graph is not self.walked[0]:
            self.walked = graph, supports(graph)
        mask = self.walked[1][at]
        return [place for place in range(graph.n_inputs) if mask >> place & 1]

    def _listed(self, source: Source, at: int, support: Sequence[int]) -> Counted | None:
        """By listing the inputs that the output can see, and all changes of each."""
        width, values = len(self.region.inputs), values_of(self.space, source)
        seen = [place for place in (*support, *source.places) if place < width]
        if values is None:
            return None
        rows = self.space.listed(seen, min(self.most, 2 * self.most // len(values)))
        if rows is None:
            return None
        small = _only(source.graph, at)
        free = np.zeros((len(rows), small.n_inputs - width), np.uint8)
        rows = np.concatenate([rows, free], axis=1)
        hits = tried = 0
        for first in [_set(rows, source.places, one) for one in values] if source.cut else [rows]:
            for value in values:
                second = _set(first, source.places, value)
                kept = (second != first).any(axis=1) & self.region.holds(second[:, :width])
                hits += _hits(small, first[kept], second[kept])
                tried += int(kept.sum())
        return Counted("listed", hits, tried)

    def _by_diagram(self, source: Source, at: int) -> Counted | None:
        name = source.graph.output_names[at]
        if len(source.places) != 1 or source.cut:
            return None
        if name not in self.diagrams:
            self.diagrams[name] = self._diagram(name)
        diagram = self.diagrams[name]
        if diagram is None:
            return None
        return Counted("diagram", *diagram.changes(source.bits[0]))

    def _diagram(self, name: str) -> Diagram | None:
        graph = self.logic.opened([name])
        if graph.n_ands > DIAGRAM_ANDS:
            return None
        return diagram_of(graph, self.region.graph, self.clock.left / 4)

    def _sampled(self, source: Source) -> tuple[NDArray[np.int64], int]:
        """Hits on every output, and pairs, among those that are drawn for the source."""
        if source is not self.base[0]:
            first, second, kept = self.draws.pairs(source)
            one, two = (evaluate_words(source.graph, side) for side in (first, second))
            hits = np.bitwise_count((one ^ two) & kept).sum(axis=1).astype(np.int64)
            self.base = source, (hits, int(np.bitwise_count(kept).sum()))
        found: tuple[NDArray[np.int64], int] = self.base[1]
        return found


def _only(graph: Graph, at: int) -> Graph:
    """The graph of one of the outputs."""
    name, end = graph.output_names[at : at + 1], graph.outputs[at : at + 1]
    return Graph(graph.input_names, name, graph.fan_in, end).hashed()


def _set(rows: Bits, places: Sequence[int], value: Bits) -> Bits:
    found = rows.copy()
    found[:, places] = value
    return found


def _hits(graph: Graph, first: Bits, second: Bits) -> int:
    """On how many rows the one output differs between the two."""
    apart = evaluate_words(graph, pack_vectors(first)) ^ evaluate_words(graph, pack_vectors(second))
    if len(first) % 64:
        apart[:, -1] &= np.uint64((1 << len(first) % 64) - 1)
    return int(np.bitwise_count(apart).sum())
