"""Questions about a graph for a SAT solver (Glucose 4, through PySAT), one solver for many.

Every AND becomes three clauses (Tseitin, "On the complexity of derivation in propositional
calculus", 1968). Answers are True, False, or None where the budget of conflicts ran out.
"""

from collections.abc import Iterable, Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from pysat.solvers import Solver as PySat

from gen.logic.graph import Graph

__all__ = ["Clause", "Solver"]

Clause = Sequence[tuple[int, bool]]
"""A disjunction of (input's index, value) pairs: what valid inputs satisfy."""


class Solver:
    """A graph's gates as clauses, with `care` that its inputs satisfy. Close it after use.

    Literals are the graph's: 2 * node + complemented.
    """

    def __init__(self, graph: Graph, care: Iterable[Clause] = ()) -> None:
        self.graph = graph
        self.sat = PySat(name="glucose4")
        self.sat.add_clause([-1])  # Variable 1 is node 0, the constant 0.
        own = np.arange(graph.first_and, graph.first_and + graph.n_ands)
        for node, (a, b) in zip(own.tolist(), graph.fan_in.tolist(), strict=True):
            out, left, right = node + 1, self.literal(a), self.literal(b)
            self.sat.append_formula([[-out, left], [-out, right], [out, -left, -right]])
        for clause in care:
            self.sat.add_clause([index + 2 if value else -index - 2 for index, value in clause])

    @staticmethod
    def literal(literal: int) -> int:
        """The solver's literal of one of the graph's."""
        return -(literal >> 1) - 1 if literal & 1 else (literal >> 1) + 1

    def can(self, literals: Sequence[int], conflicts: int = 0) -> bool | None:
        """Whether all these literals can be 1 at once, within a budget of conflicts (0: none)."""
        assumed = [self.literal(one) for one in literals]
        if not conflicts:
            return bool(self.sat.solve(assumptions=assumed))
        self.sat.conf_budget(conflicts)
        found: bool | None = self.sat.solve_limited(assumptions=assumed)
        return found

    def witness(self) -> NDArray[np.uint8]:
        """The inputs (n_inputs,) of the answer True given last."""
        model = self.sat.get_model() or []
        known = np.zeros(self.graph.n_inputs, dtype=np.uint8)
        for value in model[1 : self.graph.n_inputs + 1]:
            known[abs(value) - 2] = value > 0
        return known

    def equal(self, first: int, second: int, conflicts: int = 0) -> bool | None:
        """Whether two literals are equal for all valid inputs; where they are, the solver
        remembers it. After False, `witness` is an input that tells them apart."""
        for left, right in ((first, second ^ 1), (first ^ 1, second)):
            differ = self.can([left, right], conflicts)
            if differ is not False:
                return None if differ is None else False
        a, b = self.literal(first), self.literal(second)
        self.sat.append_formula([[-a, b], [a, -b]])
        return True

    def close(self) -> None:
        """Free the solver's memory."""
        self.sat.delete()

    def __enter__(self) -> "Solver":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
