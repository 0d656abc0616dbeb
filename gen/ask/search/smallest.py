"""The smallest cut that ends a behaviour and leaves the rest within a tolerance.

What is asked is: are there k elements such that on all inputs the cut network does not show the
behaviour? Two solvers take turns (counterexample-guided abstraction refinement of a formula with
two quantifiers: Janota, Klieber, Marques-Silva, Clarke, "Solving QBF with counterexample guided
refinement", 2012). One proposes a smallest set that ends the behaviour on the inputs seen so far,
the other looks for an input that brings it back. Where the first finds none of size k, none exists.
A set that ends the behaviour but costs the rest too much is excluded alone: a larger one may cost
less. Cutting more may also bring a behaviour back, so no set is dropped for containing another.
Before that, a greedy search gives a set to fall back on where the budget runs out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pysat.card import ITotalizer
from pysat.solvers import Solver as PySat

from gen.ask.network.budget import Clock
from gen.ask.network.capabilities import Capabilities
from gen.ask.network.conditions import Region
from gen.ask.network.cuts import switched
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.search.gates import gate_clauses
from gen.ask.search.pairs import decide
from gen.console import say
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver

__all__ = ["Found", "smallest"]

Bits = NDArray[np.uint8]

SEEN = 16
"""Inputs that show the behaviour before any cut, to begin with."""

SLICE = 2_000
"""Conflicts after which the clock is looked at."""


@dataclass(frozen=True)
class Found:
    """`elements` of a set that does it, or None; none of fewer than `least` elements does. `tried`
    sets ended the behaviour or were shown not to; `costly` did, at the expense of the rest.
    `complete` says that the search is over: the set is a smallest one, or there is none. `seen`
    (rows, inputs) shows, where none was costly, that no set of fewer than `least` elements does."""

    elements: tuple[str, ...] | None
    least: int
    complete: bool
    tried: int = 0
    costly: int = 0
    seen: Bits | None = field(default=None, compare=False, repr=False)


def smallest(
    logic: Logic,
    candidates: Sequence[str],
    to: int,
    kill: Sequence[str],
    tolerance: float,
    region: Region,
    clock: Clock,
) -> Found:
    """A smallest set of `candidates` (elements of activations) that, at `to`, ends the behaviours
    `kill` on all inputs of the region and costs the rest at most `tolerance` of its rows.

    Raises AskError for a tolerance that is no part of 1.
    """
    if not 0 <= tolerance <= 1:
        raise AskError(f"a tolerance of {tolerance}; a part of the rows, 0 to 1, is meant")
    capabilities = Capabilities(logic, region, tuple(kill))
    search = _Search(logic, tuple(candidates), to, capabilities, tolerance, clock)
    return search.run()


@dataclass
class _Search:
    logic: Logic
    candidates: tuple[str, ...]
    to: int
    measured: Capabilities
    tolerance: float
    clock: Clock
    seen: list[Bits] = field(default_factory=list)
    tried: int = 0
    costly: int = 0
    _checked: dict[tuple[int, ...], bool | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.width = len(self.logic.inputs)
        self.graph = switched(self.logic, self.candidates, self.to, self.measured.targets)
        self.least_rest = self.measured.rest(self.measured.before) - self.tolerance - 1e-12
        self.adversary = _adversary(self.graph, self.measured)

    def run(self) -> Found:
        shown = np.flatnonzero(self.measured.says(self.measured.before))[:SEEN]
        self.seen = [self.measured.rows[at] for at in shown]
        with Solver(self.adversary) as self.solver:
            fallback = self._greedy()
            say(f"ablate: greedy: {_size(fallback)} of {len(self.candidates)} elements")
            return self._refine(fallback)

    # Checking a set ----------------------------------------------------------------------------

    def _made(self, chosen: Sequence[Sequence[int]]) -> Bits:
        """Outputs (sets, rows, targets) of the measured rows after each cut."""
        rows = self.measured.rows
        switches = np.zeros((len(chosen), len(self.candidates)), np.uint8)
        for at, one in enumerate(chosen):
            switches[at, list(one)] = 1
        given = [np.tile(rows, (len(chosen), 1)), np.repeat(switches, len(rows), axis=0)]
        made = evaluate(self.graph, np.concatenate(given, axis=1))
        return made.reshape(len(chosen), len(rows), -1)

    def _ends(self, chosen: Sequence[int]) -> bool | None:
        """Whether no input shows the behaviour after the cut; an input that does is remembered."""
        key = tuple(sorted(chosen))
        if key not in self._checked:
            self._checked[key] = self._ask(key)
            self.tried += 1
        return self._checked[key]

    def _ask(self, chosen: tuple[int, ...]) -> bool | None:
        graph = self.adversary
        own = set(chosen)
        switches = [
            2 * (self.width + at + 1) ^ (at not in own) for at in range(len(self.candidates))
        ]
        answer = decide(self.solver, [*switches, *graph.outputs.tolist()], self.clock)
        if answer:
            self.seen.append(self.solver.witness()[: self.width])
        return None if answer is None else not answer

    def _rest(self, chosen: Sequence[int]) -> float:
        return self.measured.rest(self._made([chosen])[0])

    # Greedy ------------------------------------------------------------------------------------

    def _greedy(self) -> list[int] | None:
        """Add what leaves fewest inputs that show the behaviour; then take back what it can."""
        chosen: list[int] = []
        while not self.clock.over:
            ended = self._ends(chosen)
            if ended is None:
                return None
            if ended:
                return self._without(chosen)
            left = [at for at in range(len(self.candidates)) if at not in chosen]
            sets = [[*chosen, at] for at in left]
            if not sets:
                return None
            scores = self._scores(sets)
            best = max(range(len(sets)), key=lambda at: (scores[at][0], scores[at][1], -at))
            if not scores[best][0][0]:
                return None
            chosen = sets[best]
        return None

    def _scores(self, sets: list[list[int]]) -> list[tuple[tuple[bool, int], float]]:
        """For each set: whether the rest is within the tolerance, minus the inputs on which the
        behaviour is seen, and the rest."""
        made = self._made(sets)
        seen = np.stack(self.seen) if self.seen else np.zeros((0, self.width), np.uint8)
        found = []
        for one, outputs in zip(sets, made, strict=True):
            rest = self.measured.rest(outputs)
            switches = np.zeros((len(seen), len(self.candidates)), np.uint8)
            switches[:, one] = 1
            again = evaluate(self.graph, np.concatenate([seen, switches], axis=1))
            shown = int(self.measured.says(again).sum() + self.measured.says(outputs).sum())
            found.append(((rest >= self.least_rest, -shown), rest))
        return found

    def _without(self, chosen: list[int]) -> list[int] | None:
        for at in list(chosen):
            fewer = [one for one in chosen if one != at]
            if self._ends(fewer) and self._rest(fewer) >= self.least_rest:
                chosen = fewer
        return chosen if self._rest(chosen) >= self.least_rest else None

    # Exact -------------------------------------------------------------------------------------

    def _refine(self, fallback: list[int] | None) -> Found:
        count = len(self.candidates)
        proposer = _Proposer(self.graph, self.width, count, self.measured)
        with proposer.solver:
            most = count if fallback is None else len(fallback) - 1
            least = 0
            while least <= most:
                for row in self.seen[proposer.inputs :]:
                    proposer.add(row)
                chosen = proposer.propose(least, self.clock)
                if chosen is None:
                    return self._found(fallback, least, False)
                if chosen is False:
                    least += 1
                    continue
                assert not isinstance(chosen, bool)
                ended = self._ends(chosen)
                if ended is None:
                    return self._found(fallback, least, False)
                if ended and self._rest(chosen) >= self.least_rest:
                    return self._found(chosen, least, True)
                if ended:
                    self.costly += 1
                    proposer.exclude(chosen)
        return self._found(fallback, least, True)

    def _found(self, chosen: list[int] | None, least: int, complete: bool) -> Found:
        names = None if chosen is None else tuple(self.candidates[at] for at in sorted(chosen))
        seen = np.stack(self.seen) if self.seen else None
        return Found(names, least, complete, self.tried, self.costly, seen)


class _Proposer:
    """Proposes sets of elements that end the behaviours on the inputs added."""

    def __init__(self, graph: Graph, width: int, count: int, measured: Capabilities) -> None:
        self.graph, self.width, self.count, self.measured = graph, width, count, measured
        self.inputs = 0
        self.solver = PySat(name="glucose4")
        self.top = count
        self.at_most: list[int] = []
        if count:
            total = ITotalizer(lits=list(range(1, count + 1)), ubound=count, top_id=self.top)
            self.solver.append_formula(total.cnf.clauses)
            self.at_most, self.top = list(total.rhs), total.top_id
            total.delete()

    def add(self, row: Bits) -> None:
        """The behaviours are not to be seen on this input: the network at it, of switches alone."""
        self.inputs += 1
        b = Builder()
        held = [b.true if bit else b.false for bit in row.tolist()]
        switches = [b.input(name) for name in self.graph.input_names[self.width :]]
        made = b.import_graph(self.graph, [*held, *switches])
        by_name = dict(zip(self.graph.output_names, made, strict=True))
        for name in self.measured.killed:
            b.output(name, by_name[name])
        graph = b.graph()
        shift = self.top

        def renamed(literal: int) -> int:
            variable = abs(literal)
            # Variable 1 is the constant; the switches are 1 to count here.
            new = variable - 1 if 1 < variable <= self.count + 1 else shift + variable
            return new if literal > 0 else -new

        clauses = gate_clauses(graph)
        clauses += [[-Solver.literal(one)] for one in graph.outputs.tolist()]
        self.solver.append_formula([[renamed(one) for one in clause] for clause in clauses])
        self.top = shift + graph.first_and + graph.n_ands + 1

    def exclude(self, chosen: Sequence[int]) -> None:
        """Do not propose this set again."""
        own = set(chosen)
        self.solver.add_clause([-at - 1 if at in own else at + 1 for at in range(self.count)])

    def propose(self, most: int, clock: Clock) -> list[int] | bool | None:
        """A set of at most so many elements; False where there is none, None out of budget."""
        assumed = [-self.at_most[most]] if most < self.count else []
        spent = 0
        while spent < clock.budget.conflicts and not clock.over:
            self.solver.conf_budget(SLICE)
            answer = self.solver.solve_limited(assumptions=assumed)
            if answer is not None:
                model = (self.solver.get_model() or []) if answer else []
                true = set(model[: self.count])
                return [at for at in range(self.count) if at + 1 in true] if answer else False
            spent += SLICE
        return None


def _adversary(graph: Graph, measured: Capabilities) -> Graph:
    """Of a switched graph: whether an input counts, and whether it shows a behaviour."""
    b = Builder()
    inputs = [b.input(name) for name in graph.input_names]
    made = dict(zip(graph.output_names, b.import_graph(graph, inputs), strict=True))
    shown = b.false
    for name in measured.killed:
        shown = b.or_(shown, made[name])
    b.output("shown", shown)
    b.output("holds", measured.region.add(b, inputs[: len(measured.region.inputs)]))
    return b.graph()


def _size(chosen: list[int] | None) -> str:
    return "no set" if chosen is None else str(len(chosen))
