"""What an answer to "can this class be the answer" owes: an input of the class, or that there is
none."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, names_of, plain_word, summary
from gen.ask.evidence.obligations import Obligation
from gen.logic.graph import Graph

__all__ = ["judge", "never"]


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of all classes that are asked about, in order."""
    asked = fields(question, ("kind", "classes"))
    names = names_of(asked["classes"])
    given = fields(details.get("classes"), names)
    found = {name: _one(judging, name, given[name]) for name in names}
    return summary([one["verdict"] for one in found.values()], judging), {"classes": found}


def _one(judging: Judging, name: str, given: object) -> dict[str, Any]:
    index = judging.case.logic.class_index(name)
    one = fields(given, ("verdict",), ("row",))
    word = plain_word(one["verdict"])
    if word == "possible":
        row = judging.case.row(one.get("row"))
        judging.rows += 1
        if judging.case.classes(row[None])[0] != index:
            raise AnswerWrong(f"{name}: the network does not confirm that its input has this class")
        return {"verdict": word, "row": one["row"]}
    if word == "never":
        owed = Obligation(name, f"{name} is never seen", partial(_of_class, judging, index))
        return {"verdict": judging.word(one["verdict"], owed)}
    if word != "undecided":
        raise AnswerWrong(f"{name}: {word[:40]!r} is no verdict of a class")
    return {"verdict": word}


def _of_class(judging: Judging, index: int) -> Graph:
    """Inputs that count, and whether the class (over several steps, at the end) is this one."""
    it, classify = Formula(judging.case), judging.case.classify
    signals = it.network()
    it.counts(signals)
    it.require(it.is_class(it.copy(classify.graph, signals), classify.bits, index))
    return it.graph()


def never(judging: Judging, name: str) -> Obligation:
    """That a bit, or "class=...", is 1 on no input that counts."""

    def build() -> Graph:
        it = Formula(judging.case)
        signals = it.network()
        it.counts(signals)
        it.require(it.copy(judging.case.logic.opened([name]), signals)[name])
        return it.graph()

    return Obligation(name, f"{name} is never seen", build)
