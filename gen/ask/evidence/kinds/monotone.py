"""What an answer to "is this class monotone in a feature" owes.

Each way in which the class could change as the feature rises is shown, by an input and the
feature's bits after it rose, or owed: that it never does. That the feature can rise at all is shown
as well, for otherwise everything would hold, of nothing.
"""

from collections.abc import Mapping
from typing import Any

from gen.ask.evidence.case import AnswerWrong, Bits, bits_of
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, plain_word
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.ordered import ordered_bits
from gen.logic.graph import Graph

__all__ = ["judge"]

VERDICTS = {("yes", "yes"): "neither", ("yes", "never"): "rising", ("never", "yes"): "falling"}
"""By whether the class becomes true, and whether it becomes false, as the feature rises."""
WAYS = {"rises": (0, 1), "falls": (1, 0)}
"""Whether it is the class before, and after."""


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of both ways."""
    asked = fields(question, ("kind", "feature", "target"))
    given = fields(details, ("can rise", *WAYS))
    if not all(isinstance(asked[key], str) for key in ("feature", "target")):
        raise AnswerWrong("the question names no feature or no class")
    one = _Feature(judging, asked["feature"], judging.case.logic.class_index(asked["target"]))
    shown = fields(given["can rise"], ("row", "values"))
    one.pair(shown)
    found = {way: one.judged(way, given[way]) for way in WAYS}
    words = [plain_word(found[way]["verdict"]) for way in WAYS]
    verdict = "undecided"
    if "undecided" not in words:
        verdict = VERDICTS.get((words[0], words[1]), "constant")
    if verdict != "undecided":
        verdict = judging.overall(verdict)
    return verdict, {"can rise": shown, **found}


class _Feature:
    def __init__(self, judging: Judging, feature: str, index: int) -> None:
        self.judging, self.case, self.index = judging, judging.case, index
        self.places = ordered_bits(self.case.logic, feature)
        self.feature = feature

    def pair(self, shown: Mapping[str, Any]) -> tuple[Bits, Bits]:
        """An input, and the same after the feature rose."""
        first = self.case.row(shown.get("row"))
        second, values = first.copy(), shown.get("values")
        second[self.places] = bits_of(values, len(self.places))
        if (second < first).any() or (second == first).all():
            raise AnswerWrong(f"{self.feature} does not rise from its input to {values!r}")
        self.case.check(second[None])
        return first, second

    def judged(self, way: str, given: object) -> dict[str, Any]:
        one = fields(given, ("verdict",), ("row", "values"))
        word = plain_word(one["verdict"])
        if word == "yes":
            shown = {key: one.get(key) for key in ("row", "values")}
            seen = [self.case.classes(row[None])[0] == self.index for row in self.pair(shown)]
            self.judging.rows += len(seen)
            if seen != [bool(value) for value in WAYS[way]]:
                raise AnswerWrong(f"{way}: the network does not confirm it on the two inputs")
            return {"verdict": word} | shown
        if word == "never":
            return {"verdict": self.judging.word(one["verdict"], self._never(way))}
        if word != "undecided":
            raise AnswerWrong(f"{way}: {word[:40]!r} is no verdict of it")
        return {"verdict": word}

    def _never(self, way: str) -> Obligation:
        def build() -> Graph:
            it, logic = Formula(self.case), self.case.logic
            low = it.network()
            bits = [logic.inputs[at] for at in self.places]
            high = low | it.inputs(bits, "'")
            for bit in bits:
                it.require(it.b.or_(~low[bit], high[bit]))
            graph = logic.opened(self.case.classify.bits)
            for signals, value in zip((low, high), WAYS[way], strict=True):
                it.counts(signals)
                made = it.copy(graph, signals)
                now = it.is_class(made, self.case.classify.bits, self.index)
                it.require_value(now, value)
            return it.graph()

        said = f"{self.case.label(self.index)} never {way} as {self.feature} rises"
        return Obligation(way, said, build)
