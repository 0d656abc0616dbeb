"""What an answer to "can two classes tie" owes: an input on which both scores are equal and none is
higher, or that there is none. The class is then the lower of the two, or a third that is lower
still."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, names_of, plain_word, summary
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.logic import Logic
from gen.logic.graph import Graph, Signal

__all__ = ["judge"]


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of any two of the classes that are asked about."""
    asked, logic = fields(question, ("kind", "classes")), judging.case.logic
    indices = sorted({logic.class_index(name) for name in names_of(asked["classes"])})
    pairs, given = list(combinations(indices, 2)), details.get("pairs")
    if not pairs or not isinstance(given, list) or len(given) != len(pairs):
        raise AnswerWrong(f"the answer is not about {len(pairs)} pairs, as the question is")
    found = [_one(judging, *pair, one) for pair, one in zip(pairs, given, strict=True)]
    return summary([one["verdict"] for one in found], judging), {"pairs": found}


def _one(judging: Judging, low: int, high: int, given: object) -> dict[str, Any]:
    one = fields(given, ("classes", "verdict"), ("row",))
    names = [judging.case.classify.names[at] for at in (low, high)]
    found, word = {"classes": names}, plain_word(one["verdict"])
    if word == "possible":
        _check_tied(judging, low, high, one.get("row"))
        return found | {"verdict": word, "row": one["row"]}
    if word == "never":
        return found | {"verdict": judging.word(one["verdict"], _apart(judging, low, high))}
    if word != "undecided":
        raise AnswerWrong(f"{word[:40]!r} is no verdict of a tie")
    return found | {"verdict": word}


def _check_tied(judging: Judging, low: int, high: int, text: object) -> None:
    case = judging.case
    row = case.row(text)[None]
    judging.rows += 1
    index = int(case.classes(row)[0])
    highest, one, other = (
        case.values(row, _score_bits(case.logic, at)) for at in (index, low, high)
    )
    if (highest != one).any() or (one != other).any():
        raise AnswerWrong(
            f"the network does not confirm a tie of {case.label(low)} and {case.label(high)}"
        )


def _apart(judging: Judging, low: int, high: int) -> Obligation:
    case = judging.case
    net = case.logic.net
    last = net.decision is not None and net.decision.last
    given = range(low, net.n_classes) if last else range(low + 1)
    words = {at: _score_bits(case.logic, at) for at in (*given, high)}
    wanted = [*case.classify.bits, *(bit for word in words.values() for bit in word)]

    def build() -> Graph:
        it = Formula(case)
        signals = it.network()
        it.counts(signals)
        made = it.copy(case.logic.opened(wanted), signals)

        def equal(one: int, other: int) -> Signal:
            pairs = zip(words[one], words[other], strict=True)
            return ~it.any_differ([(made[a], made[b]) for a, b in pairs])

        # The class is the first of those with the highest score, or the last.
        highest = it.b.false
        for at in given:
            first = it.is_class(made, case.classify.bits, at)
            highest = it.b.or_(highest, it.b.and_(first, equal(at, low)))
        it.require(highest)
        it.require(equal(low, high))
        return it.graph()

    names = f"{case.label(low)} and {case.label(high)}"
    return Obligation(f"{low} and {high}", f"{names} never tie", build)


def _score_bits(logic: Logic, index: int) -> list[str]:
    """The bits of a class's score; the network's own graph has them all."""
    net = logic.net
    return list(logic.names.bits(f"{net.score}[{index}]"))
