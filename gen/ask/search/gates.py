"""A graph's gates as clauses for a SAT solver."""

from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["gate_clauses"]


def gate_clauses(graph: Graph) -> list[list[int]]:
    """A graph's gates as clauses; variable node + 1, as `gen.logic.solver` has them."""
    found = [[-1]]
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        out, left, right = node + 1, Solver.literal(a), Solver.literal(b)
        found += [[-out, left], [-out, right], [out, -left, -right]]
    return found
