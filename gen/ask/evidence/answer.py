"""The answer to a question, as a value that is checked without the code that found it.

An answer is a question, what was found (verdict and details, rows of inputs among them), and proofs
of what cannot be shown by rows. To verify it is to judge it anew: from the question, the network
and the claims alone, its judge (`gen.ask.evidence.kinds`) derives what verdict and details must be,
and which obligations they owe; the rows go through the network itself, and every obligation must
be discharged. How it was found (`Run`) is told beside it, and claims nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gen.ask.evidence.case import AnswerWrong, Case
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.judging import NOT_CHECKED, Judging
from gen.ask.evidence.kinds import judge_of
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions

__all__ = ["NOT_CHECKED", "Answer", "AnswerWrong", "Run"]


@dataclass(frozen=True)
class Run:
    """How an answer was found: in words, in how many seconds of which budget. `notes` are remarks
    that are no part of the answer, and are not checked."""

    method: str
    seconds: float
    budget: Budget
    notes: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "method": self.method,
            "seconds": round(self.seconds, 3),
            "budget": self.budget.to_json(),
            "notes": dict(self.notes),
        }


@dataclass(frozen=True, eq=False)
class Answer:
    """`question` has the "kind" and all its arguments; `verdict` is one of the kind's words;
    `details` are JSON. `certificates` are proofs, by the key of the obligation that they
    discharge."""

    question: Mapping[str, Any]
    conditions: Conditions
    verdict: str
    details: Mapping[str, Any]
    run: Run
    certificates: Mapping[str, Certificate] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.question["kind"])

    def verify(self, case: Case) -> list[str]:
        """Judge the answer anew, check all evidence, and say in lines what was checked and how.

        `case` is the network that it is about. Raises AnswerWrong where anything in the answer is
        not what question and network give, and ProofWrong where a proof does not prove.
        """
        judging = Judging(case)
        _ = case.region  # what the conditions name must be there, before any row is looked at
        verdict, details = judge_of(self.question.get("kind"))(judging, self.question, self.details)
        _same("details", self.details, details)
        _same("verdict", self.verdict, verdict)
        return [*_shown(judging), *self._discharged(judging), *_unchecked(judging)]

    def _discharged(self, judging: Judging) -> list[str]:
        lines, used = list[str](), dict[str, Obligation]()
        for owed in judging.owed:
            if not owed.plain:
                if owed.key not in self.certificates:
                    raise AnswerWrong(f"nothing in the answer bears out that {owed.claim}")
                if owed.key not in used:
                    lines.append(self.certificates[owed.key].check(owed))
                elif not owed.same(used[owed.key]):
                    raise AnswerWrong(f"two claims of the answer have one name: {owed.key[:60]!r}")
                used[owed.key] = owed
        more = next((key for key in self.certificates if key not in used), None)
        if more is not None:
            raise AnswerWrong(f"the answer has a proof that it does not need: {more[:60]!r}")
        return [*_plain_lines(judging), *lines]

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON, without its proofs."""
        return {
            "question": dict(self.question),
            "conditions": self.conditions.to_json(),
            "verdict": self.verdict,
            "details": dict(self.details),
            "run": self.run.to_json(),
        }


def _shown(judging: Judging) -> list[str]:
    rows = judging.rows
    return [f"{rows:,} inputs were run through the network itself"] if rows else []


def _plain_lines(judging: Judging) -> list[str]:
    words = {
        "no path": "have no path in the network's graph",
        "folded": "need no proof: built from the network's graph, the contrary is constant 0",
        "listed": "were settled by listing all inputs of their graphs",
    }
    hows = [owed.plain for owed in judging.owed]
    return [f"{hows.count(how):,} claims {said}" for how, said in words.items() if how in hows]


def _unchecked(judging: Judging) -> list[str]:
    claims = list(dict.fromkeys(owed.claim for owed in judging.bare))
    if not claims:
        return []
    more = f", and {len(claims) - 1:,} more" if claims[1:] else ""
    return [f"not checked, for want of a proof: {claims[0]}{more}"]


def _same(where: str, said: Any, derived: Any) -> None:
    """Raise AnswerWrong at the first place where the answer is not what was derived."""
    if isinstance(said, Mapping) and isinstance(derived, Mapping):
        for key in [*derived, *said]:
            if key not in said or key not in derived:
                what = "lacks" if key not in said else "has an unknown field"
                raise AnswerWrong(f"the answer's {where} {what} {str(key)[:40]!r}")
        for key, value in derived.items():
            _same(f"{where}.{key}", said[key], value)
    elif isinstance(said, list | tuple) and isinstance(derived, list | tuple):
        if len(said) != len(derived):
            raise AnswerWrong(f"the answer's {where} has {len(said)} entries, not {len(derived)}")
        for at, (one, other) in enumerate(zip(said, derived, strict=True)):
            _same(f"{where}[{at}]", one, other)
    elif type(said) is not type(derived) or said != derived:
        raise AnswerWrong(f"the answer's {where} is {_short(said)}, not {_short(derived)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
