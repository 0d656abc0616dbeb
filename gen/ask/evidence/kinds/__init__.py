"""A module for each kind of question: `judge` says what its answers must be, and what they owe."""

from importlib import import_module

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.judging import Judge

__all__ = ["KINDS", "judge_of"]

KINDS = (
    *("depends", "explain", "robust", "can", "ties", "monotone"),
    *("equivalent", "influence", "features", "ablate"),
)


def judge_of(kind: object) -> Judge:
    """The judge of a kind of question; raises AnswerWrong for a kind that there is not."""
    if kind not in KINDS:
        raise AnswerWrong(f"{str(kind)[:40]!r} is no question")
    judge: Judge = import_module(f"gen.ask.evidence.kinds.{kind}").judge
    return judge
