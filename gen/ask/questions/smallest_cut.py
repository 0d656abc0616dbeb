"""A smallest cut that ends a behaviour: searched, then asked about like any other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import Case, text_of
from gen.ask.evidence.judging import NOT_CHECKED
from gen.ask.evidence.smaller_cuts import MOST, check_no_smaller, sets_below
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.cuts import cut_of
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.ablate import ablate
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.smallest import Found, smallest

__all__ = ["smallest_cut"]


def smallest_cut(
    logic: Logic,
    kill: Sequence[str],
    to: int = 0,
    among: Sequence[str] = (),
    tolerance: float = 0.01,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Cut the fewest of the elements `among` (default: all activations) that end the behaviours
    `kill` and cost the rest at most `tolerance` of its rows, and ask what remains (`ablate`).

    Where nothing needs to be cut the verdict is "never seen", where no set does it "none".
    """
    given = budget or Budget()
    clock = given.start()
    reached = logic.net.reached()
    every = [node.name for node in logic.net.activations if len(reached[node.name])]
    candidates = cut_of(logic, list(among) or every).elements
    region, killed = Region(logic, conditions), list(dict.fromkeys(kill))
    found = smallest(logic, candidates, to, killed, tolerance, region, clock)
    case = case_of(logic, conditions)
    asked = {"among": list(candidates), "tolerance": tolerance}
    claim = _smaller(case, found, candidates, to, killed, tolerance)
    notes = {"tried": found.tried, "costly": found.costly}
    if not found.elements:
        run = Run("counterexamples", clock.spent, given, notes)
        question = {"kind": "ablate", "cut": [], "to": to, "kill": killed, "search": asked}
        claims = {"seen": _seen(killed, found), "search": claim}
        return finished(case, question, claims, run, certify)
    cut = cut_of(logic, found.elements, to)
    left = Budget(max(clock.left, 1.0), given.conflicts)
    answer = ablate(logic, cut, killed, conditions, left, certify, (asked, claim))
    run = replace(answer.run, seconds=clock.spent, budget=given, notes=notes)
    return replace(answer, run=run)


def _smaller(
    case: Case, found: Found, among: Sequence[str], to: int, killed: Sequence[str], tolerance: float
) -> dict[str, Any]:
    """What is claimed of smaller sets; marked where they are too many to be tried again."""
    word, seen = "none smaller", found.seen
    if seen is None:
        seen = case.region.witness[None][:0]
    try:
        tried = sets_below(len(among), found.least) <= MOST
        if tried:
            check_no_smaller(case, among, to, killed, found.least, seen, tolerance)
    except AskError:
        tried = False
    if not tried:
        return {"verdict": word + NOT_CHECKED, "least": found.least, "rows": []}
    return {"verdict": word, "least": found.least, "rows": [text_of(row) for row in seen]}


def _seen(killed: Sequence[str], found: Found) -> dict[str, str]:
    """Whether each behaviour is seen at all, where no set to cut was found."""
    return dict.fromkeys(killed, "undecided" if found.elements is None else "never")
