"""How many inputs an answer says were run through the network: as many as were."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from gen.ask.evidence import case as evidence
from gen.ask.evidence.answer import Answer
from gen.ask.network.conditions import ANYWHERE
from gen.ask.questions.ablate import ablate
from gen.ask.questions.can import can
from gen.ask.questions.depends import depends
from gen.ask.questions.explain import explain
from gen.ask.questions.monotone import monotone
from gen.ask.questions.robust import smallest_change
from gen.ask.questions.ties import ties
from tests.gen.ask.battery import Case, case
from tests.gen.ask.questions.test_ablate import drawn_cut
from tests.gen.ask.questions.test_depends import drawn_names

ASKED: dict[str, tuple[Callable[[Case], Answer], int]] = {
    "can": (lambda one: can(one.logic, (), one.given), 1),
    "depends": (lambda one: depends(one.logic, *drawn_names(one), one.given), 1),
    "explain": (lambda one: explain(one.logic, one.rows[0], one.given), 1),
    "robust": (lambda one: smallest_change(one.logic, one.rows[0], one.given), 1),
    "ablate": (lambda one: ablate(one.logic, drawn_cut(one), [one.labels[0]], one.given), 1),
    "monotone": (lambda one: monotone(one.logic, one.logic.inputs[1], "class=1", ANYWHERE), 1),
    # The class, then its score and both of theirs.
    "ties": (lambda one: ties(one.logic, (), one.given), 4),
}
"""Questions, and how often each input is run to judge it."""


@pytest.mark.parametrize("kind", ASKED)
def test_what_is_said_to_be_run_was_run(kind: str) -> None:
    ask, times = ASKED[kind]
    total = 0
    for seed in (0, 2, 5, 8, 10):
        one, run = case(seed), []

        def forward(
            rows: np.ndarray, forced: Mapping[str, Any], names: Sequence[str], one: Case = one
        ) -> np.ndarray:
            run.append(len(rows))  # noqa: B023
            return one.forward(rows, forced, names)

        answer = ask(one)
        lines = answer.verify(evidence.Case(one.logic, forward, answer.conditions))
        said = [line for line in lines if line.endswith("run through the network itself")]
        assert int(said[0].split()[0] if said else 0) * times == sum(run), (seed, lines)
        total += sum(run)
    assert total
