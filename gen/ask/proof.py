"""Certificates from a solver that writes its proof down (CaDiCaL 1.9.5, through PySAT)."""

from collections.abc import Sequence

from pysat.solvers import Solver as PySat

from gen.ask.certificate import Certificate, Copy
from gen.ask.conditions import Region
from gen.logic.count import reaches
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver

__all__ = ["certified", "gate_clauses"]


def gate_clauses(graph: Graph) -> list[list[int]]:
    """A graph's gates as clauses; variable node + 1, as `gen.logic.solver` has them."""
    found = [[-1]]
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        out, left, right = node + 1, Solver.literal(a), Solver.literal(b)
        found += [[-out, left], [-out, right], [out, -left, -right]]
    return found


def certified(
    claim: str,
    graph: Graph,
    copies: Sequence[Copy],
    region: Region,
    goal: Sequence[Sequence[int]],
) -> Certificate | None:
    """A certificate that gates, conditions on every copy, and goal contradict each other.

    `graph` holds the copies, its literals as `gate_clauses` numbers them. None where they do not
    contradict each other.
    """
    gates = gate_clauses(graph)
    conditions: list[list[int]] = []
    for copy in copies:
        literals = [copy.inputs[name] for name in region.inputs]
        conditions += [clause for clause in _clauses(region, literals) if clause not in conditions]
        if region.conditions.sample:
            more, near = _ball(region, literals, gates)
            gates += more
            conditions.append([near])
    with PySat(name="cadical195", with_proof=True) as solver:
        solver.append_formula([*gates, *conditions, *goal])
        if solver.solve():
            return None
        proof = solver.get_proof() or []
    proof = proof[: proof.index("0") + 1] if "0" in proof else proof
    return Certificate(claim, gates, conditions, list(goal), proof, tuple(copies))


def _clauses(region: Region, literals: Sequence[int]) -> list[list[int]]:
    """Fixed bits, valid codes and reachable states, over these literals for the inputs."""
    given = dict(zip(region.inputs, literals, strict=True))
    fixed = [[given[name] if v else -given[name]] for name, v in region.conditions.fixed.items()]
    return fixed + [[given[n] if v else -given[n] for n, v in clause] for clause in region.clauses]


def _ball(
    region: Region, literals: Sequence[int], gates: Sequence[Sequence[int]]
) -> tuple[list[list[int]], int]:
    """Gates for whether the inputs lie in the ball, on fresh variables, and their output."""
    b, given = Builder(), region.conditions
    inputs = [b.input(name) for name in region.inputs]
    same = [one if bit else ~one for one, bit in zip(inputs, given.sample, strict=True)]
    b.output("near", reaches(b, [[same]], len(same) - given.radius))
    graph = b.graph()
    top = max(abs(one) for clause in gates for one in clause)
    known = {0: 1, **dict(enumerate(literals, 1))}

    def named(one: int) -> int:
        node = abs(one) - 1
        found = known.get(node, top + node)
        return found if one > 0 else -found

    made = [[named(one) for one in clause] for clause in gate_clauses(graph)]
    return made, named(Solver.literal(int(graph.outputs[0])))
