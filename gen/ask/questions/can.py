"""Can a class be the answer at all: an input of it, or a proof that there is none."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Bits, Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.samples import Data, random_inputs
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding
from gen.console import progress

__all__ = ["can"]

VECTORS = 1 << 13
"""Random inputs that are tried before a solver is asked."""


def can(
    logic: Logic,
    classes: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    data: Data | None = None,
    certify: bool = False,
) -> Answer:
    """Which of these classes ("class=7"; default: all) is the answer for some input that counts.

    Each is "possible", with such an input, "never", or "undecided". Raises AskError for unknown
    classes and contradictory conditions.
    """
    clock, region = (budget or Budget()).start(), Region(logic, conditions)
    classify = Classifier(logic)
    names = list(dict.fromkeys(classes)) or [f"class={name}" for name in classify.names]
    tried = random_inputs(logic, region, VECTORS, 0, data)
    seen = classify(tried)
    found: dict[str, dict[str, Any]] = {}
    encoding = Encoding()
    copy = encoding.copy(logic)
    encoding.condition(region, copy.inputs)
    with BoundedSolver(encoding.clauses) as solver:
        for name in progress(names, label="can"):
            index = logic.class_index(name)
            row: Bits | None = tried[seen == index][0] if (seen == index).any() else None
            answer: bool | None = row is not None
            if row is None:
                answer = solver.can([copy.classes[index]], clock)
                row = np.array(solver.values(copy.inputs), np.uint8) if answer else None
            found[name] = _claim(answer, row)
    run = Run("simulation, then SAT on neurons", clock.spent, clock.budget)
    question = {"kind": "can", "classes": names}
    return finished(case_of(logic, conditions), question, {"classes": found}, run, certify)


def _claim(answer: bool | None, row: Bits | None) -> dict[str, Any]:
    if row is not None:
        return {"verdict": "possible", "row": text_of(row)}
    return {"verdict": "undecided" if answer is None else "never"}
