"""From what a search found to an answer: judged, and with the proofs that it owes."""

from collections.abc import Callable, Mapping
from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import Case
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.judging import Judging
from gen.ask.evidence.kinds import judge_of
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.budget import Clock
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.network.unroll import forward_of
from gen.ask.search.prover import prove
from gen.console import progress

__all__ = ["Prover", "case_of", "finished"]

Prover = Callable[[Obligation], "list[str] | None"]


def case_of(logic: Logic, conditions: Conditions | None = None, data: Data | None = None) -> Case:
    """What evidence knows of a network while it is asked: judged by the integer interpreter."""
    return Case(logic, forward_of(logic), conditions or Conditions(), labelled=data)


def finished(
    case: Case,
    question: Mapping[str, Any],
    claims: Mapping[str, Any],
    run: Run,
    certify: bool,
    clock: Clock | None = None,
    prover: Prover | None = None,
) -> Answer:
    """The answer with these claims. What they owe and neither wiring nor listing settles is proved
    where `certify` says so, until the clock is over; what is left says that it was not checked.

    Raises AskError where the claims are not so: a fault of the search.
    """
    judge = judge_of(question["kind"])
    judging = Judging(case)
    judge(judging, question, claims)
    proofs: dict[str, Certificate] = {}
    owed = {one.key: one for one in judging.owed if not one.plain}
    if certify:
        for one in progress(list(owed.values()), label=f"{question['kind']}: proofs"):
            if clock is None or not clock.over:
                proofs |= _proved(one, prover)
    marked = Judging(case, set(owed) - set(proofs))
    verdict, details = judge(marked, question, claims)
    return Answer(question, case.conditions, verdict, details, run, proofs)


def _proved(one: Obligation, prover: Prover | None) -> dict[str, Certificate]:
    if prover is not None:
        lines = prover(one)
        return {} if lines is None else {one.key: Certificate(lines)}
    lines = prove(one.graph)
    if lines is None:
        raise AskError(f"the gates do not confirm that {one.claim}; please report this fault")
    return {one.key: Certificate(lines)}
