"""Certified accuracy: which share of labelled inputs keeps its right class under small changes.

At radius r a row counts where its class is right and no change of r bits or fewer gives another.
A row that the budget did not settle at r is counted apart, for neither side, and so is one whose
radius no evidence bears out.
"""

from gen.ask.evidence.answer import Answer, Run
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.classifier import parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.finished import case_of, finished
from gen.ask.questions.robust import claim_of
from gen.ask.search.nearest import Nearest
from gen.console import progress

__all__ = ["certified_accuracy"]


def certified_accuracy(
    logic: Logic,
    data: Data,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    unit: str = "bits",
    most: int | None = None,
    certify: bool = False,
) -> Answer:
    """The least change of every row of `data` that gives it another class, and from these the
    certified accuracy at every radius.

    The budget's seconds are for all rows; no row may take more than a tenth of them. The verdict is
    "all decided", or how many rows are not, and how many are not checked. `certify` adds a proof
    for each row that no smaller change is enough, as long as the budget lasts. Raises AskError for
    rows outside the conditions.
    """
    clock = (budget or Budget()).start()
    if not len(data.bits):
        raise AskError(f"{data.name}: no rows; give some")
    claims, asked = [], 0
    with Nearest(logic, conditions, parts_of(logic, unit)) as nearest:
        for sample in progress(data.bits.tolist(), label="robust"):
            found = nearest.search(sample, _share(clock), most)
            claims.append(claim_of(found))
            asked += found.questions
    rows = {"data": data.name, "rows": len(claims), "unit": unit, "most": most}
    method = f"SAT on neurons, radius by radius, {asked} questions"
    run = Run(method, clock.spent, clock.budget)
    case = case_of(logic, conditions, data)
    return finished(case, {"kind": "robust"} | rows, {"each": claims}, run, certify, clock)


def _share(clock: Clock) -> Clock:
    """A clock of what is left, a tenth of all at most; at once over where nothing is left."""
    seconds = max(min(clock.left, clock.budget.seconds / 10), 1e-9)
    return Budget(seconds, clock.budget.conflicts).start()
