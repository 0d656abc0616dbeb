"""Can two classes have the same, highest score, so that only their order decides."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Copy, Encoding
from gen.console import progress

__all__ = ["ties"]


def ties(
    logic: Logic,
    pair: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Which two of these classes (default: any two) can both have the highest score.

    Each pair is "possible", with such an input, "never", or "undecided"; the class is then the
    lower one, or one that is lower still and has that score too; of an argmax that takes the last,
    the higher one or one higher still. Raises AskError where the scores are not to be had.
    """
    clock, region = (budget or Budget()).start(), Region(logic, conditions)
    labels = Classifier(logic).names
    names = list(dict.fromkeys(pair)) or [f"class={name}" for name in labels]
    indices = sorted({logic.class_index(name) for name in names})
    if len(indices) < 2:
        raise AskError(f"{', '.join(names)}: a tie is between two classes; name two")
    encoding = Encoding()
    copy = encoding.copy(logic)
    encoding.condition(region, copy.inputs)
    last = logic.net.decision is not None and logic.net.decision.last
    equal = cache(_equality(encoding, copy, logic))
    found: list[dict[str, Any]] = []
    with BoundedSolver(encoding.clauses) as solver:
        for low, high in progress(list(combinations(indices, 2)), label="ties"):
            highest = _highest(encoding, copy, equal, low, last)
            answer = solver.can([highest, equal(low, high)], clock)
            word = {True: "possible", False: "never", None: "undecided"}[answer]
            found.append({"classes": [labels[low], labels[high]], "verdict": word})
            if answer:
                found[-1]["row"] = text_of(np.array(solver.values(copy.inputs), np.uint8))
    run = Run("SAT on neurons", clock.spent, clock.budget)
    question = {"kind": "ties", "classes": names}
    return finished(case_of(logic, conditions), question, {"pairs": found}, run, certify)


def _highest(
    encoding: Encoding, copy: Copy, equal: Callable[[int, int], int], low: int, last: bool
) -> int:
    """A literal that forces the score of a class to be the highest: it is that of the class that
    the network gives, which is the first of those, or the last."""
    clauses, classes = encoding.clauses, copy.classes
    others = range(low + 1, len(classes)) if last else range(low)
    given = [clauses.every([classes[at], equal(at, low)]) for at in others]
    return clauses.some([classes[low], *given])


def _equality(encoding: Encoding, copy: Copy, logic: Logic) -> Callable[[int, int], int]:
    """A literal that forces the scores of two classes to be equal."""
    scores, clauses, net = copy.scores, encoding.clauses, logic.net
    if scores is not None:
        return lambda low, high: encoding.equal(scores[low], scores[high])
    names = [
        [n for n in logic.flat.output_names if n.startswith(f"{net.score}[{at}]")]
        for at in range(net.n_classes)
    ]
    if not all(names):
        raise AskError("the graph answers the class only; build it with OUTPUTS=class,score")
    given = dict(zip(logic.inputs, copy.inputs, strict=True))
    words = [clauses.graph(logic.opened(mine), given) for mine in names]
    return lambda low, high: clauses.every(
        [-clauses.differ(a, b) for a, b in zip(words[low], words[high], strict=True)]
    )
