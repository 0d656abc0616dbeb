"""The least change of an input that changes its class, exactly.

The difference from the sample is counted in unary once, for all samples: the sample is given as
assumptions, one literal a bit, so that what the solver learns of one sample serves the next. Radius
after radius is then excluded until an input of another class is found: the number of parts changed
is the exact minimum (a MaxSAT problem whose optimum is small, searched from below).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen.ask.network.budget import Clock
from gen.ask.network.classifier import Bits, Classifier, Part, Sample, Subject, parts_of
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding

__all__ = ["Distance", "Nearest"]

FIRST_MOST = 8
"""Radius up to which differences are counted at first; doubled where it does not do."""


@dataclass(frozen=True, eq=False)
class Distance:
    """No input of another class is nearer than `least` parts. `most` is the distance of `row`, one
    of another class; both are None where none was found. `exact` says that nothing is open:
    `least` is the minimum, or, without a row, every input that counts has the sample's class."""

    least: int
    most: int | None
    row: Bits | None
    exact: bool
    questions: int


class Nearest:
    """Searches for the nearest inputs of another class, under conditions that they satisfy.

    Distance is the number of `parts` changed: by default single bits, which in a thermometer code
    are levels.
    """

    def __init__(
        self,
        logic: Logic,
        conditions: Conditions | None = None,
        parts: Sequence[Part] | None = None,
        neurons: bool = True,
    ) -> None:
        self.logic, self.region = logic, Region(logic, conditions)
        self.parts = tuple(parts_of(logic, "bits") if parts is None else parts)
        self.classify = Classifier(logic)
        encoding = Encoding()
        self.clauses, self.copy = encoding.clauses, encoding.copy(logic, neurons=neurons)
        encoding.condition(self.region, self.copy.inputs)
        self.given = [self.clauses.new() for _ in self.copy.inputs]
        self.changed = [self._changed(part) for part in self.parts]
        self.counted: list[int] = []
        self.asking = BoundedSolver(self.clauses)

    def _changed(self, part: Part) -> int:
        """A literal that is forced true where a bit of the part is not the sample's."""
        found = self.clauses.new()
        for at in part.bits:
            value, given = self.copy.inputs[at], self.given[at]
            self.clauses.add(found, value, -given)
            self.clauses.add(found, -value, given)
        return found

    def subject(self, sample: Sample) -> Subject:
        """The sample, checked; raises AskError."""
        return Subject.of(sample, self.region, self.classify)

    def search(
        self, sample: Sample, clock: Clock, most: int | None = None, becomes: int | None = None
    ) -> Distance:
        """The distance of the nearest input of another class, or of class `becomes`, looked for up
        to `most` parts. Raises AskError for a sample that does not fit, or has that class."""
        if most is not None and most < 1:
            raise AskError(f"changes of {most} parts at most: give 1 or more")
        subject, before = self.subject(sample), self.asking.asked
        end = len(self.parts) if most is None else min(most, len(self.parts))
        if becomes == subject.index:
            raise AskError(f"the sample is {subject.name} already; ask for another class")
        classes = self.copy.classes
        assumed = [-classes[subject.index] if becomes is None else classes[becomes]]
        assumed += subject.literals(self.given, range(len(self.given)))
        for radius in range(1, end + 1):
            found = self.asking.can([*assumed, *self._within(radius)], clock)
            questions = self.asking.asked - before
            if found:
                row = np.array(self.asking.values(self.copy.inputs), np.uint8)
                return Distance(radius, self.apart(subject.row, row), row, True, questions)
            if found is None:
                return Distance(radius, None, None, False, questions)
            if self._nowhere():
                return Distance(len(self.parts) + 1, None, None, True, questions)
        return Distance(end + 1, None, None, end == len(self.parts), self.asking.asked - before)

    def apart(self, first: Bits, second: Bits) -> int:
        """In how many parts two inputs differ."""
        return sum(bool((first != second)[list(part.bits)].any()) for part in self.parts)

    def _within(self, radius: int) -> list[int]:
        """Assumptions that at most so many parts are changed."""
        if radius >= len(self.parts):
            return []
        if radius >= len(self.counted):
            most = max(FIRST_MOST, 2 * radius) + 1
            self.counted = self.clauses.count(self.changed, most)
        return [-self.counted[radius]]

    def _nowhere(self) -> bool:
        """Whether the last refutation used no bound on the distance."""
        return self.asking.core().isdisjoint({-one for one in self.counted})

    def close(self) -> None:
        """Free the solver's memory."""
        self.asking.close()

    def __enter__(self) -> "Nearest":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
