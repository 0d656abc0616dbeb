"""What an answer about a cut owes.

Of each behaviour that should be gone: that no input shows it after the cut, or one that does. Of
each output that is kept: that it is the same whatever is put in place of what was cut, or an input
and a setting on which it is not. What was measured is measured again.
"""

from collections.abc import Mapping
from typing import Any

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.judging import Judging, fields, names_of
from gen.ask.evidence.kinds.can import never
from gen.ask.evidence.kinds.one_cut import Ablated
from gen.ask.evidence.obligations import Obligation
from gen.ask.evidence.smaller_cuts import MOST, check_no_smaller, sets_below
from gen.ask.network.cuts import cut_of

__all__ = ["judge"]

NOTHING = "never seen"
"""The verdict on behaviours that no input shows, before any cut."""


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of a cut, or of the search for one."""
    asked = _Asked(judging, question)
    if asked.cut:
        found = Ablated(judging, cut_of(judging.case.logic, asked.cut, asked.to), asked.kill)
        verdict, derived = found.judged(details)
    else:
        verdict, derived = asked.without_cut(details)
    if asked.search is not None:
        derived = derived | {"search": asked.searched(details.get("search"), derived)}
    return judging.overall(verdict, 2), derived


class _Asked:
    """The question, checked."""

    def __init__(self, judging: Judging, question: Mapping[str, Any]) -> None:
        given = fields(question, ("kind", "cut", "to", "kill", "search"))
        self.judging, self.case = judging, judging.case
        self.cut = names_of(given["cut"]) if given["cut"] != [] else []
        self.kill = names_of(given["kill"]) if given["kill"] != [] else []
        self.to: int | None = {"0": 0, "1": 1, "free": None}.get(str(given["to"]), -1)
        if self.to == -1 or type(given["to"]) is bool:
            raise AnswerWrong(f"cut to {given['to']!r}: 0, 1 or free are known")
        self.search = given["search"]
        if self.search is not None:
            self.search = fields(self.search, ("among", "tolerance"))
            self._check_search()
        if not self.cut and self.search is None:
            raise AnswerWrong("the question names nothing to cut")

    def _check_search(self) -> None:
        tolerance = self.search["tolerance"]
        if type(tolerance) not in (int, float) or not 0 <= tolerance <= 1:
            raise AnswerWrong(f"a tolerance of {tolerance!r}; a part of the rows is meant")
        among = names_of(self.search["among"])
        if not self.kill or self.to is None or not set(self.cut) <= set(among):
            raise AnswerWrong("a search for a cut to end nothing, or of what was not searched")
        if tuple(among) != cut_of(self.case.logic, among).elements:
            raise AnswerWrong("a search among what are no elements")

    def without_cut(self, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Of a search that ended without a cut: the behaviours are never seen, or no set does it,
        or it was not found."""
        given = fields(details.get("seen"), self.kill)
        seen: dict[str, str] = {}
        for name in self.kill:
            if given[name] == "undecided":
                seen[name] = "undecided"
            else:
                seen[name] = self.judging.word(given[name], never(self.judging, name))
                if seen[name].partition(",")[0] != "never":
                    raise AnswerWrong(f"{name}: {str(given[name])[:40]!r} is no verdict of it")
        verdict = NOTHING if "undecided" not in seen.values() else "undecided"
        if verdict == "undecided":
            search = fields(details.get("search"), ("verdict", "least", "rows"), ("candidates",))
            if search["least"] == len(self.search["among"]) + 1:
                verdict = "none"
        return verdict, {"seen": seen}

    def searched(self, given: object, derived: Mapping[str, Any]) -> dict[str, Any]:
        """What is claimed of smaller sets: that none of fewer than `least` elements does it."""
        one = fields(given, ("verdict", "least", "rows"), ("candidates", "smallest"))
        among, least, texts = self.search["among"], one["least"], one["rows"]
        if type(least) is not int or not 0 <= least <= len(among) + 1:
            raise AnswerWrong(f"{str(least)[:40]} is no size of a set")
        if not isinstance(texts, list) or (self.cut and least > len(self.cut)):
            raise AnswerWrong("fewer elements than were cut cannot be too few")
        if self.cut:
            self._check_cost(derived)
        owed = Obligation(
            "smaller", f"no set of fewer than {least} elements does it", _none, free=99
        )
        word, rows = "none smaller", self.case.rows(texts)
        if least == 0 or one["verdict"] == "none smaller":
            if sets_below(len(among), least) > MOST:
                raise AnswerWrong(f"nothing in the answer bears out that {owed.claim}")
            size, to = least, int(self.to or 0)
            tolerance = float(self.search["tolerance"])
            check_no_smaller(self.case, among, to, self.kill, size, rows, tolerance)
            self.judging.rows += len(rows)
        else:
            word = self.judging.word(one["verdict"], owed)
            if word.partition(",")[0] != "none smaller":
                raise AnswerWrong(f"{str(one['verdict'])[:40]!r} is no verdict of a search")
        found = {"verdict": word, "least": least, "rows": texts, "candidates": len(among)}
        return found | {"smallest": least == len(self.cut)} if self.cut else found

    def _check_cost(self, derived: Mapping[str, Any]) -> None:
        """Raise AnswerWrong where the cut costs the rest more than the tolerance."""
        before, after = (derived[when].get("rest", 1.0) for when in ("before", "after"))
        if after < before - self.search["tolerance"] - 1e-6:
            raise AnswerWrong(f"the cut leaves {after:.2%} of the rest right, of {before:.2%}")


def _none() -> Any:
    raise AnswerWrong("nothing in the answer bears out that no smaller set does it")
