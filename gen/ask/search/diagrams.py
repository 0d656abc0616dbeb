"""Exact counting with binary decision diagrams (Bryant, "Graph-based algorithms for Boolean
function manipulation", 1986), those of CUDD through the package dd; given up past a budget."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

try:
    from dd.cudd import BDD
except ImportError:  # CUDD comes with dd on Linux only; elsewhere inputs are listed or drawn.
    BDD = None

from gen.logic.graph import Graph

__all__ = ["Diagram", "diagram_of"]

MOST_NODES = 200_000
MEMORY = 1 << 30


class Diagram:
    """One output of a graph, and the predicate of valid inputs, as diagrams over its inputs."""

    def __init__(self, manager: BDD, names: Sequence[str], output: Any, holds: Any) -> None:
        self.manager, self.names, self.output, self.holds = manager, names, output, holds

    def changes(self, first: Mapping[str, bool], second: Mapping[str, bool]) -> tuple[int, int]:
        """In how many inputs a change of some bits from `first` to `second` changes the output,
        and in how many both sides are valid; the bits themselves are not counted."""
        bdd = self.manager
        left = len(self.names) - len(first)
        one, two = (bdd.let(dict(to), self.output) for to in (first, second))
        valid = bdd.let(dict(first), self.holds) & bdd.let(dict(second), self.holds)
        return int(bdd.count(bdd.apply("xor", one, two) & valid, left)), int(bdd.count(valid, left))


def diagram_of(graph: Graph, holds: Graph, seconds: float) -> Diagram | None:
    """The diagram of a graph with one output, and of a predicate over its first inputs; None where
    they were not built in so many seconds, have too many nodes, or there is no CUDD."""
    if BDD is None:
        return None
    end = time.monotonic() + seconds
    manager = BDD(memory_estimate=MEMORY)
    manager.configure(reordering=True)
    manager.declare(*graph.input_names)
    made = [_built(manager, one, end) for one in (graph, holds)]
    if any(one is None for one in made):
        return None
    return Diagram(manager, graph.input_names, *made)


def _built(bdd: BDD, graph: Graph, end: float) -> Any:
    nodes = [bdd.false, *(bdd.var(name) for name in graph.input_names)]

    def value(literal: int) -> Any:
        return ~nodes[literal >> 1] if literal & 1 else nodes[literal >> 1]

    for left, right in graph.fan_in.tolist():
        nodes.append(value(left) & value(right))
        if len(bdd) > MOST_NODES or time.monotonic() > end:
            return None
    return value(int(graph.outputs[0]))
