"""What must be shown for a claim to hold: a graph whose one output must never be 1.

An obligation is computed from the question, the network and the verdict, and from nothing else. It
is discharged in one of three ways: the graph folds to the constant 0 as it is built, or nothing
that is changed leads to what is claimed not to change; its inputs are few enough to be listed; or
a proof, followed step by step, shows that its clauses contradict each other.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from gen.ask.evidence.wired import support
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["Obligation", "formula"]

LISTED = 14
"""Obligations of so many inputs at most are listed."""

Clauses = list[list[int]]


class Obligation:
    """`key` names the claim inside its answer, `claim` says it in words; `build` makes the graph.

    `wired` says that a walk has shown already that there is no path. `free` inputs at least matter:
    where these are too many to be listed, the graph is only built to check a proof.
    """

    def __init__(
        self,
        key: str,
        claim: str,
        build: Callable[[], Graph],
        wired: bool = False,
        free: int = 0,
    ) -> None:
        self.key, self.claim, self.wired, self.free = key, claim, wired, free
        self._build = build

    @cached_property
    def graph(self) -> Graph:
        """Inputs, and one output that must never be 1."""
        return self._build()

    @cached_property
    def plain(self) -> str:
        """How it holds without a proof, "" where it needs one: "no path", "folded", "listed"."""
        if self.wired:
            return "no path"
        if self.free > LISTED:
            return ""
        if self.graph.outputs[0] == 0:
            return "folded"
        return "listed" if self._listed() else ""

    def same(self, other: "Obligation") -> bool:
        """Whether a proof of the other is one of this, node for node."""
        one, two = self.graph, other.graph
        sides = ((one.fan_in, two.fan_in), (one.outputs, two.outputs))
        return one.input_names == two.input_names and all(np.array_equal(*side) for side in sides)

    def _listed(self) -> bool:
        """Whether the inputs that matter are few, and no value of them gives 1."""
        places = support(self.graph)
        if len(places) > LISTED:
            return False
        numbers = np.arange(1 << len(places))[:, None]
        rows = np.zeros((len(numbers), self.graph.n_inputs), np.uint8)
        rows[:, places] = numbers >> np.arange(len(places)) & 1
        return not evaluate(self.graph, rows).any()


def formula(graph: Graph) -> Clauses:
    """The clauses that say: the output is 1. Variable v is AIGER's variable v - 1, so variable 1 is
    the constant 0; three clauses an AND in the file's order, then the output (Tseitin, "On the
    complexity of derivation in propositional calculus", 1968)."""
    found = [[-1]]
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        out, left, right = node + 1, Solver.literal(a), Solver.literal(b)
        found += [[-out, left], [-out, right], [out, -left, -right]]
    return [*found, [Solver.literal(int(graph.outputs[0]))]]
