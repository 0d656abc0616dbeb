"""What an answer to "does A affect B" owes.

A dependence is shown: an input, and what A's bits are before and after, so that nothing else can
change. That there is none is owed for every bit of B: over both values of A, conditions before and
after, B is never two values.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gen.ask.evidence.case import AnswerWrong, Bits, bits_of
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, names_of, plain_word, summary
from gen.ask.evidence.obligations import Obligation
from gen.ask.evidence.wired import only, read_by
from gen.ask.network.sources import Source, sources_of
from gen.logic.graph import Graph, Signal

__all__ = ["Pairs", "judge"]


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of pairs, each of `from` with each of `to`, in order."""
    asked = fields(question, ("kind", "from", "to"))
    found = Pairs(judging, asked["from"], asked["to"]).judged(details.get("pairs"))
    words = [plain_word(pair["verdict"]) for pair in found]
    verdict = summary([pair["verdict"] for pair in found], judging)
    return verdict, {
        "pairs": found,
        "decided": len(found) - words.count("undecided"),
        "undecided": words.count("undecided"),
        "verdicts": dict(Counter(pair["verdict"] for pair in found)),
    }


class Pairs:
    """All pairs of some sources and some targets."""

    def __init__(self, judging: Judging, sources: Sequence[str], targets: Sequence[str]) -> None:
        sources, targets = names_of(sources), names_of(targets)
        self.judging, self.case, logic = judging, judging.case, judging.case.logic
        self.wanted = {name: logic.targets(name) for name in targets}
        self.sources = {one.name: one for one in sources_of(logic, sources, self.wanted)}
        self._read: tuple[Graph | None, dict[str, set[str]]] = None, {}
        self._check_names()

    def _check_names(self) -> None:
        inputs = set(self.case.logic.inputs)
        wrong = next((name for name, bits in self.wanted.items() if inputs & set(bits)), None)
        if wrong is not None:
            raise AnswerWrong(f"{wrong} is an input: nothing in the network affects it")

    def judged(self, given: object) -> list[dict[str, Any]]:
        """The pairs as they must be said; raises AnswerWrong where they cannot be so."""
        expected = [(a, b) for a in self.sources for b in self.wanted]
        if not isinstance(given, list) or len(given) != len(expected):
            raise AnswerWrong(f"the answer is not about {len(expected)} pairs, as the question is")
        found = [
            self._pair(*names, one) for names, one in zip(expected, given, strict=True)
        ]  # fmt: skip
        self._check_shown(found)
        return found

    def _pair(self, name: str, target: str, given: object) -> dict[str, Any]:
        one = fields(given, ("from", "to", "verdict"), ("bit", "row", "values"))
        source, word = self.sources[name], plain_word(one["verdict"])
        found = {"from": name, "to": target}
        if word == "depends" and not set(source.bits) & set(self.wanted[target]):
            shown = {key: one.get(key) for key in ("bit", "row", "values")}
            if shown["bit"] not in self.wanted[target]:
                raise AnswerWrong(f"{name} -> {target}: {shown['bit']!r} is no bit of {target}")
            return found | {"verdict": "depends"} | shown
        if word == "independent":
            owed = [self._independent(source, bit) for bit in self.wanted[target]]
            return found | {"verdict": self.judging.word(one["verdict"], *owed)}
        if word == "cannot change" and not source.cut:
            stuck = self._stuck(source)
            return found | {"verdict": self.judging.word(one["verdict"], stuck)}
        if word not in ("depends", "undecided"):
            raise AnswerWrong(f"{name} -> {target}: {str(word)[:40]!r} is no verdict of it")
        return found | {"verdict": word}

    def _check_shown(self, pairs: Iterable[dict[str, Any]]) -> None:
        """Run the rows of all dependences through the network, those with the same activations
        forced at once."""
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for pair in pairs:
            if "row" in pair:
                free = self.sources[pair["from"]].graph.input_names[len(self.case.logic.inputs) :]
                groups.setdefault(free, []).append(pair)
        for free, mine in groups.items():
            self._check_group(free, mine)

    def _check_group(self, free: Sequence[str], pairs: Sequence[dict[str, Any]]) -> None:
        before = self.case.rows([pair["row"] for pair in pairs])
        values = [self._values(pair) for pair in pairs]
        after, place = before.copy(), {n: at for at, n in enumerate(self.case.logic.inputs)}
        forced: list[dict[str, Bits]] = [{}, {}]
        if free:
            for side in (0, 1):
                forced[side] = dict(zip(free, np.stack([v[side] for v in values], 1), strict=True))
        else:
            for at, (pair, (old, new)) in enumerate(zip(pairs, values, strict=True)):
                places = [place[bit] for bit in self.sources[pair["from"]].bits]
                if (before[at, places] != old).any():
                    raise AnswerWrong(f"{pair['from']} is not {pair['values'][0]!r} in its row")
                after[at, places] = new
            self.case.check(after)
        bits = list(dict.fromkeys(pair["bit"] for pair in pairs))
        sides = zip((before, after), forced, strict=True)
        one, two = (self.case.values(rows, bits, more) for rows, more in sides)
        for at, pair in enumerate(pairs):
            if one[at, bits.index(pair["bit"])] == two[at, bits.index(pair["bit"])]:
                raise AnswerWrong(
                    f"{pair['from']} -> {pair['to']}: the network does not confirm that"
                    f" {pair['bit']} differs on the two rows"
                )
        self.judging.rows += 2 * len(pairs)

    def _values(self, pair: Mapping[str, Any]) -> list[Bits]:
        bits, values = self.sources[pair["from"]].bits, pair["values"]
        if not isinstance(values, list) or len(values) != 2 or values[0] == values[1]:
            raise AnswerWrong(f"{pair['from']} -> {pair['to']}: not two values of {pair['from']}")
        return [bits_of(value, len(bits)) for value in values]

    def _independent(self, source: Source, bit: str) -> Obligation:
        def build() -> Graph:
            both = Formula(self.case)
            first, second = changed(both, source)
            one, two = (both.copy(only(source.graph, bit), side) for side in (first, second))
            both.require(both.b.xor(one[bit], two[bit]))
            return both.graph()

        key = f"{source.name} -> {bit}"
        wired = not self._hears(source.graph, bit) & set(source.bits)
        return Obligation(key, f"{source.name} never affects {bit}", build, wired)

    def _stuck(self, source: Source) -> Obligation:
        def build() -> Graph:
            both = Formula(self.case)
            first, second = changed(both, source)
            both.require(both.any_differ([(first[bit], second[bit]) for bit in source.bits]))
            return both.graph()

        return Obligation(f"{source.name} stays", f"{source.name} cannot change", build)

    def _hears(self, graph: Graph, bit: str) -> set[str]:
        """Inputs of a graph with a path to an output."""
        if graph is not self._read[0]:
            self._read = graph, read_by(graph)
        return self._read[1][bit]


def changed(both: Formula, source: Source) -> tuple[dict[str, Signal], dict[str, Signal]]:
    """Signals for the inputs of a source's graph, twice: the same but for the source's bits. Both
    satisfy the conditions."""
    first = both.inputs(source.graph.input_names)
    second = first | both.inputs(source.bits, "'")
    both.counts(first)
    both.counts(second)
    return first, second
