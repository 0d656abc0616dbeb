"""Certificates from a solver that writes its proof down (CaDiCaL 1.9.5, through PySAT)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pysat.solvers import Solver as PySat

from gen.ask.evidence.certificate import Certificate, Copy
from gen.ask.network.conditions import Region
from gen.ask.search.gates import gate_clauses
from gen.logic.count import reaches
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver

__all__ = ["Ball", "certified"]


@dataclass(frozen=True)
class Ball:
    """The inputs that differ from `sample` (inputs,) in at most `radius` parts, each the numbers of
    its bits."""

    sample: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...]
    radius: int


def certified(
    claim: str,
    graph: Graph,
    copies: Sequence[Copy],
    region: Region,
    goal: Sequence[Sequence[int]],
    ball: Ball | None = None,
) -> Certificate | None:
    """A certificate that gates, conditions on every copy, and goal contradict each other.

    `graph` holds the copies, its literals as `gate_clauses` numbers them; `ball` is a condition
    more. None where they do not contradict each other.
    """
    gates = gate_clauses(graph)
    top = graph.first_and + graph.n_ands
    conditions: list[list[int]] = []
    for copy in copies:
        literals = [copy.inputs[name] for name in region.inputs]
        conditions += [clause for clause in _clauses(region, literals) if clause not in conditions]
        for one in (_own_ball(region), ball):
            if one is not None:
                more, near, top = _near(one, literals, top)
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


def _own_ball(region: Region) -> Ball | None:
    """The ball that the region's conditions are about, bit by bit."""
    given = region.conditions
    if not given.sample:
        return None
    return Ball(given.sample, tuple((at,) for at in range(len(given.sample))), given.radius)


def _near(ball: Ball, literals: Sequence[int], top: int) -> tuple[list[list[int]], int, int]:
    """Gates for whether inputs of these literals lie in the ball, on variables above `top`; their
    output, and the last variable."""
    b = Builder()
    inputs = [b.input(str(at)) for at in range(len(literals))]
    same = []
    for part in ball.parts:
        kept = b.true
        for at in part:
            kept = b.and_(kept, inputs[at] if ball.sample[at] else ~inputs[at])
        same.append(kept)
    b.output("near", reaches(b, [[same]], len(same) - ball.radius))
    graph = b.graph()
    known = {0: 1, **dict(enumerate(literals, 1))}

    def named(one: int) -> int:
        node = abs(one) - 1
        found = known.get(node, top + node)
        return found if one > 0 else -found

    made = [[named(one) for one in clause] for clause in gate_clauses(graph)]
    end = named(Solver.literal(int(graph.outputs[0])))
    return made, end, top + graph.first_and + graph.n_ands
