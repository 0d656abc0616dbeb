"""What an answer to "have two networks the same class everywhere" owes: an input on which they
differ, or that there is none. On what share of inputs they differ is counted anew."""

from collections.abc import Mapping
from typing import Any

from gen.ask.evidence.case import AnswerWrong, Bits, Case
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, plain_word
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.compared import check_comparable, compared_inputs, interval
from gen.logic.graph import Graph

__all__ = ["judge"]


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details; the second network is the case's `other`."""
    fields(question, ("kind", "other"))
    first, second = judging.case, judging.case.other
    if second is None:
        raise AnswerWrong("the question names no second network")
    check_comparable(first.logic, second.logic)
    given = fields(details.get("classes"), ("verdict",), ("row",))
    word, found = plain_word(given["verdict"]), dict[str, Any]()
    if word == "different":
        _check_apart(judging, first, second, given.get("row"))
        found = {"verdict": word, "row": given["row"]}
    elif word == "equivalent":
        found = {"verdict": judging.word(given["verdict"], _same(first, second))}
    elif word == "undecided":
        found = {"verdict": word}
    else:
        raise AnswerWrong(f"{word[:40]!r} is no verdict of two networks")
    return found["verdict"], {"classes": found} | _counted(first, second)


def _check_apart(judging: Judging, first: Case, second: Case, text: object) -> None:
    row = first.row(text)[None]
    judging.rows += 2
    if first.classes(row)[0] == second.classes(row)[0]:
        raise AnswerWrong("the two networks have the same class on the input that is shown")


def _same(first: Case, second: Case) -> Obligation:
    def build() -> Graph:
        it = Formula(first)
        signals = it.network()
        it.counts(signals)
        made = [it.copy(one.logic.opened(one.classify.bits), signals) for one in (first, second)]
        bits = zip(first.classify.bits, second.classify.bits, strict=True)
        it.require(it.any_differ([(made[0][a], made[1][b]) for a, b in bits]))
        return it.graph()

    return Obligation("classes", "both networks have the same class", build)


def _counted(first: Case, second: Case) -> dict[str, Any]:
    """On how many inputs the two differ, of all or of random ones, and of the data."""
    rows, listed = compared_inputs(first.logic, first.region)
    differ = _apart(first, second, rows)
    found: dict[str, Any] = {"inputs": len(rows), "differ": differ, "share": differ / len(rows)}
    found |= {"exact": listed} | ({} if listed else {"interval": interval(differ, len(rows))})
    if first.data is not None:
        mine = first.data.bits[first.region.holds(first.data.bits)]
        name, apart = first.data.name, _apart(first, second, mine)
        found["data"] = {"name": name, "rows": len(mine), "differ": apart}
    return found


def _apart(first: Case, second: Case, rows: Bits) -> int:
    return int((first.classify(rows) != second.classify(rows)).sum()) if len(rows) else 0
