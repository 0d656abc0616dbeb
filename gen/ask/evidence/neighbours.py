"""Inputs of another class than one input has: shown by rows, or owed that there are none.

That the parts of a sample decide its class, and that no small change alters it, are both of this
form: no input that counts, and lies where it is said, has another class.
"""

from collections.abc import Sequence

from gen.ask.evidence.case import AnswerWrong, Bits, Case
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging
from gen.ask.network.classifier import Part, Subject
from gen.logic.graph import Graph

__all__ = [
    *("check_conditions", "classes_of", "in_parts", "names_in", "none_other", "subject_of"),
]


def subject_of(judging: Judging, text: object) -> Subject:
    """An input from its 0s and 1s, with the class that the network itself gives it. Raises
    AnswerWrong where it does not count."""
    row = judging.case.row(text)
    (index,) = classes_of(judging, row[None])
    return Subject(row, index, judging.case.label(index))


def check_conditions(judging: Judging) -> None:
    """Raise AskError where the conditions do not fit the network, or contradict each other."""
    _ = judging.case.region


def classes_of(judging: Judging, rows: Bits) -> list[int]:
    """The classes that the network itself gives these rows."""
    judging.rows += len(rows)
    return judging.case.classes(rows).tolist()


def in_parts(first: Bits, second: Bits, parts: Sequence[Part]) -> list[str]:
    """Names of the parts in which two inputs differ."""
    apart = first != second
    return [part.name for part in parts if apart[list(part.bits)].any()]


def names_in(value: object) -> list[str]:
    """A list of names; raises AnswerWrong for anything else."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise AnswerWrong(f"{str(value)[:40]!r} is no list of names")
    return list(value)


def none_other(
    case: Case,
    subject: Subject,
    kept: Sequence[int] = (),
    parts: Sequence[Part] = (),
    most: int | None = None,
    becomes: int | None = None,
) -> Graph:
    """The graph of an obligation: no input that counts has another class than the subject's, or,
    with `becomes`, has that class.

    It is about those inputs only that agree with the subject in the bits `kept`, and, with `most`,
    differ from it in so many of the parts at most.
    """
    one, names = Formula(case), case.logic.inputs
    held = {names[at]: int(subject.row[at]) for at in kept} | dict(case.conditions.fixed)
    constant = {name: one.b.constant(value) for name, value in held.items()}
    signals = one.inputs([name for name in names if name not in held]) | constant
    one.counts(signals)
    if most is not None:
        one.within(signals, subject.row, [part.bits for part in parts], most)
    made, bits = one.copy(case.classify.graph, signals), case.classify.bits
    own = one.is_class(made, bits, subject.index if becomes is None else becomes)
    one.require(~own if becomes is None else own)
    return one.graph()
