"""The claims about one cut: what is gone, and what does not depend on what was cut."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gen.ask.evidence.case import AnswerWrong, Bits, bits_of
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, plain_word
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.capabilities import Capabilities
from gen.ask.network.cuts import Cut, became, kept_outputs
from gen.ask.network.names import CLASS
from gen.logic.graph import Graph
from gen.logic.sections import flatten

__all__ = ["Ablated"]

Claim = dict[str, Any]


class Ablated:
    """A cut, and the behaviours that should be gone."""

    def __init__(self, judging: Judging, cut: Cut, killed: Sequence[str]) -> None:
        self.judging, self.case, self.logic = judging, judging.case, judging.case.logic
        self.cut, self.killed = cut, tuple(killed)
        self.measured = Capabilities(self.logic, self.case.region, self.killed)

    def judged(self, details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The verdict on what should be gone ("measured" where nothing should), and details."""
        kept = self._kept()
        expected = [*self.killed, *kept] if self.killed else []
        given = details.get("claims")
        if not isinstance(given, list) or len(given) != len(expected):
            raise AnswerWrong(f"the answer makes no {len(expected)} claims about outputs")
        claims = [self._claim(name, one) for name, one in zip(expected, given, strict=True)]
        words = [plain_word(claim["verdict"]) for claim in claims[: len(self.killed)]]
        found = next((word for word in ("alive", "undecided") if word in words), "killed")
        return found if self.killed else "measured", {"claims": claims} | self._figures()

    def _kept(self) -> tuple[str, ...]:
        return kept_outputs(self.logic, self.killed, self.measured.has_classes)

    def _figures(self) -> dict[str, Any]:
        graph = self.cut.graph(self.logic, self.measured.targets)
        left = self.cut.graph(self.logic, self.logic.flat.output_names)
        return {
            "before": self.measured.describe(self.measured.before),
            "after": self.measured.describe(self.measured.run(graph)),
            "ands": {"before": flatten(self.logic.sections).n_ands, "after": left.n_ands},
            "became": became(self.logic, self.cut),
        }

    def _claim(self, name: str, given: object) -> Claim:
        one = fields(given, ("about", "claim", "verdict"), ("row", "values"))
        gone = name in self.killed
        claim, owed = self._gone(name) if gone else self._same(name)
        good, bad = ("killed", "alive") if gone else ("independent", "changes")
        found, word = {"about": name, "claim": claim}, plain_word(one["verdict"])
        if word == good:
            return found | {"verdict": self.judging.word(one["verdict"], owed)}
        if word == bad:
            shown = {key: one.get(key) for key in ("row", "values")}
            self._check_gone(name, shown) if gone else self._check_same(name, shown)
            return found | {"verdict": word} | shown
        if word != "undecided":
            raise AnswerWrong(f"{name}: {word[:40]!r} is no verdict of it")
        return found | {"verdict": word}

    # What should be gone ------------------------------------------------------------------------

    def _gone(self, name: str) -> tuple[str, Obligation]:
        def build() -> Graph:
            it = Formula(self.case)
            signals = it.network()
            it.counts(signals)
            graph = self.cut.graph(self.logic, [self._bit(name)])
            made = it.copy(graph, signals | it.inputs(self._free(graph)))
            it.require(made[self._bit(name)])
            return it.graph()

        claim = f"after the cut, {name} on no input that counts"
        return claim, Obligation(f"gone {name}", claim, build)

    def _check_gone(self, name: str, shown: Claim) -> None:
        row = self.case.row(shown["row"])[None]
        (values,) = self._settings(shown["values"], 1)
        self.judging.rows += 1
        if not self.case.values(row, [self._bit(name)], self._forced(values))[0, 0]:
            raise AnswerWrong(f"the network does not confirm that {name} is alive")

    # What is kept -------------------------------------------------------------------------------

    def _same(self, name: str) -> tuple[str, Obligation]:
        def build() -> Graph:
            it = Formula(self.case)
            signals = it.network()
            it.counts(signals)
            made = []
            for held, mark in ((False, ""), (True, "'")):
                graph = self.cut.graph(self.logic, [name], held=held)
                made.append(it.copy(graph, signals | it.inputs(self._free(graph), mark))[name])
            one, other = made
            it.require(it.b.and_(one, ~other) if name.startswith(CLASS) else it.b.xor(one, other))
            return it.graph()

        claim = f"{name} never depends on what was cut"
        if name.startswith(CLASS):
            claim = f"{name} under any setting only where it is so after the cut"
        return claim, Obligation(f"kept {name}", claim, build)

    def _check_same(self, name: str, shown: Claim) -> None:
        """Under the first setting, and after the cut (which is the second, where it is free)."""
        row = self.case.row(shown["row"])[None]
        first, second = self._settings(shown["values"], 2)
        one, other = (
            int(self.case.values(row, [name], self._forced(values))[0, 0])
            for values in (first, second)
        )
        self.judging.rows += 2
        if one == other or (name.startswith(CLASS) and not one):
            raise AnswerWrong(f"the network does not confirm that {name} changes")

    def _bit(self, name: str) -> str:
        """The one bit of a behaviour."""
        return self.logic.targets(name)[0]

    # What was cut -------------------------------------------------------------------------------

    def _free(self, graph: Graph) -> tuple[str, ...]:
        return graph.input_names[len(self.logic.inputs) :]

    def _forced(self, values: Bits) -> dict[str, Bits]:
        return {name: values[at : at + 1] for at, name in enumerate(self.cut.bits)}

    def _settings(self, given: object, count: int) -> list[Bits]:
        """Values of what was cut; the last one is that of the cut, where it holds them."""
        if not isinstance(given, list) or len(given) != count:
            raise AnswerWrong(f"{str(given)[:40]!r} are not {count} settings of what was cut")
        found = [bits_of(text, len(self.cut.bits)) for text in given]
        if self.cut.to is not None and (found[-1] != np.uint8(self.cut.to)).any():
            raise AnswerWrong(f"what was cut to {self.cut.to} is shown as {given[-1]!r}")
        return found
