"""Classes that can be answered, against listing all inputs through the integer network."""

from dataclasses import replace

import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.answer import AnswerWrong
from gen.ask.evidence.judging import plain_word
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.questions.can import can
from tests.gen.ask.battery import blocks, case
from tests.gen.ask.nets import logic_of, verified
from tests.gen.ask.questions.test_explain import planted


@blocks()
def test_classes_that_can_be_answered(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        answer = can(one.logic, (), one.given, certify=seed % 10 == 0)
        there = set(one.classes.tolist())
        wanted = ["possible" if c in there else "never" for c in range(one.net.n_classes)]
        found = answer.details["classes"].values()
        assert [plain_word(each["verdict"]) for each in found] == wanted
        one.verify(answer)


def test_a_class_that_is_never_answered_takes_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    count = 0
    for seed in range(0, 60, 3):
        one = case(seed)
        answer = can(one.logic, (), one.given, certify=True)
        needed = [name for name, each in answer.details["classes"].items() if "row" not in each]
        assert set(answer.certificates) <= set(needed)
        one.verify(answer)
        count += len(answer.certificates)
    assert count >= 5


def test_planted_facts_and_budgets() -> None:
    logic, given = logic_of(planted()), Conditions(fixed={"x[1]": 0, "x[5]": 0})
    never = can(logic, ["class=many"], given, certify=True)
    assert never.verdict == "never"
    assert len(verified(logic, never)) == 1
    short = can(logic, ["class=many"], given, Budget(1e-6))
    assert short.verdict in ("undecided", "never")
    forged = {"classes": {"class=many": {"verdict": "possible", "row": "0" * len(logic.inputs)}}}
    with pytest.raises(AnswerWrong, match="does not confirm that its input has this class"):
        verified(logic, replace(never, details=forged, verdict="possible"))
