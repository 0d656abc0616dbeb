"""The least change of a sample that gives it another class, exactly.

The change is shown; that none is smaller is proved on request, from the gates and by another solver
than the one that searched.
"""

from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Classifier, Sample, parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.nearest import Distance, Nearest

__all__ = ["claim_of", "smallest_change"]


def smallest_change(
    logic: Logic,
    sample: Sample,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    unit: str = "bits",
    most: int | None = None,
    certify: bool = False,
    becomes: str | None = None,
) -> Answer:
    """The least number of a sample's bits (in a thermometer code, levels) or features whose change
    gives it another class, or the one that `becomes` names ("class=1"), and such a change.

    The verdict is "exact", "nowhere" (no input that counts has such a class), or "at least" where
    the budget, or `most`, ended the search. Raises AskError for a sample that does not fit.
    """
    clock = (budget or Budget()).start()
    with Nearest(logic, conditions, parts_of(logic, unit)) as nearest:
        subject = nearest.subject(sample)
        target = None if becomes is None else _target(logic, nearest.classify, becomes)
        found = nearest.search(sample, clock, most, target)
        wanted = None if target is None else f"class={nearest.classify.names[target]}"
    asked = {"sample": text_of(subject.row), "unit": unit, "most": most, "becomes": wanted}
    method = f"SAT on neurons, radius by radius, {found.questions} questions"
    run = Run(method, clock.spent, clock.budget)
    case = case_of(logic, conditions)
    return finished(case, {"kind": "robust"} | asked, claim_of(found), run, certify)


def _target(logic: Logic, classify: Classifier, becomes: str) -> int:
    """The number of a class; raises AskError where that of another step than the last is meant."""
    name, at, step = becomes.rpartition("@")
    if at and step.isdecimal() and at + step != classify.step:
        last = f"{name}{classify.step}" if classify.step else name
        raise AskError(f"{becomes}: the class of the last step is meant; say {last}")
    return logic.class_index(becomes)


def claim_of(found: Distance) -> dict[str, Any]:
    """What is claimed of a distance."""
    if not found.exact:
        return {"verdict": "at least", "least": found.least, "row": None}
    if found.row is None:
        return {"verdict": "nowhere", "least": None, "row": None}
    return {"verdict": "exact", "least": found.least, "row": text_of(found.row)}
