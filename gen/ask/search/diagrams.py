"""Exact counting with binary decision diagrams (Bryant, "Graph-based algorithms for Boolean
function manipulation", 1986), those of CUDD through the package dd; given up past a budget."""

import time
from collections.abc import Sequence
from typing import Any

try:
    from dd.cudd import BDD
except ImportError:  # CUDD comes with dd on Linux only; elsewhere inputs are listed or drawn.
    BDD = None

from gen.logic.graph import Graph

__all__ = ["Diagram", "diagram_of"]

MOST_NODES = 200_000
MEMORY = 1 << 30
MOST_INPUTS = 250
"""Counting goes down a diagram recursively, an input to a step."""


class Diagram:
    """One output of a graph, and the predicate of valid inputs, as diagrams over its inputs."""

    def __init__(self, manager: BDD, names: Sequence[str], output: Any, holds: Any) -> None:
        self.manager, self.names, self.output, self.holds = manager, names, output, holds

    def changes(self, bit: str) -> tuple[int, int]:
        """In how many inputs a change of the bit changes the output, and in how many both sides
        are valid; both values of the bit are counted."""
        bdd, sides = self.manager, ({bit: False}, {bit: True})
        one, two = (bdd.let(side, self.output) for side in sides)
        valid = bdd.let(sides[0], self.holds) & bdd.let(sides[1], self.holds)
        return self._count(bdd.apply("xor", one, two) & valid), self._count(valid)

    def _count(self, function: Any) -> int:
        """In how many inputs a function is 1. CUDD's own count is a float: wrong from 2**53 on."""
        total, known = len(self.names), dict[int, int]()

        def below(node: Any) -> int:
            """Inputs from the node's level on that lead from it, not negated, to 1."""
            if node.var is None:
                return 1
            if int(node) not in known:
                low, high = node.low, node.high
                ends = ((side, end(side) - node.level - 1) for side in (low, high))
                known[int(node)] = sum(
                    ((1 << total - end(side)) - below(~side) if side.negated else below(side))
                    << skipped
                    for side, skipped in ends
                )
            return known[int(node)]

        def end(node: Any) -> int:
            return total if node.var is None else int(node.level)

        found = below(~function) if function.negated else below(function)
        found <<= end(function)
        return (1 << total) - found if function.negated else found


def diagram_of(graph: Graph, holds: Graph, seconds: float) -> Diagram | None:
    """The diagram of a graph with one output, and of a predicate over its first inputs; None where
    they were not built in so many seconds, are too large, or there is no CUDD."""
    if BDD is None or graph.n_inputs > MOST_INPUTS:
        return None
    end = time.monotonic() + seconds
    manager = BDD(memory_estimate=MEMORY)
    manager.configure(reordering=True)
    manager.declare(*graph.input_names)
    made = [_built(manager, one, end) for one in (graph, holds)]
    if any(one is None for one in made):
        return None
    manager.configure(reordering=False)
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
