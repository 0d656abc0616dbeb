"""What an answer about the least change that gives another class owes.

A change is shown: a row of another class, so many parts away. Owed is that there is none nearer, or
none at all. Of labelled data every row is such a claim, and what is certified at a radius is
counted from these.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gen.ask.evidence.case import AnswerWrong, Bits
from gen.ask.evidence.judging import NOT_CHECKED, Judging, fields, plain_word
from gen.ask.evidence.neighbours import (
    check_conditions,
    classes_of,
    in_parts,
    none_other,
    subject_of,
)
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.classifier import Subject, parts_of

__all__ = ["judge"]

CLAIMS = ("verdict", "least", "row")


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of one sample's least change, or of that of rows of the data."""
    check_conditions(judging)
    if "data" in question:
        asked = fields(question, ("kind", "data", "rows", "unit", "most"))
        return _of_data(judging, asked, details)
    asked = fields(question, ("kind", "sample", "unit", "most", "becomes"))
    return _of_sample(judging, asked, details)


def _of_sample(
    judging: Judging, asked: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    changes = _Changes(judging, asked["unit"], asked["most"], asked["becomes"])
    subject = subject_of(judging, asked["sample"])
    if changes.target == subject.index:
        raise AnswerWrong(f"the sample is {subject.name} already; ask for another class")
    claim = {name: details.get(name) for name in CLAIMS}
    found = changes.judged([("", subject)], [claim])[0]
    return found["verdict"], found | {
        "class": subject.index,
        "name": subject.name,
        **changes.shown(subject, found),
    }


def _of_data(
    judging: Judging, asked: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Claims: for each row in "each" its "verdict", "least" and "row"."""
    case, rows = judging.case, asked["rows"]
    changes = _Changes(judging, asked["unit"], asked["most"])
    data, claims = case.data, details.get("each")
    if data is None or asked["data"] != data.name:
        raise AnswerWrong(f"the network's data is not {str(asked['data'])[:60]!r}")
    if type(rows) is not int or not 1 <= rows <= len(data.bits):
        raise AnswerWrong(f"{str(rows)[:20]} rows of {data.name}: there are {len(data.bits)}")
    if not isinstance(claims, list) or len(claims) != rows:
        raise AnswerWrong(f"the answer is not about {rows} rows, as the question is")
    bits = np.asarray(data.bits[:rows], np.uint8)
    case.check(bits)
    classes = classes_of(judging, bits)
    subjects = [
        (f"row {at}: ", Subject(row, index, case.label(index)))
        for at, (row, index) in enumerate(zip(bits, classes, strict=True))
    ]
    found = changes.judged(subjects, [fields(claim, CLAIMS) for claim in claims])
    right = (np.array(classes) == np.asarray(data.labels[:rows])).tolist()
    left = sum(plain_word(one["verdict"]) == "at least" for one in found)
    return judging.overall(f"{left} undecided" if left else "all decided", rows), {
        "right": sum(right),
        "verdicts": dict(Counter(one["verdict"] for one in found)),
        "radii": _radii(found, right),
        "each": found,
    }


class _Changes:
    """Changes of a network's inputs, counted in parts of one unit."""

    def __init__(self, judging: Judging, unit: Any, most: Any, becomes: Any = None) -> None:
        if most is not None and (type(most) is not int or most < 1):
            raise AnswerWrong(f"{str(most)[:20]} {str(unit)[:20]}: a distance is 1 or more")
        self.judging, self.case, self.unit = judging, judging.case, unit
        self.parts = parts_of(self.case.logic, unit)
        self.most = len(self.parts) if most is None else min(most, len(self.parts))
        self.becomes, self.target = becomes, None
        if becomes is not None:
            labels = [self.case.label(at) for at in range(len(self.case.classify.names))]
            if becomes not in labels:
                raise AnswerWrong(f"{str(becomes)[:40]!r} is none of the network's classes")
            self.target = labels.index(becomes)
        self.bits = len(self.case.logic.inputs) - len(self.case.conditions.fixed)

    def judged(
        self, subjects: Sequence[tuple[str, Subject]], claims: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Claims about subjects, each with the words that begin what is said of it, as they must
        be said; raises AnswerWrong where they cannot be so."""
        self._check_rows([subject for _, subject in subjects], claims)
        return [
            self._claim(name, subject, claim)
            for (name, subject), claim in zip(subjects, claims, strict=True)
        ]

    def shown(self, subject: Subject, found: Mapping[str, Any]) -> dict[str, Any]:
        """What changes in a claim's row, and to which class."""
        if found["row"] is None:
            return {"changed": [], "becomes": None}
        other = subject_of(self.judging, found["row"])
        changed = in_parts(subject.row, other.row, self.parts)
        return {"changed": changed, "becomes": other.name}

    def _claim(self, name: str, subject: Subject, claim: Mapping[str, Any]) -> dict[str, Any]:
        word, least = plain_word(claim["verdict"]), claim["least"]
        if word not in ("exact", "nowhere", "at least"):
            raise AnswerWrong(f"{name}{word[:40]!r} is no verdict on a change")
        if word == "nowhere":
            said = self.judging.word(claim["verdict"], self._nowhere(name, subject))
            return {"verdict": said, "least": None, "row": None}
        if type(least) is not int or not 1 <= least <= self._farthest(word):
            raise AnswerWrong(f"{name}{word} {str(least)[:20]} {self.unit} is no distance here")
        owed = [self._none_nearer(name, subject, least)] if least > 1 else []
        said = self.judging.word(claim["verdict"], *owed)
        return {"verdict": said, "least": least, "row": claim["row"] if word == "exact" else None}

    def _farthest(self, word: str) -> int:
        """The largest distance that a claim can speak of."""
        return self.most if word == "exact" else min(self.most + 1, len(self.parts))

    def _check_rows(self, subjects: Sequence[Subject], claims: Sequence[Mapping[str, Any]]) -> None:
        """Run the rows of all exact claims through the network."""
        exact = [at for at, one in enumerate(claims) if plain_word(one["verdict"]) == "exact"]
        rows = self.case.rows([claims[at]["row"] for at in exact])
        for at, row, index in zip(exact, rows, classes_of(self.judging, rows), strict=True):
            self._check_row(subjects[at], row, index, claims[at]["least"])

    def _check_row(self, subject: Subject, row: Bits, index: int, least: object) -> None:
        apart = len(in_parts(subject.row, row, self.parts))
        if type(least) is not int or apart != least:
            raise AnswerWrong(f"{apart} {self.unit} change in a row, not {str(least)[:20]}")
        if index == subject.index or self.target not in (None, index):
            raise AnswerWrong(f"a row is {self.case.label(index)}, not {self._other(subject)}")

    def _other(self, subject: Subject) -> str:
        return self.becomes or f"another class than {subject.name}"

    def _nowhere(self, name: str, subject: Subject) -> Obligation:
        build = partial(none_other, self.case, subject, becomes=self.target)
        claim = f"{name}no input that counts has {self._other(subject)}"
        return Obligation(f"{name}nowhere", claim, build, free=self.bits if name else 0)

    def _none_nearer(self, name: str, subject: Subject, least: int) -> Obligation:
        build = partial(
            none_other, self.case, subject, parts=self.parts, most=least - 1, becomes=self.target
        )
        unit = self.unit if least != 2 else self.unit.removesuffix("s")
        claim = f"{name}no change of {least - 1} {unit} or fewer gives {self._other(subject)}"
        return Obligation(f"{name}nearer", claim, build, free=self.bits if name else 0)


def _radii(found: Sequence[Mapping[str, Any]], right: Sequence[bool]) -> list[dict[str, Any]]:
    """The shares of rows, of all, whose class is right and stays so at each radius: certified, or
    claimed and not checked; and of those that were not decided there. Beyond the last radius
    nothing changes any more."""
    last = max([1, *(one["least"] for one in found if one["least"] is not None)])
    least = np.array([last + 1 if one["least"] is None else one["least"] for one in found])
    kept = np.array(right)
    bare = np.array([one["verdict"].endswith(NOT_CHECKED) for one in found])
    open_rows = np.array([plain_word(one["verdict"]) == "at least" for one in found])
    table = []
    for radius in range(last + 1):
        held = kept & (least > radius)
        unsure = held & bare & (radius > 0)
        shares = {"certified": held & ~unsure, "not checked": unsure}
        shares |= {"undecided": kept & (least <= radius) & open_rows}
        table.append(
            {"radius": radius} | {name: int(one.sum()) / len(one) for name, one in shares.items()}
        )
    return table
