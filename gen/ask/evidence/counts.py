"""Counting again: on how many changes of a source an output changes, in the network's own graph.

By listing (what an input's other values give, taken together), by a diagram, or on the drawn
sample; none of it is the search's code.
"""

from fractions import Fraction
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.bdd import Diagrams, TooLarge, reading_order
from gen.ask.evidence.case import Bits, Case
from gen.ask.evidence.wired import only, support
from gen.ask.network.conditions import Region
from gen.ask.network.draws import Draws, Words, marks, values_of
from gen.ask.network.sources import Source
from gen.ask.network.space import Space
from gen.logic.evaluate import evaluate, evaluate_words, pack_vectors
from gen.logic.graph import Graph

__all__ = ["Counts", "Exact", "counts_of"]

LISTED = 1 << 20
"""Most inputs that are listed for one source, with their values."""
CELLS = 1 << 26
"""Most bits of inputs that are listed."""

Exact: TypeAlias = tuple[str, Fraction | None]
"""How a share was counted, and the share; None where nothing can change."""
Tally: TypeAlias = tuple[list[int], int]
"""Hits on every output of a source's graph, among so many pairs."""


class Counts:
    """What is counted under a region's conditions, and remembered."""

    def __init__(self, region: Region, draws: Draws) -> None:
        self.region, self.draws, self.space = region, draws, draws.space
        self._exact: dict[tuple[str, str], Exact | None] = {}
        self._sampled: dict[str, Tally] = {}
        self._diagrams: dict[str, tuple[Diagrams, list[int], int, int] | None] = {}
        self._before: tuple[Graph, Words] | None = None

    def exact(self, source: Source, target: str) -> Exact | None:
        """The share of changes of the source that change the target; None where they are too many
        to be listed and no diagram is small enough."""
        key = source.name, target
        if key not in self._exact:
            small = only(source.graph, target)
            self._exact[key] = self._listed(source, small) or self._by_diagram(source, small)
        return self._exact[key]

    def sampled(self, source: Source) -> Tally:
        """Hits and pairs among those that are drawn."""
        if source.name not in self._sampled:
            first, second, kept = self.draws.pairs(source)
            apart = self._first(source, first) ^ evaluate_words(source.graph, second)
            hits = np.bitwise_count(apart & kept).sum(axis=1)
            self._sampled[source.name] = hits.tolist(), int(np.bitwise_count(kept).sum())
        return self._sampled[source.name]

    def on(self, source: Source, rows: Bits) -> Tally | None:
        """Hits and pairs on these rows, which count, with all other values of the source (of an
        activation, any two); None where it has too many."""
        values = values_of(self.space, source)
        if values is None:
            return None
        words = pack_vectors(rows)
        free = np.zeros((source.graph.n_inputs - len(words), words.shape[1]), np.uint64)
        given = np.concatenate([words, free])
        hits, tried = np.zeros(len(source.graph.outputs), np.int64), 0
        for first in [_set(given, source, value) for value in values] if source.cut else [given]:
            before = evaluate_words(source.graph, first)
            for value in values:
                second = _set(given, source, value)
                kept = marks(self.region, source.places, first, second, len(rows))
                apart = (before ^ evaluate_words(source.graph, second)) & kept
                hits += np.bitwise_count(apart).sum(axis=1).astype(np.int64)
                tried += int(np.bitwise_count(kept).sum())
        return hits.tolist(), tried

    def _first(self, source: Source, words: Words) -> Words:
        """What is given before the change: of inputs, the same for all sources of a graph."""
        if source.cut:
            return evaluate_words(source.graph, words)
        if self._before is None or self._before[0] is not source.graph:
            self._before = source.graph, evaluate_words(source.graph, words)
        return self._before[1]

    def _listed(self, source: Source, small: Graph) -> Exact | None:
        """Inputs that are equal but for the source are taken together: of `count` inputs with
        `ones` that give 1, 2 * ones * (count - ones) ordered pairs are apart."""
        width, values = len(self.region.inputs), 1
        if source.cut:
            values = 1 << min(len(source.bits), 62)
        most = min(LISTED, CELLS // width)
        most = min(most, 2 * most // values)
        seen = {place for place in support(small) + source.places if place < width}
        rows = self.space.listed(sorted(seen), most) if most else None
        if rows is None:
            return None
        if source.cut:
            ones, count = self._forced(source, small, rows, values)
        else:
            ones, count = _grouped(source, small, rows)
        hits, tried = int((2 * ones * (count - ones)).sum()), int((count * (count - 1)).sum())
        return "listed", Fraction(hits, tried) if tried else None

    def _forced(
        self, source: Source, small: Graph, rows: Bits, values: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """On how many values of the activations each row gives 1, of how many."""
        ones = np.zeros(len(rows), np.int64)
        for value in range(values):
            bits = [value >> at & 1 for at in range(len(source.bits))]
            free = np.zeros((len(rows), small.n_inputs - rows.shape[1]), np.uint8)
            both = np.concatenate([rows, free], axis=1)
            both[:, source.places] = bits
            ones += evaluate(small, both)[:, 0]
        return ones, np.full(len(rows), values, np.int64)

    def _by_diagram(self, source: Source, small: Graph) -> Exact | None:
        """Only a single input bit is counted so."""
        (target,) = small.output_names
        if source.cut or len(source.places) != 1:
            return None
        if target not in self._diagrams:
            self._diagrams[target] = self._built(small)
        found = self._diagrams[target]
        if found is None:
            return None
        diagrams, order, output, holds = found
        mark, at = diagrams.again(), order[source.places[0]]
        try:
            one, two = (diagrams.fixed(output, at, value) for value in (0, 1))
            valid = diagrams.both(*(diagrams.fixed(holds, at, value) for value in (0, 1)))
            apart = diagrams.both(diagrams.differ(one, two), valid)
            hits, tried = diagrams.ones(apart), diagrams.ones(valid)
        except TooLarge:
            return None
        finally:
            diagrams.back(mark)
        return "diagram", Fraction(hits, tried) if tried else None

    def _built(self, small: Graph) -> tuple[Diagrams, list[int], int, int] | None:
        order = [0] * small.n_inputs
        for number, place in enumerate(reading_order(small)):
            order[place] = number
        try:
            diagrams = Diagrams(small.n_inputs)
            holds = diagrams.of(self.region.graph, order)
            return diagrams, order, diagrams.of(small, order), holds
        except TooLarge:
            return None


_counts: WeakKeyDictionary[Case, dict[tuple[int, int], Counts]] = WeakKeyDictionary()


def counts_of(case: Case, samples: int, seed: int) -> Counts:
    """The counts of a case, made once for as long as the case is there. Raises AskError for
    samples or a seed that cannot be drawn."""
    mine = _counts.setdefault(case, {})
    draws = Draws(Space(case.logic, case.region), samples, seed)
    if (samples, seed) not in mine:
        mine[samples, seed] = Counts(case.region, draws)
    return mine[samples, seed]


def _grouped(
    source: Source, small: Graph, rows: Bits
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many of the rows that are equal but for the source give 1, of how many."""
    rest = rows.copy()
    rest[:, source.places] = 0
    rest = rest[:, rest.any(axis=0)]
    packed = np.packbits(rest, axis=1)
    keys = np.zeros((len(rows), max(8, -(-packed.shape[1] // 8) * 8)), np.uint8)
    keys[:, : packed.shape[1]] = packed
    numbers = keys.view(np.uint64)
    one = numbers[:, 0] if numbers.shape[1] == 1 else numbers
    group = np.unique(one, axis=0, return_inverse=True)[1].reshape(-1)
    ones = np.bincount(group, evaluate(small, rows)[:, 0])
    return ones.astype(np.int64), np.bincount(group).astype(np.int64)


def _set(words: Words, source: Source, value: Bits) -> Words:
    found = words.copy()
    found[source.places] = np.where(value, np.uint64(2**64 - 1), np.uint64(0))[:, None]
    return found
