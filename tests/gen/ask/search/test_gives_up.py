"""A solver that gives up on some questions: what was not decided is said, and never guessed.

Half of all SAT questions, always the same ones, get no answer, as if the budget had run out there.
Whatever is answered then must still be what listing all inputs says, or be undecided.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import gen.ask.network.compared as compared
import gen.ask.search.dependences as dependences
from gen.ask.evidence import obligations
from gen.ask.evidence.judging import plain_word
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.questions.can import can
from gen.ask.questions.depends import depends
from gen.ask.questions.equivalent import equivalent
from gen.ask.questions.explain import explain
from gen.ask.questions.monotone import monotone
from gen.ask.questions.robust import smallest_change
from gen.ask.questions.ties import ties
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.fates import became
from gen.logic.solver import Solver
from tests.gen.ask.battery import case
from tests.gen.ask.brute import affected
from tests.gen.ask.nets import logic_of
from tests.gen.ask.questions.test_depends import drawn_names, verdicts
from tests.gen.ask.questions.test_equivalent import LISTED, changed
from tests.gen.ask.questions.test_explain import is_true as explains
from tests.gen.ask.questions.test_monotone import moves
from tests.gen.ask.questions.test_robust import fits, least_of
from tests.gen.logic.graphs import every_input

SEEDS = range(30)


@pytest.fixture(autouse=True)
def gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both solvers leave every other question open; nothing is listed or drawn instead."""

    def some(can: Callable[..., bool | None]) -> Callable[..., bool | None]:
        def asked(self: Any, literals: Sequence[int], *budget: Any) -> bool | None:
            answer = can(self, literals, *budget)
            return None if budget and crc32(repr(list(literals)).encode()) & 1 else answer

        return asked

    for kind in (Solver, BoundedSolver):
        monkeypatch.setattr(kind, "can", some(kind.can))
    monkeypatch.setattr(obligations, "LISTED", 0)
    monkeypatch.setattr(compared, "LISTED", 0)
    monkeypatch.setattr(compared, "VECTORS", 8)
    monkeypatch.setattr(dependences, "VECTORS", 1)


def test_pairs() -> None:
    found = set()
    for seed in SEEDS:
        one = case(seed)
        sources, targets = drawn_names(one)
        answer = depends(one.logic, sources, targets, one.given)
        for (source, target), verdict in verdicts(answer).items():
            bits = one.logic.names.bits(source), one.logic.targets(target)
            wanted = affected(one.forward, one.logic.inputs, one.rows, *bits)
            found.add(verdict)
            if wanted != "cannot change" or verdict != "independent":
                assert verdict in (wanted, "undecided"), (seed, source, target)
        one.verify(answer)
    assert found == {"depends", "independent", "cannot change", "undecided"}


def test_two_networks() -> None:
    found = set()
    for seed in SEEDS:
        one = case(seed, LISTED)
        other = changed(one) if seed % 2 else one.net
        classes = interpreter(other)(one.rows, {}, one.labels).argmax(axis=1)
        apart = (classes != one.classes).any()
        verdict = plain_word(equivalent(one.logic, logic_of(other), one.given).verdict)
        assert verdict in ("different" if apart else "equivalent", "undecided"), seed
        found.add(verdict)
    assert found == {"different", "equivalent", "undecided"}


def test_classes_and_ties() -> None:
    found = set()
    for seed in SEEDS:
        one = case(seed)
        there, width = set(one.classes.tolist()), one.net.score_width
        for at, each in enumerate(can(one.logic, (), one.given).details["classes"].values()):
            found.add(plain_word(each["verdict"]))
            wanted = "possible" if at in there else "never"
            assert plain_word(each["verdict"]) in (wanted, "undecided"), (seed, at)
        names = [[f"score[{at}].{k}" for k in range(width)] for at in range(one.net.n_classes)]
        scores = np.stack([one.said(mine) for mine in names])
        highest = scores[one.classes, np.arange(len(one.classes))]
        for pair in ties(one.logic, (), one.given).details["pairs"]:
            low, high = map(int, pair["classes"])
            both = (scores[[low, high]] == highest).all(axis=(0, 2)).any()
            wanted = "possible" if both else "never"
            assert plain_word(pair["verdict"]) in (wanted, "undecided"), (seed, low, high)
    assert found == {"possible", "never", "undecided"}


def test_explanations_and_least_changes() -> None:
    found = set()
    for seed in SEEDS:
        one = case(seed)
        row, unit = one.rows[seed % len(one.rows)], ("bits", "features")[seed % 2]
        answer = explain(one.logic, row, one.given, unit=unit)
        found.add(plain_word(answer.verdict))
        assert len(answer.details["undecided"]) > 0 or plain_word(answer.verdict) == "explained"
        assert explains(one, replace(answer, verdict=plain_word(answer.verdict)))
        near = smallest_change(one.logic, row, one.given, unit=unit)
        asked = one.given, near.question["sample"], unit, near.question["becomes"]
        assert fits(near.details, least_of(one, *asked)[1]), seed
        found.add(plain_word(near.verdict))
    assert {"explained", "sufficient", "exact", "at least"} <= found


def test_monotone_features() -> None:
    words = {(1, 1): "neither", (1, 0): "rising", (0, 1): "falling", (0, 0): "constant"}
    found = set()
    for seed in SEEDS:
        one = case(seed)
        name, index = str(one.rng.choice(one.logic.inputs)), seed % one.net.n_classes
        rises, falls = moves(one.rows, one.classes, one.place([name]), index)
        try:
            verdict = plain_word(monotone(one.logic, name, f"class={index}", one.given).verdict)
        except AskError:  # of one value only, or nothing seen within the budget
            continue
        found.add(verdict)
        assert verdict in (words[rises, falls], "undecided"), seed
    assert len(found) > 2


def test_fates() -> None:
    found = set()
    for seed in SEEDS:
        one = case(seed, LISTED)
        rows = every_input(len(one.logic.inputs))
        own = one.said(one.logic.activations, rows=rows)
        names = list(one.logic.activations)
        for fate in became(one.logic):
            values = own[:, names.index(fate.name)]
            found.add(fate.flat)
            if fate.value is not None:
                assert (values == fate.value).all()
            if fate.twin is not None:
                twin = one.said([fate.twin], rows=rows)[:, 0]
                assert ((values != twin) == fate.opposite).all()
    assert found >= {True, None}
