"""Proofs that a graph's output is never 1, from a solver that writes them down (CaDiCaL 1.9.5)."""

from pysat.solvers import Solver as PySat

from gen.ask.search.gates import gate_clauses
from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["prove"]


def prove(graph: Graph) -> list[str] | None:
    """Lines of DRAT that refute the graph's one output, on the variables of `gate_clauses`; None
    where some input makes it 1."""
    end = Solver.literal(int(graph.outputs[0]))
    with PySat(name="cadical195", with_proof=True) as solver:
        solver.append_formula([*gate_clauses(graph), [end]])
        if solver.solve():
            return None
        proof = solver.get_proof() or []
    return proof[: proof.index("0") + 1] if "0" in proof else [*proof, "0"]
