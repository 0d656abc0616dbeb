"""Clauses given to a SAT solver that is asked many questions, within a budget.

Glucose 4, like everything else here: on these clauses it was ahead of CaDiCaL 1.9.5 and 3.0,
MapleLCM, MiniSat and MiniCard.
"""

from collections.abc import Sequence

from pysat.solvers import Solver as PySat

from gen.ask.network.budget import Clock
from gen.ask.search.clauses import Clauses

__all__ = ["BoundedSolver"]

SLICE = 500
"""Conflicts between two looks at the clock."""


class BoundedSolver:
    """A solver over clauses that may still grow. Close it after use."""

    def __init__(self, clauses: Clauses) -> None:
        self.clauses, self.loaded = clauses, 0
        self.sat = PySat(name="glucose4")
        self.asked = 0

    def can(self, literals: Sequence[int], clock: Clock) -> bool | None:
        """Whether all literals can be true at once; None where the budget ran out first."""
        if self.loaded < len(self.clauses.rows):
            self.sat.append_formula(self.clauses.rows[self.loaded :])
            self.loaded = len(self.clauses.rows)
        self.asked += 1
        spent = 0
        while spent < clock.budget.conflicts and not clock.over:
            self.sat.conf_budget(min(SLICE, clock.budget.conflicts - spent))
            found: bool | None = self.sat.solve_limited(assumptions=literals)
            if found is not None:
                return found
            spent += SLICE
        return None

    def values(self, literals: Sequence[int]) -> list[int]:
        """The values, 0 or 1, of literals in the answer True given last."""
        model = self.sat.get_model()
        return [int((model[abs(one) - 1] > 0) == (one > 0)) for one in literals]

    def core(self) -> set[int]:
        """Of the literals asked about last, some that cannot be true at once."""
        return set(self.sat.get_core() or ())

    def close(self) -> None:
        """Free the solver's memory."""
        self.sat.delete()

    def __enter__(self) -> "BoundedSolver":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
