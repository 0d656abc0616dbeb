"""Counting how many changes of one bit change another: by listing, by diagram, or on a sample.

An interval for a sample is Hoeffding's, by relative entropy ("Probability inequalities for sums of
bounded random variables", 1963), which is never too narrow.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.budget import Clock
from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.space import Space
from gen.ask.search.diagrams import Diagram, diagram_of
from gen.ask.search.pairs import Source, Trial, supports
from gen.logic.evaluate import evaluate_words, pack_vectors
from gen.logic.graph import Graph

__all__ = ["Count", "interval"]

Bits: TypeAlias = NDArray[np.uint8]

LISTED = 1 << 20
"""Most inputs that are listed for one source."""
SAMPLES = 1 << 16
DIAGRAM_ANDS = 500
"""Above, no diagram is tried."""


def interval(hits: int, tried: int, confidence: float) -> tuple[float, float]:
    """Ends between which the chance of a hit lies, given independent trials; (0, 1) without any."""
    if not tried:
        return 0.0, 1.0
    seen, bound = hits / tried, math.log(2 / (1 - confidence)) / tried
    return _end(seen, 0.0, bound), _end(seen, 1.0, bound)


def _end(seen: float, far: float, bound: float) -> float:
    """The farthest chance whose relative entropy from what was seen is within the bound."""
    near = seen
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if _entropy(seen, middle) <= bound else (near, middle)
    return far


def _entropy(p: float, q: float) -> float:
    parts = [(p, q), (1 - p, 1 - q)]
    return sum(a * math.log(a / b) if b else math.inf for a, b in parts if a)


class Count:
    """Counts the pairs of one source after the other."""

    def __init__(
        self, logic: Logic, region: Region, clock: Clock, confidence: float, seed: int
    ) -> None:
        self.logic, self.region, self.clock, self.confidence = logic, region, clock, confidence
        self.space = Space(logic, region)
        self.rng = np.random.default_rng(seed)
        self.rows = self.space.drawn(SAMPLES, self.rng)
        self.diagrams: dict[str, Diagram | None] = {}
        self.walked: dict[int, list[int]] = {}
        self.last: Any = None, None
        self.trial: Trial | None = None

    def of(self, source: Source) -> list[dict[str, Any]]:
        """The influence on every output of the source's graph, in order; null past the budget."""
        if self.clock.over:
            return [
                {"from": source.name, "to": name, "influence": None, "low": 0.0, "high": 1.0}
                | {"hits": 0, "tried": 0, "method": "out of budget"}
                for name in source.graph.output_names
            ]
        return [self._pair(source, at) for at in range(len(source.graph.outputs))]

    def on(self, source: Source, rows: Bits) -> list[list[int]]:
        """Hits and pairs on given rows, for every output."""
        hits, tried = self._counted(source, source.graph, rows)
        return [[int(hit), tried] for hit in hits]

    def drawn(self, source: Source, most: int) -> tuple[Bits, Bits, NDArray[np.int64]]:
        """At most so many pairs, rows of the source's graph, and the hits on every output."""
        ((first, second), *_) = self._pairs(source, self.rows[:most], draw=True)
        return first, second, _hits(source.graph, first, second)

    def _pair(self, source: Source, at: int) -> dict[str, Any]:
        name = source.graph.output_names[at]
        hits, tried, method = self._listed(source, at) or self._by_diagram(source, at) or (0, 0, "")
        if not method:
            seen, tried = self._sampled(source)
            hits, method = int(seen[at]), "sampled"
        share = hits / tried if tried else None
        low, high = share, share
        if method == "sampled":
            low, high = interval(hits, tried, self.confidence)
        found = {"from": source.name, "to": name, "influence": share, "low": low, "high": high}
        if not tried and method != "sampled":
            method = "cannot change"
        return found | {"hits": hits, "tried": tried, "method": method}

    def _support(self, source: Source, at: int) -> list[int]:
        graph = source.graph
        if id(graph) not in self.walked:
            self.walked[id(graph)] = supports(graph)
        mask = self.walked[id(graph)][at]
        return [place for place in range(graph.n_inputs) if mask >> place & 1]

    def _listed(self, source: Source, at: int) -> tuple[int, int, str] | None:
        """By listing the inputs that the output can see; without a path there are none to list."""
        support = self._support(source, at)
        if self.space.exact and not set(support) & set(source.places):
            return 0, 1, "no path"
        width = len(self.region.inputs)
        inner = [place for place in support if place < width]
        changed = [place for place in source.places if place < width]
        rows = self.space.listed([*inner, *changed], LISTED)
        if rows is None:
            return None
        one = Graph(
            source.graph.input_names,
            (source.graph.output_names[at],),
            source.graph.fan_in,
            source.graph.outputs[at : at + 1],
        )
        small = one.hashed()
        hits, tried = self._counted(source, small, rows)
        return int(hits[0]), tried, "listed"

    def _by_diagram(self, source: Source, at: int) -> tuple[int, int, str] | None:
        name = source.graph.output_names[at]
        if len(source.places) != 1 or source.places[0] >= len(self.region.inputs):
            return None
        if name not in self.diagrams:
            self.diagrams[name] = self._diagram(name)
        diagram = self.diagrams[name]
        if diagram is None:
            return None
        (bit,) = source.bits
        hits, tried = diagram.changes({bit: False}, {bit: True})
        return 2 * hits, 2 * tried, "diagram"

    def _diagram(self, name: str) -> Diagram | None:
        graph = self.logic.opened([name])
        if graph.n_ands > DIAGRAM_ANDS:
            return None
        return diagram_of(graph, self.region.graph, self.clock.left / 4)

    def _sampled(self, source: Source) -> tuple[NDArray[np.int64], int]:
        if source is not self.last[0]:
            single = len(source.places) == 1
            found = (
                self._flipped(source)
                if single
                else self._counted(source, source.graph, self.rows, draw=True)
            )
            self.last = source, found
        return self.last[1]

    def _flipped(self, source: Source) -> tuple[NDArray[np.int64], int]:
        """A single bit's pairs, 64 to a word; a free activation is changed from 0 to 1."""
        graph = source.graph
        if self.trial is None or graph is not self.trial.graph:
            free = np.zeros((len(self.rows), graph.n_inputs - len(self.region.inputs)), np.uint8)
            self.trial = Trial(graph, np.concatenate([self.rows, free], axis=1), self.region)
        second, counts = self.trial.changed(source)
        apart = (self.trial.outputs ^ evaluate_words(graph, second)) & counts
        return np.bitwise_count(apart).sum(axis=1), int(np.bitwise_count(counts).sum())

    def _counted(
        self, source: Source, graph: Graph, rows: Bits, draw: bool = False
    ) -> tuple[NDArray[np.int64], int]:
        """Hits per output and pairs over all rows and all other values of the source; with `draw`
        one other value for each row."""
        tried, hits = 0, np.zeros(len(graph.outputs), np.int64)
        for first, second in self._pairs(source, rows, draw):
            hits += _hits(graph, first, second)
            tried += len(first)
        return hits, tried

    def _pairs(self, source: Source, rows: Bits, draw: bool) -> list[tuple[Bits, Bits]]:
        width, places = len(self.region.inputs), source.places
        free = np.zeros((len(rows), source.graph.n_inputs - width), np.uint8)
        rows = np.concatenate([rows, free], axis=1)
        values = self._values(source)
        firsts = [_set(rows, places, value) for value in values] if free.shape[1] else [rows]
        found = []
        for first in firsts:
            if draw:
                first = first if not free.shape[1] else _drawn(rows, places, values, self.rng)
                others = [_drawn(first, places, values, self.rng)]
            else:
                others = [_set(first, places, value) for value in values]
            for second in others:
                kept = (second != first).any(axis=1) & self.region.holds(second[:, :width])
                found.append((first[kept], second[kept]))
            if draw:
                break
        return found

    def _values(self, source: Source) -> Bits:
        width = len(self.region.inputs)
        if source.places[0] < width:
            return self.space.values(source.places)
        many = 1 << len(source.places)
        return (np.arange(many)[:, None] >> np.arange(len(source.places)) & 1).astype(np.uint8)


def _set(rows: Bits, places: Sequence[int], value: Bits) -> Bits:
    found = rows.copy()
    found[:, places] = value
    return found


def _drawn(rows: Bits, places: Sequence[int], values: Bits, rng: np.random.Generator) -> Bits:
    found = rows.copy()
    found[:, places] = values[rng.integers(0, len(values), len(rows))]
    return found


def _hits(graph: Graph, first: Bits, second: Bits) -> NDArray[np.int64]:
    """On how many rows each output differs between the two."""
    apart = evaluate_words(graph, pack_vectors(first)) ^ evaluate_words(graph, pack_vectors(second))
    if len(first) % 64:
        apart[:, -1] &= np.uint64((1 << len(first) % 64) - 1)
    return np.bitwise_count(apart).sum(axis=1).astype(np.int64)
