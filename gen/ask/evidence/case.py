"""The network that an answer is about, as evidence knows it: its own graph, and its forward.

The graph is made anew from the integer network, by the lowering rules alone; nothing that was
simplified, searched or written down is believed. Rows are judged by the forward, PyTorch's or the
interpreter's, and their conditions are said plainly, row by row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.classifier import Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.forward import Forward
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data, data_of
from gen.ask.network.states import check_inductive, facts_of
from gen.data.care import care_clauses

__all__ = ["AnswerWrong", "Bits", "Case", "bits_of", "text_of"]

Bits: TypeAlias = NDArray[np.uint8]

CHUNK = 1 << 12
"""Rows that go through the network at a time."""


class AnswerWrong(AskError):
    """What an answer claims is not what the question and the network give."""


@dataclass(frozen=True, eq=False)
class Case:
    """A network under conditions; `given` is its logic as it was asked about, `other` a second
    network, `labelled` data in place of the network's own."""

    given: Logic
    forward: Forward
    conditions: Conditions = Conditions()
    other: "Case | None" = None
    labelled: Data | None = None

    @cached_property
    def logic(self) -> Logic:
        """The network's own graph. Raises AskError where the conditions speak of states that are
        not proved to be all that can be reached."""
        if self.conditions.states:
            check_inductive(self.given.source, facts_of(self.conditions.states))
        return self.given.source

    @cached_property
    def region(self) -> Region:
        return Region(self.logic, self.conditions)

    @cached_property
    def classify(self) -> Classifier:
        """Names and bits of the network's classes."""
        return Classifier(self.logic)

    @cached_property
    def data(self) -> Data | None:
        """Rows and labels that the network is of."""
        return self.labelled or data_of(self.logic)

    def row(self, text: object) -> Bits:
        """An input (inputs,) from its 0s and 1s; AnswerWrong where it does not count."""
        return self.rows([text])[0]

    def rows(self, texts: Sequence[object]) -> Bits:
        """Inputs (n, inputs) from their 0s and 1s; AnswerWrong for one that does not count."""
        width = len(self.logic.inputs)
        found = np.array([bits_of(text, width) for text in texts], np.uint8).reshape(-1, width)
        self.check(found)
        return found

    def check(self, rows: Bits) -> None:
        """Raise AnswerWrong for a row that the conditions leave out."""
        given, inputs = self.conditions, self.logic.inputs
        place = {name: at for at, name in enumerate(inputs)}
        holds = np.ones(len(rows), bool)
        for name, value in given.fixed.items():
            holds &= rows[:, place[name]] == value
        if given.sample:
            holds &= (rows != np.array(given.sample, np.uint8)).sum(axis=1) <= given.radius
        named = [[(place[name], value) for name, value in clause] for clause in given.states]
        care = care_clauses(self.logic.care) if given.codes else []
        for clause in [*named, *care]:
            holds &= np.any([rows[:, at] == int(value) for at, value in clause], axis=0)
        if not holds.all():
            wrong = text_of(rows[int(np.flatnonzero(~holds)[0])])
            raise AnswerWrong(f"the input {wrong} is outside the conditions")

    def values(
        self, rows: Bits, names: Sequence[str], forced: Mapping[str, Bits] | None = None
    ) -> Bits:
        """What the network itself gives (n, names), with these activation bits forced (n,)."""
        if not len(rows) or not names:
            return np.zeros((len(rows), len(names)), np.uint8)
        parts = []
        for at in range(0, len(rows), CHUNK):
            mine = {name: values[at : at + CHUNK] for name, values in (forced or {}).items()}
            parts.append(self.forward(rows[at : at + CHUNK], mine, list(names)))
        return np.concatenate(parts)

    def classes(self, rows: Bits) -> NDArray[np.int64]:
        """The class (n,) that the network itself gives."""
        bits = self.values(rows, self.classify.bits).astype(np.int64)
        return bits @ (1 << np.arange(bits.shape[1]))

    def label(self, index: int) -> str:
        """A class by its name, as "class=..."."""
        return f"class={self.classify.names[index]}"


def bits_of(text: Any, count: int) -> Bits:
    """The bits of a string of so many 0s and 1s; raises AnswerWrong for anything else."""
    if not isinstance(text, str) or len(text) != count or set(text) - {"0", "1"}:
        raise AnswerWrong(f"{str(text)[:20]!r} is not {count} bits")
    return np.frombuffer(text.encode(), np.uint8) - np.uint8(ord("0"))


def text_of(row: Bits) -> str:
    """A row of bits as a string of 0s and 1s."""
    return "".join(map(str, np.asarray(row).tolist()))
