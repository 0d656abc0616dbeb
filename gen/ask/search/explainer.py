"""Which inputs alone decide an answer: explanations that are sufficient, and minimal so.

An explanation is a set of parts of a sample (features, or bits) that fixes the network's class
whatever the other inputs are, and of which no part can be left out (abductive: Ignatiev,
Narodytska, Marques-Silva, "Abduction-based explanations for machine learning models", 2019). It is
found by deletion: parts are left out one by one, those first that change answers least; where a SAT
solver says that the class still cannot change, the parts that its core does not need go too; where
it can, the input found shows the part to be needed, and its neighbours are tried for showing the
same of other parts (Belov, Marques-Silva, "Accelerating MUS extraction with recursive model
rotation", 2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gen.ask.network.budget import Clock
from gen.ask.network.classifier import Bits, Classifier, Part, Sample, Subject, parts_of
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.samples import Data, random_inputs
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding

__all__ = ["Explainer", "Explanation"]

INFLUENCE_ROWS = 1 << 15
"""Inputs that the order of deletion is found on."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """The parts kept (numbers, ascending) decide the class; `counterexamples` has, for those that
    were shown to be needed, an input of another class that differs in them and in parts that are
    not kept. `undecided` ones were kept for want of budget."""

    kept: list[int]
    counterexamples: dict[int, Bits]
    undecided: list[int]
    questions: int


class Explainer:
    """Explains inputs of one network, under conditions that all other inputs satisfy too."""

    def __init__(
        self,
        logic: Logic,
        conditions: Conditions | None = None,
        parts: Sequence[Part] | None = None,
        data: Data | None = None,
        seed: int = 0,
        neurons: bool = True,
    ) -> None:
        self.logic, self.region = logic, Region(logic, conditions)
        self.parts = tuple(parts_of(logic) if parts is None else parts)
        self.classify, self.data, self.seed = Classifier(logic), data, seed
        encoding = Encoding()
        self.copy = encoding.copy(logic, neurons=neurons)
        encoding.condition(self.region, self.copy.inputs)
        self.asking = BoundedSolver(encoding.clauses)

    def subject(self, sample: Sample) -> Subject:
        """The sample, checked; raises AskError."""
        return Subject.of(sample, self.region, self.classify)

    @cached_property
    def order(self) -> list[int]:
        """The parts, those first that change the fewest classes when they take another value."""
        count = max(16, INFLUENCE_ROWS // len(self.parts))
        rows = random_inputs(self.logic, self.region, count, self.seed, self.data)
        other = np.random.default_rng(self.seed).permutation(rows)
        classes, changed = self.classify(rows), []
        for part in self.parts:
            moved = rows.copy()
            moved[:, part.bits] = other[:, part.bits]
            changed.append(int((self.classify(moved) != classes).sum()))
        return np.argsort(changed, kind="stable").tolist()

    def explain(self, sample: Sample, clock: Clock) -> Explanation:
        """A subset-minimal explanation; parts whose need was not decided are kept and listed."""
        return _Deletion(self, self.subject(sample), clock).run()

    def refuted(self, sample: Sample, kept: Sequence[int], clock: Clock) -> Bits | bool:
        """Whether the parts `kept` of a sample do not decide its class: an input of another class
        that agrees in them, or False; True where the budget ran out."""
        subject = self.subject(sample)
        bits = [at for part in kept for at in self.parts[part].bits]
        answer = self.asking.can(self._assumed(subject, bits), clock)
        return True if answer is None else self._row() if answer else False

    def _assumed(self, subject: Subject, bits: Sequence[int]) -> list[int]:
        inputs = self.copy.inputs
        return [-self.copy.classes[subject.index], *subject.literals(inputs, bits)]

    def _row(self) -> Bits:
        return np.array(self.asking.values(self.copy.inputs), np.uint8)

    def close(self) -> None:
        """Free the solver's memory."""
        self.asking.close()

    def __enter__(self) -> "Explainer":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Deletion:
    """The search for one sample."""

    def __init__(self, given: Explainer, subject: Subject, clock: Clock) -> None:
        self.given, self.subject, self.clock = given, subject, clock
        self.literals = [subject.literals(given.copy.inputs, part.bits) for part in given.parts]
        self.kept = set(range(len(given.parts)))
        self.needed: dict[int, Bits] = {}
        self.undecided: list[int] = []
        self.questions = 0

    def run(self) -> Explanation:
        if not self._without(None):
            self.undecided = list(self.kept)
        for part in self.given.order:
            settled = part not in self.kept or part in self.needed or part in self.undecided
            if not settled and self._without(part) is None:
                self.undecided.append(part)
        return Explanation(sorted(self.kept), self.needed, sorted(self.undecided), self.questions)

    def _without(self, part: int | None) -> bool | None:
        """Leave a part out if the class is decided all the same; None where that is unknown."""
        given, tried = self.given, [one for one in self.kept if one != part]
        assumed = [-given.copy.classes[self.subject.index]]
        assumed += [literal for one in tried for literal in self.literals[one]]
        self.questions += 1
        found = given.asking.can(assumed, self.clock)
        if found is False:
            core = given.asking.core()
            # What is needed is in every core.
            self.kept = {one for one in tried if not core.isdisjoint(self.literals[one])}
            return True
        if found:
            assert part is not None
            self._need(part, given._row())
        return None if found is None else False

    def _need(self, part: int, row: Bits) -> None:
        """The row shows that `part` is needed; so may others near it, of other parts."""
        self.needed[part] = row
        candidates = [one for one in self.kept if one not in self.needed]
        if not candidates:
            return
        near = np.tile(row, (2 * len(candidates), 1))
        back = list(self.given.parts[part].bits)
        near[:, back] = self.subject.row[back]
        for at, one in enumerate(candidates):
            near[2 * at : 2 * at + 2, self.given.parts[one].bits] = [[0], [1]]
        shown = self.given.classify(near) != self.subject.index
        shown[shown] = self.given.region.holds(near[shown])
        for at in np.flatnonzero(shown).tolist():
            self.needed.setdefault(candidates[at // 2], near[at])
