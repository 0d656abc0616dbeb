"""What an explanation of a sample's class owes.

Parts of the sample are claimed to decide its class: owed is that every input that agrees in them,
and counts, has it. That none of them can be left out is shown: for each, an input of another class
that agrees in all the others.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.judging import Judging, fields, plain_word
from gen.ask.evidence.neighbours import (
    check_conditions,
    classes_of,
    in_parts,
    names_in,
    none_other,
    subject_of,
)
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.classifier import Part, Subject, parts_of
from gen.ask.network.names import AskError

__all__ = ["judge"]


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of an explanation, or of one that was claimed."""
    check_conditions(judging)
    if "claimed" in question:
        found = _claimed(judging, fields(question, ("kind", "sample", "claimed")), details)
    else:
        found = _explained(judging, fields(question, ("kind", "sample", "unit")), details)
    return found["verdict"], found


def _explained(
    judging: Judging, asked: Mapping[str, Any], details: Mapping[str, Any]
) -> dict[str, Any]:
    """Claims: "verdict", the parts "kept", and for each of them its row in "alternatives"."""
    subject, parts = (
        subject_of(judging, asked["sample"]),
        parts_of(judging.case.logic, asked["unit"]),
    )
    names = names_in(details.get("kept"))
    if names != [part.name for part in parts if part.name in set(names)]:
        raise AnswerWrong("the parts that are kept are not some of the sample's, in their order")
    kept = [part for part in parts if part.name in set(names)]
    shown = _alternatives(judging, subject, kept, details.get("alternatives"))
    undecided = [name for name, row in shown.items() if row is None]
    word = "sufficient" if undecided else "explained"
    if plain_word(details.get("verdict")) != word:
        raise AnswerWrong(f"its verdict is not {word!r}, with {len(undecided)} parts undecided")
    return {
        "verdict": judging.word(details["verdict"], _decide(judging, subject, kept)),
        "class": subject.index,
        "name": subject.name,
        "kept": names,
        "of": len(parts),
        "bits": sum(len(part.bits) for part in kept),
        "alternatives": shown,
        "undecided": undecided,
    }


def _alternatives(
    judging: Judging, subject: Subject, kept: Sequence[Part], given: object
) -> dict[str, Any]:
    """For each part that is kept the row that shows it to be needed, None where none is claimed."""
    shown = fields(given, [part.name for part in kept])
    needed = [part for part in kept if shown[part.name] is not None]
    rows = judging.case.rows([shown[part.name] for part in needed])
    for part, row, index in zip(needed, rows, classes_of(judging, rows), strict=True):
        also = [name for name in in_parts(subject.row, row, kept) if name != part.name]
        if also:
            raise AnswerWrong(f"the row without {part.name} differs in {also[0]} too")
        if index == subject.index:
            raise AnswerWrong(f"the row without {part.name} is {subject.name} as well")
    return {part.name: shown[part.name] for part in kept}


def _claimed(
    judging: Judging, asked: Mapping[str, Any], details: Mapping[str, Any]
) -> dict[str, Any]:
    """Claims: "verdict", and the "row" of another class where it is "false"."""
    subject, parts = subject_of(judging, asked["sample"]), _named(judging, asked["claimed"])
    word, row = plain_word(details.get("verdict")), details.get("row")
    owed = [_decide(judging, subject, parts)] if word == "true" else []
    if word not in ("true", "false", "undecided"):
        raise AnswerWrong(f"{word[:40]!r} is no verdict on an explanation")
    becomes = None
    if word == "false":
        other = subject_of(judging, row)
        also = in_parts(subject.row, other.row, parts)
        if also or other.index == subject.index:
            what = f"differs in {also[0]}" if also else f"is {subject.name} as well"
            raise AnswerWrong(f"the row of another class {what}")
        becomes = other.name
    return {
        "verdict": judging.word(details["verdict"], *owed) if owed else word,
        "class": subject.index,
        "name": subject.name,
        "row": row if word == "false" else None,
        "becomes": becomes,
    }


def _named(judging: Judging, names: object) -> list[Part]:
    """Inputs by name as parts; raises AskError for a name that is none."""
    logic = judging.case.logic
    place = {name: at for at, name in enumerate(logic.inputs)}
    found = []
    for name in names_in(names):
        bits = logic.names.bits(name)
        if not set(bits) <= set(place):
            raise AskError(f"{name} is no input; an explanation is of inputs")
        found.append(Part(name, tuple(place[bit] for bit in bits)))
    return found


def _decide(judging: Judging, subject: Subject, parts: Sequence[Part]) -> Obligation:
    bits = [at for part in parts for at in part.bits]
    few = ", ".join(part.name for part in parts[:4]) + (", ..." if parts[4:] else "")
    claim = f"{few or 'nothing'} ({len(parts)} in all) decides {subject.name}"
    return Obligation("kept", claim, partial(none_other, judging.case, subject, kept=bits))
