"""How an answer of any kind is judged: its claims in words, and what each of them owes.

A kind's judge takes the question and the claims, runs every row that is shown through the network,
and says anew, from these alone, what verdict and details must be. What cannot be shown by rows it
owes: obligations, to be discharged by evidence. A claim whose obligations are not discharged says
so in its own verdict, "..., not checked".
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gen.ask.evidence.case import AnswerWrong, Case
from gen.ask.evidence.obligations import Obligation

__all__ = ["NOT_CHECKED", "Judge", "Judging", "fields", "names_of", "plain_word", "summary"]

NOT_CHECKED = ", not checked"
"""Ends the verdict of a claim that no evidence bears out."""


@dataclass
class Judging:
    """What a judge is given besides the answer, and what it notes down.

    `unproved` are keys of obligations that evidence will not discharge.
    """

    case: Case
    unproved: Collection[str] = ()
    owed: list[Obligation] = field(default_factory=list)
    """Obligations of claims that say they hold."""
    bare: list[Obligation] = field(default_factory=list)
    """Obligations of claims that say they were not checked."""
    rows: int = 0
    """Rows that the network itself was run on."""

    def word(self, said: object, *obligations: Obligation) -> str:
        """A claim's verdict, given what it owes: as it is, or marked as not checked."""
        word = plain_word(said)
        if all(one.plain for one in obligations):
            self.owed += obligations
            return word
        if said != word or any(one.key in self.unproved for one in obligations):
            self.bare += obligations
            return word + NOT_CHECKED
        self.owed += obligations
        return word

    def overall(self, word: str, count: int = 1) -> str:
        """A verdict over several claims, which says how many of them were not checked."""
        bare = len(self.bare)
        if not bare:
            return word
        return word + NOT_CHECKED if count == 1 else f"{word}, {bare} not checked"


Judge: TypeAlias = Callable[
    [Judging, Mapping[str, Any], Mapping[str, Any]], tuple[str, dict[str, Any]]
]
"""Judging, question, details (of which only the claims are read) -> verdict and details."""


def plain_word(said: object) -> str:
    """A verdict without the mark that it was not checked; AnswerWrong for what is no word."""
    if not isinstance(said, str):
        raise AnswerWrong(f"{said!r} is no verdict")
    return said.removesuffix(NOT_CHECKED)


def fields(value: object, needed: Collection[str], allowed: Collection[str] = ()) -> dict[str, Any]:
    """A JSON object with exactly these keys; raises AnswerWrong naming what lacks or is unknown."""
    if not isinstance(value, Mapping):
        raise AnswerWrong(f"{str(value)[:40]!r} is not an object with {', '.join(needed)}")
    missing = [name for name in needed if name not in value]
    more = [name for name in value if name not in needed and name not in allowed]
    if missing or more:
        said = f"lacks {missing[0]!r}" if missing else f"has an unknown field {str(more[0])[:40]!r}"
        raise AnswerWrong(f"the answer {said}")
    return dict(value)


def names_of(value: object) -> list[str]:
    """A list of names, each of them once; raises AnswerWrong for anything else."""
    if not isinstance(value, list | tuple) or not value:
        raise AnswerWrong(f"{str(value)[:40]!r} are no names")
    if not all(isinstance(name, str) for name in value) or len(set(value)) != len(value):
        raise AnswerWrong("a question is of some names, each of them once")
    return list(value)


def summary(verdicts: Collection[str], judging: Judging) -> str:
    """The verdict over claims: the one there is, how many are open, or that all are decided."""
    if len(verdicts) == 1:
        return next(iter(verdicts))
    left = sum(plain_word(one) == "undecided" for one in verdicts)
    return judging.overall(f"{left} undecided" if left else "all decided", len(verdicts))
