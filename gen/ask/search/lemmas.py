"""A proof that two graphs are equal, put together from proofs that nodes inside them are.

Proved in one piece, that two builds of one network are equal took 360,000 steps on 5,900 gates. So
both are swept in one graph first (`gen.logic.sweep`), and each pair of nodes that was found equal
becomes a lemma, from the inputs up, with a small proof of its own: of the cone of the pair, down to
inputs and nodes that have a lemma already. A solver refutes that the two differ one way; with the
opposite of that assumption added to every clause of its proof, what it wrote is a proof, without
assumptions, of a clause of the lemma.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pysat.solvers import Solver as PySat

from gen.ask.network.budget import Clock
from gen.console import progress
from gen.logic.graph import Graph
from gen.logic.solver import Solver
from gen.logic.sweep import Clause, sweep

__all__ = ["lemmas"]

Clauses = list[list[int]]


def lemmas(
    graph: Graph,
    ends: Sequence[int],
    samples: NDArray[np.uint8],
    care: Sequence[Clause],
    clock: Clock,
) -> list[str] | None:
    """Steps of DRAT after which unit propagation sees that these literals of a graph are 0, given
    its gates and `care` (variables of `gen.ask.search.gates`); None where some are
    not, or the budget ran out. `samples` (vectors, inputs) satisfy `care`."""
    proved = sweep(graph, samples, care, clock.left / 2).proved
    found = _Lemmas(graph, care)
    pairs = sorted((node, literal) for node, literal in proved.items())
    for node, literal in progress(pairs, label="equivalent: proofs"):
        if clock.over or not found.equal(node, literal):
            return None
    return found.steps if all(found.never(one) for one in ends) else None


class _Lemmas:
    """Lemmas so far: `alias` has the literal that a node equals."""

    def __init__(self, graph: Graph, care: Sequence[Clause]) -> None:
        self.graph, self.sources = graph, (graph.fan_in).tolist()
        self.care = [[at + 2 if value else -at - 2 for at, value in clause] for clause in care]
        self.alias: dict[int, int] = {}
        self.steps: list[str] = []

    def equal(self, node: int, literal: int) -> bool:
        """Prove both clauses of the lemma that a node is this earlier literal."""
        if not (self._refute(2 * node, literal ^ 1) and self._refute(2 * node + 1, literal)):
            return False
        self.alias[node] = literal
        return True

    def never(self, literal: int) -> bool:
        """Prove that a literal is 0."""
        return literal == 0 or self._refute(literal, 1)

    def _refute(self, first: int, second: int) -> bool:
        """Steps that end with the clause that not both literals are 1."""
        assumed = [Solver.literal(first), Solver.literal(second)]
        with PySat(name="cadical195", with_proof=True) as solver:
            solver.append_formula(self._cone([first >> 1, second >> 1]))
            solver.append_formula([[one] for one in assumed])
            if solver.solve():
                return False
            proof = solver.get_proof() or []
        self._lift(proof, [-one for one in assumed])
        return True

    def _cone(self, nodes: list[int]) -> Clauses:
        """The gates and lemmas that say what these nodes are, and which inputs count."""
        found: Clauses = [[-1], *self.care]
        stack, seen = list(nodes), set(nodes)
        while stack:
            node = stack.pop()
            out = node + 1
            if node in self.alias:
                same = Solver.literal(self.alias[node])
                found += [[-out, same], [out, -same]]
                below = [self.alias[node] >> 1]
            elif node >= self.graph.first_and:
                a, b = self.sources[node - self.graph.first_and]
                left, right = Solver.literal(a), Solver.literal(b)
                found += [[-out, left], [-out, right], [out, -left, -right]]
                below = [a >> 1, b >> 1]
            else:
                continue
            fresh = [one for one in below if one not in seen]
            seen.update(fresh)
            stack += fresh
        return found

    def _lift(self, proof: Sequence[str], more: list[int]) -> None:
        """The steps of a proof with these literals in every clause; what it learned goes again,
        but for its last clause."""
        kept: Counter[frozenset[int]] = Counter()
        for line in proof:
            words = line.split()
            delete = words[0] == "d"
            clause = frozenset([*map(int, words[delete:-1]), *more])
            if any(-one in clause for one in clause):
                continue  # always true
            if not delete:
                kept[clause] += 1
                self.steps.append(_line(clause))
            elif kept[clause]:
                kept[clause] -= 1
                self.steps.append(f"d {_line(clause)}")
            if clause == frozenset(more):
                break
        kept[frozenset(more)] = 0
        self.steps += [f"d {_line(clause)}" for clause in kept.elements()]


def _line(clause: frozenset[int]) -> str:
    return " ".join(map(str, [*sorted(clause, key=abs), 0]))
