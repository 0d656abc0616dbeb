"""The search for dependences: paths, then simulation, then SAT, and what is learned on the way.

Simulation tries every source on the same random inputs, 64 to a word; an input that the solver
finds is tried, with others near it, on all that is still open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.budget import Clock
from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.samples import random_inputs
from gen.ask.search.pairs import Source, Trial, TwoCopies, decide, supports
from gen.console import progress
from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["VECTORS", "Pair", "Search", "still_open"]

Bits: TypeAlias = NDArray[np.uint8]

VECTORS = 1 << 13
"""Random inputs that every source is tried on."""


@dataclass
class Pair:
    """What is known of one source and one target: `apart` are two rows that show a dependence."""

    source: Source
    name: str
    bits: tuple[str, ...]
    verdict: str = "undecided"
    method: str = "budget"
    apart: tuple[Bits, Bits] | None = None
    bit: str = ""
    rows: list[int] = field(default_factory=list)

    def settle(self, verdict: str, method: str) -> None:
        self.verdict, self.method = verdict, method

    def shown(self, first: Bits, second: Bits, bit: str, method: str) -> None:
        self.settle("depends", method)
        self.apart, self.bit = (first, second), bit

    def to_json(self) -> dict[str, Any]:
        found = {"from": self.source.name, "to": self.name, "verdict": self.verdict}
        found["method"] = self.method
        return found | ({"rows": self.rows, "bit": self.bit} if self.rows else {})


class Search:
    """Settles pairs: without a path, then by simulation, then by SAT."""

    def __init__(self, logic: Logic, region: Region, clock: Clock, seed: int) -> None:
        self.logic, self.region, self.clock = logic, region, clock
        self.rng = np.random.default_rng(seed)
        self.rows = random_inputs(logic, region, VECTORS, seed)
        self.learned = self.rows[:64]
        self._tried: Any = None, None
        self._walked: tuple[Graph | None, dict[str, int]] = None, {}

    def _supports(self, graph: Graph) -> dict[str, int]:
        if graph is not self._walked[0]:
            self._walked = graph, dict(zip(graph.output_names, supports(graph), strict=True))
        return self._walked[1]

    def run(self, pairs: Sequence[Pair]) -> None:
        """Settle as many as the budget allows."""
        groups = list(_by_source(pairs))
        for source, mine in progress(groups, label="depends: paths and simulation"):
            self._paths(source, mine)
            self._simulate(source, mine, self._trial(source.graph), "simulated")
        left = [(source, mine) for source, mine in groups if still_open(mine)]
        for source, mine in progress(left, label="depends: SAT"):
            if not self.clock.over:
                self._solve(source, mine)

    def _paths(self, source: Source, pairs: Sequence[Pair]) -> None:
        there = self._supports(source.graph)
        mask = sum(1 << place for place in source.places)
        for pair in pairs:
            if set(pair.bits) & set(source.bits):
                pair.settle("depends", "itself")
            elif not any(there[bit] & mask for bit in pair.bits):
                pair.settle("independent", "no path")

    def _simulate(self, source: Source, pairs: Sequence[Pair], trial: Trial, method: str) -> None:
        left = still_open(pairs)
        if not left:
            return
        width = trial.words.shape[1]
        found = trial.differing(source, int(self.rng.integers(1, max(2, width))))
        for pair in left:
            bit = next((bit for bit in pair.bits if bit in found), None)
            if bit is not None:
                pair.shown(*found[bit], bit, method)

    def _trial(self, graph: Graph) -> Trial:
        """All rows, with random values of the activations that are free."""
        if graph is not self._tried[0]:
            self._tried = graph, Trial(graph, self._with_free(graph, self.rows), self.region)
        found: Trial = self._tried[1]
        return found

    def _with_free(self, graph: Graph, rows: Bits) -> Bits:
        free = graph.n_inputs - rows.shape[1]
        values = self.rng.integers(0, 2, (len(rows), free), dtype=np.uint8)
        return np.concatenate([rows, values], axis=1)

    def _solve(self, source: Source, pairs: Sequence[Pair]) -> None:
        learned = self._with_free(source.graph, self.learned)
        self._simulate(source, pairs, Trial(source.graph, learned, self.region), "simulated")
        left = still_open(pairs)
        if not left:
            return
        both = TwoCopies(source, self.region)
        width = len(self.region.inputs)
        with Solver(both.graph) as solver:
            holds = both.literals["holds"]
            if not self._can_change(source, both, solver, pairs):
                return
            for pair in left:
                if pair.verdict != "undecided":
                    continue
                answers = []
                for bit in pair.bits:
                    answer = decide(solver, [holds, both.literals[f"{bit} differs"]], self.clock)
                    answers.append(answer)
                    if answer:
                        first, second = both.rows(solver.witness())
                        pair.shown(first, second, bit, "SAT")
                        self._learn(source, left, first[:width])
                        break
                if not any(answers) and None not in answers:
                    pair.settle("independent", "proved")

    def _can_change(
        self, source: Source, both: TwoCopies, solver: Solver, pairs: Sequence[Pair]
    ) -> bool:
        """Whether the conditions leave the source two values at all; without, nothing is said."""
        if self.region.everywhere or source.bits[0] in self.logic.activations:
            return True
        if self._trial(source.graph).changed(source)[1].any():
            return True
        for place, bit in zip(source.places, source.bits, strict=True):
            changed = 2 * (both.graph.input_names.index(f"{bit}'") + 1)
            for flip in (0, 1):
                apart = [2 * (place + 1) ^ flip, changed ^ flip ^ 1]
                answer = decide(solver, [both.literals["holds"], *apart], self.clock)
                if answer is not False:
                    return answer is True
        for pair in pairs:
            pair.settle("cannot change", "proved")
        return False

    def _learn(self, source: Source, pairs: Sequence[Pair], row: Bits) -> None:
        """What a solver found shows other pairs too, here and, kept, for other sources."""
        near = np.tile(row, (256, 1))
        near[1:] ^= self.rng.random(near[1:].shape) < 4 / len(row)
        near = near[self.region.holds(near)]
        trial = Trial(source.graph, self._with_free(source.graph, near), self.region)
        self._simulate(source, pairs, trial, "SAT, simulated near")
        self.learned = np.concatenate([self.learned, near[:16]])[-VECTORS:]


def _by_source(pairs: Sequence[Pair]) -> Iterator[tuple[Source, list[Pair]]]:
    found: dict[int, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(id(pair.source), []).append(pair)
    return ((mine[0].source, mine) for mine in found.values())


def still_open(pairs: Sequence[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.verdict == "undecided"]
