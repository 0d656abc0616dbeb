"""What an answer to "how often does a change of A change B" owes.

Every share is counted again on the network's own graph: by listing or by a diagram where the
answer says that it is exact, on the same drawn sample where it is an estimate, whose interval
follows from the counts (Hoeffding's, by relative entropy, "Probability inequalities for sums of
bounded random variables", 1963: never too narrow). That a change never reaches B is owed as for
`depends`. An exact share that is too much to count again says so in its method.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from gen.ask.evidence.case import AnswerWrong, Bits
from gen.ask.evidence.counts import Counts, Tally, counts_of
from gen.ask.evidence.judging import NOT_CHECKED, Judging, fields, names_of, plain_word
from gen.ask.evidence.kinds.depends import Pairs
from gen.ask.network.names import AskError
from gen.ask.network.sources import Source
from gen.logic.evaluate import evaluate, unpack_vectors

__all__ = ["interval", "judge"]

ASKED = ("kind", "from", "to", "confidence", "seed", "samples", "data")
EXACT = ("listed", "diagram")
CERTAIN = 1 - 1e-9
"""Confidence of the interval that a share must lie in although it cannot be counted again."""
SHOWN = 256
"""Pairs of one source that go through the network itself."""


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of pairs, each of `from` with each bit of `to`, in order."""
    shares = Shares(judging, fields(question, ASKED))
    found = shares.judged(details.get("pairs"))
    shares.show(found)
    methods = [plain_word(pair["method"]) for pair in found]
    left = [pair["influence"] is None for pair in found]
    stuck = methods.count("cannot change")
    return _verdict(found, methods, judging), {
        "pairs": found,
        "samples": len(shares.counts.draws.rows) if "sampled" in methods else 0,
        "rows of data": None if shares.rows is None else len(shares.rows),
        "cannot change": stuck,
        "undecided": sum(left) - stuck,
    }


class Shares(Pairs):
    """The influence of some sources on some single bits."""

    def __init__(self, judging: Judging, asked: Mapping[str, Any]) -> None:
        given = set(judging.case.logic.inputs) & set(names_of(asked["to"]))
        if given:
            raise AskError(f"{min(given)} is an input: nothing in the network affects it")
        super().__init__(judging, asked["from"], asked["to"])
        several = next((name for name, bits in self.wanted.items() if bits != (name,)), None)
        if several:
            raise AskError(f"{several} is no single bit; influence is counted on one")
        self.confidence = asked["confidence"]
        if type(self.confidence) is not float or not 0 < self.confidence < 1:
            raise AskError(f"a confidence of {str(self.confidence)[:20]}: it lies between 0 and 1")
        self.counts: Counts = counts_of(self.case, asked["samples"], asked["seed"])
        self.rows = self._data(asked["data"])

    def judged(self, given: object) -> list[dict[str, Any]]:
        """The pairs as they must be said; raises AnswerWrong where they cannot be so."""
        expected = [(a, b) for a in self.sources.values() for b in self.wanted]
        if not isinstance(given, list) or len(given) != len(expected):
            raise AnswerWrong(f"the answer is not about {len(expected)} pairs, as the question is")
        return [
            self._share(source, target, one)
            for (source, target), one in zip(expected, given, strict=True)
        ]

    def show(self, pairs: list[dict[str, Any]]) -> None:
        """Run drawn pairs of the source of the greatest influence through the network itself:
        it must give what its graph gives, which everything is counted in."""
        most = max(range(len(pairs)), key=lambda at: pairs[at]["influence"] or 0)
        source, targets = self.sources[pairs[most]["from"]], list(self.wanted)
        first, second, kept = self.counts.draws.pairs(source)
        count, width = len(self.counts.draws.rows), len(self.case.logic.inputs)
        chosen = np.flatnonzero(unpack_vectors(kept[None], count)[:, 0])[:SHOWN]
        for side in (first, second):
            rows: Bits = unpack_vectors(side, count)[chosen]
            forced = {name: rows[:, width + at] for at, name in enumerate(source.cut)}
            made = self.case.values(rows[:, :width], targets, forced)
            if (made != evaluate(source.graph, rows)).any():
                raise AnswerWrong(f"{source.name}: the network does not give what its graph gives")
        self.judging.rows += 2 * len(chosen)

    def _data(self, name: object) -> Bits | None:
        """The rows of the data that satisfy the conditions; None where none were asked about."""
        if name is None:
            return None
        data = self.case.data
        if data is None or data.name != name:
            raise AnswerWrong(f"the network is not of the data {str(name)[:40]!r}")
        return data.bits[self.case.region.holds(data.bits)]

    def _share(self, source: Source, target: str, given: object) -> dict[str, Any]:
        one = fields(
            given,
            ("from", "to", "method"),
            ("hits", "tried", "influence", "low", "high", "data"),
        )
        found = {"from": source.name, "to": target} | self._counted(source, target, one)
        if self.rows is None:
            return found
        data = self._remembered(source)
        tally = None if data is None else [data[0][list(self.wanted).index(target)], data[1]]
        return found | {"data": tally}

    def _counted(self, source: Source, target: str, one: Mapping[str, Any]) -> dict[str, Any]:
        word = plain_word(one["method"])
        if word == "independent":
            said = self.judging.word(one["method"], self._independent(source, target))
            if said != word:
                self._check_likely(source, target, 0.0)
            return _figures(said, 0.0, 0.0, 0.0)
        if word == "cannot change":
            return _figures(self._no_change(source, target, one["method"]), None, None, None)
        if word in EXACT:
            return self._exact(source, target, one)
        if word == "sampled":
            return self._sampled(source, target, one)
        if word == "undecided":
            return _figures(word, None, 0.0, 1.0)
        raise AnswerWrong(f"{source.name} -> {target}: {word[:40]!r} is no way of counting")

    def _no_change(self, source: Source, target: str, said: object) -> str:
        if not source.cut and self.counts.space.size(source.places) == 1:
            return "cannot change"
        exact = self.counts.exact(source, target)
        if exact is None and not source.cut:
            return self.judging.word(said, self._stuck(source))
        if exact is None or exact[1] is not None:
            raise AnswerWrong(f"{source.name} can change, contrary to the answer")
        return "cannot change"

    def _exact(self, source: Source, target: str, one: Mapping[str, Any]) -> dict[str, Any]:
        exact, said = self.counts.exact(source, target), _fraction(source, target, one)
        if exact is None:
            self._check_likely(source, target, float(said))
            method, share = plain_word(one["method"]) + NOT_CHECKED, said
        elif exact[1] != said:
            raise AnswerWrong(
                f"{source.name} -> {target}: {str(said)[:40]} of the changes change it, says the"
                f" answer; counted again, {str(exact[1])[:40]}"
            )
        else:
            method, share = exact[0], said
        value = float(share)
        return _figures(method, value, value, value, share.numerator, share.denominator)

    def _check_likely(self, source: Source, target: str, share: float) -> None:
        """Raise AnswerWrong where the drawn sample speaks against a share that is not checked."""
        counted, tried = self.counts.sampled(source)
        hits = int(counted[list(self.wanted).index(target)])
        low, high = interval(hits, tried, CERTAIN)
        if not low <= share <= high:
            raise AnswerWrong(
                f"{source.name} -> {target}: {hits} of {tried} drawn changes change it, which a"
                f" share of {share:.4g} does not give"
            )

    def _sampled(self, source: Source, target: str, one: Mapping[str, Any]) -> dict[str, Any]:
        counted, tried = self.counts.sampled(source)
        hits = int(counted[list(self.wanted).index(target)])
        if (one.get("hits"), one.get("tried")) != (hits, tried):
            raise AnswerWrong(
                f"{source.name} -> {target}: of the drawn sample {hits} of {tried} changes change"
                f" it, not {str(one.get('hits'))[:20]} of {str(one.get('tried'))[:20]}"
            )
        low, high = interval(hits, tried, self.confidence)
        low, high = math.floor(low * 1e6) / 1e6, math.ceil(high * 1e6) / 1e6
        return _figures("sampled", hits / tried if tried else None, low, high, hits, tried)

    def _remembered(self, source: Source) -> Tally | None:
        """What is counted on the data, once for all targets of a source."""
        if not hasattr(self, "_on") or self._on[0] is not source:
            assert self.rows is not None
            self._on: tuple[Source, Tally | None] = source, self.counts.on(source, self.rows)
        return self._on[1]


def interval(hits: int, tried: int, confidence: float) -> tuple[float, float]:
    """Ends between which the chance of a hit lies, given independent trials; (0, 1) without any."""
    if not tried:
        return 0.0, 1.0
    seen, bound = hits / tried, math.log(2 / (1 - confidence)) / tried
    return _end(seen, 0.0, bound), _end(seen, 1.0, bound)


def _end(seen: float, far: float, bound: float) -> float:
    """The farthest chance whose relative entropy from what was seen is within the bound."""
    near = seen
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if _entropy(seen, middle) <= bound else (near, middle)
    return far


def _entropy(p: float, q: float) -> float:
    parts = [(p, q), (1 - p, 1 - q)]
    return sum(a * math.log(a / b) if b else math.inf for a, b in parts if a)


def _figures(
    method: str,
    share: float | None,
    low: float | None,
    high: float | None,
    hits: int = 0,
    tried: int = 0,
) -> dict[str, Any]:
    figures = {"influence": share, "low": low, "high": high, "hits": hits, "tried": tried}
    return figures | {"method": method}


def _fraction(source: Source, target: str, one: Mapping[str, Any]) -> Fraction:
    """The share that an answer says."""
    hits, tried = one.get("hits"), one.get("tried")
    if type(hits) is not int or type(tried) is not int or not 0 <= hits <= tried or not tried:
        raise AnswerWrong(f"{source.name} -> {target}: no share of changes")
    return Fraction(hits, tried)


def _verdict(pairs: list[dict[str, Any]], methods: list[str], judging: Judging) -> str:
    """The share, where there is one pair; else whether all shares are exact. It says how many
    were not checked."""
    bare = sum(pair["method"].endswith(NOT_CHECKED) for pair in pairs)
    if len(pairs) == 1:
        share = pairs[0]["influence"]
        word = "undecided" if methods[0] == "sampled" else methods[0]
        word = word if share is None else f"{share:.4g}"
        sampled = ", estimated" if methods[0] == "sampled" and share is not None else ""
        return word + sampled + (NOT_CHECKED if bare else "")
    left = sum(pair["influence"] is None for pair in pairs) - methods.count("cannot change")
    word = f"{left} undecided" if left else "estimated" if "sampled" in methods else "exact"
    return f"{word}, {bare} not checked" if bare else word
