"""Is the answer monotone in a feature: two copies of the network that share all other inputs."""

from typing import Any

import numpy as np

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.classifier import Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.ordered import ordered_bits
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding

__all__ = ["monotone"]


def monotone(
    logic: Logic,
    feature: str,
    target: str,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Whether "class=7" can only become true, or only false, while a feature (one bit, or a
    thermometer code) rises and all else stays.

    The verdict is "rising", "falling", "constant", "neither" with two pairs of inputs, or
    "undecided". Raises AskError for features without an order, and where the conditions leave the
    feature one value only, or the budget ends before it is seen to rise: nothing is said then.
    """
    clock, region = (budget or Budget()).start(), Region(logic, conditions)
    index = logic.class_index(target)
    label = f"class={Classifier(logic).names[index]}"
    with _Rising(logic, ordered_bits(logic, feature), region, clock) as rising:
        claims: dict[str, Any] = {"can rise": rising.shown(feature)}
        for way, before in (("rises", False), ("falls", True)):
            claims[way] = rising.claim(index, before)
    run = Run("SAT on neurons, two copies", clock.spent, clock.budget)
    question = {"kind": "monotone", "feature": feature, "target": label}
    return finished(case_of(logic, conditions), question, claims, run, certify)


class _Rising:
    """Two copies for a solver, the feature in the second one higher or the same."""

    def __init__(self, logic: Logic, places: list[int], region: Region, clock: Clock) -> None:
        self.places, self.clock = places, clock
        encoding = Encoding()
        self.low = encoding.copy(logic)
        above = [
            encoding.clauses.new() if at in places else one
            for at, one in enumerate(self.low.inputs)
        ]
        self.high = encoding.copy(logic, above)
        for copy in (self.low, self.high):
            encoding.condition(region, copy.inputs)
        for at in places:
            encoding.clauses.add(-self.low.inputs[at], self.high.inputs[at])
        self.solver = BoundedSolver(encoding.clauses)

    def shown(self, feature: str) -> dict[str, str]:
        """An input on which the feature can rise."""
        answers = []
        for at in self.places:
            raised = [self.high.inputs[at], -self.low.inputs[at]]
            answers.append(self.solver.can(raised, self.clock))
            if answers[-1]:
                return self._pair()
        if None in answers:
            raise AskError(f"{feature} was not seen to rise within the budget; give more seconds")
        raise AskError(f"the conditions leave {feature} one value only: nothing can be said")

    def claim(self, index: int, before: bool) -> dict[str, Any]:
        """Whether it is the class before and not after, or the other way round."""
        low, high = self.low.classes[index], self.high.classes[index]
        answer = self.solver.can([low, -high] if before else [-low, high], self.clock)
        if answer:
            return {"verdict": "yes"} | self._pair()
        return {"verdict": "undecided" if answer is None else "never"}

    def _pair(self) -> dict[str, str]:
        low, high = (
            np.array(self.solver.values(copy.inputs), np.uint8) for copy in (self.low, self.high)
        )
        return {"row": text_of(low), "values": text_of(high[self.places])}

    def __enter__(self) -> "_Rising":
        return self

    def __exit__(self, *error: object) -> None:
        self.solver.close()
