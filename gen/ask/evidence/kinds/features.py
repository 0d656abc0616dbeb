"""What an answer to "what does each activation hear and serve" owes.

Two matrices of dependences, each entry shown or owed as for `depends`; that an activation is
constant, or always equal or opposite to another or to an input, is owed over all inputs, valid or
not, whatever the conditions. Where neither was found ("none found"), nothing is claimed. All
figures follow from these; the paths are those of the network's own graph.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, names_of, plain_word
from gen.ask.evidence.kinds.depends import Pairs
from gen.ask.evidence.obligations import Obligation
from gen.ask.evidence.wired import only, read_by
from gen.ask.network.names import CLASS
from gen.logic.graph import Graph

__all__ = ["NONE", "judge"]

NONE = "none found"
"""Said of an activation of which nothing is claimed."""


def judge(
    judging: Judging, question: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Verdict and details of activations' bits (`layers`), against `features` and `classes`."""
    asked = fields(question, ("kind", "layers", "features", "classes"))
    layers, features, classes = _names(judging, asked)
    fates = Fates(judging, layers)
    heard = Pairs(judging, features, layers).judged(details.get("heard"))
    served = Pairs(judging, layers, classes).judged(details.get("served"))
    rows = _rows(layers, heard, served, fates.judged(details.get("activations")))
    left = sum(plain_word(pair["verdict"]) == "undecided" for pair in (*heard, *served))
    verdict = judging.overall(f"{left} undecided" if left else "all decided", 2)
    return verdict, {
        "activations": rows,
        "heard": heard,
        "served": served,
        "shared": _shared(rows, features),
        "paths": _paths(judging, features, layers),
        "dependences": sum(len(row["features"]) for row in rows),
        "undecided": left,
    }


def _names(judging: Judging, asked: Mapping[str, Any]) -> list[list[str]]:
    """The names asked about; raises AnswerWrong where features are no inputs, or classes are."""
    found = [names_of(asked[key]) for key in ("layers", "features", "classes")]
    names, inputs = judging.case.logic.names, set(judging.case.logic.inputs)
    if not set(names.all_bits(found[1])) <= inputs:
        raise AnswerWrong("a feature that is no input")
    if set(names.all_bits([one for one in found[2] if not one.startswith(CLASS)])) & inputs:
        raise AnswerWrong("a class that is an input: nothing in the network affects it")
    return found


class Fates:
    """What some activations always are; raises AnswerWrong for names of anything else."""

    def __init__(self, judging: Judging, layers: Sequence[str]) -> None:
        self.judging, self.logic, self.layers = judging, judging.case.logic, layers
        self.activations, self.inputs = set(self.logic.activations), set(self.logic.inputs)
        wrong = next((name for name in layers if name not in self.activations), None)
        if wrong is not None:
            raise AnswerWrong(f"{wrong[:40]!r} is no activation's bit")
        self._graph: Graph | None = None

    def judged(self, given: object) -> list[dict[str, Any]]:
        """Of every activation what it is, as it must be said."""
        if not isinstance(given, list) or len(given) != len(self.layers):
            raise AnswerWrong(f"the answer is not about {len(self.layers)} activations")
        return [self._fate(*both) for both in zip(self.layers, given, strict=True)]

    def _fate(self, name: str, given: object) -> dict[str, Any]:
        one = fields(given, ("name", "constant", "twin", "fate"), ("features", "classes"))
        word, value, twin = plain_word(one["fate"]), one["constant"], one["twin"]
        if word == NONE and value is None and twin is None:
            return {"constant": None, "twin": None, "fate": NONE}
        if word == "constant" and type(value) is int and value in (0, 1) and twin is None:
            said = self.judging.word(one["fate"], self._owed(name, f"is always {value}", value))
            return {"constant": value, "twin": None, "fate": said}
        if word == "twin" and value is None and self._is_twin(name, twin):
            how = "the complement of" if twin[1] else "equal to"
            owed = self._owed(name, f"is {how} {twin[0]}", int(twin[1]), twin[0])
            return {"constant": None, "twin": twin, "fate": self.judging.word(one["fate"], owed)}
        raise AnswerWrong(f"{name}: {word[:40]!r} is not what it could be")

    def _is_twin(self, name: str, twin: object) -> bool:
        if not isinstance(twin, list) or len(twin) != 2 or type(twin[1]) is not bool:
            return False
        known = isinstance(twin[0], str) and twin[0] in self.activations | self.inputs
        return known and twin[0] != name

    def _owed(self, name: str, said: str, value: int, twin: str = "") -> Obligation:
        """That an activation is always the value, or the twin (with `value` 1 its complement)."""

        def build() -> Graph:
            made = Formula(self.judging.case)
            signals = made.network()
            bits = [name, twin] if twin in self.activations else [name]
            parts = [made.copy(only(self._opened(twin), bit), signals) for bit in bits]
            signals |= {bit: part[bit] for bit, part in zip(bits, parts, strict=True)}
            wrong = made.b.xor(signals[name], signals[twin]) if twin else signals[name]
            made.require_value(wrong, 1 - value)
            return made.graph()

        return Obligation(f"{name} {said}", f"{name} {said}, for every input", build)

    def _opened(self, more: str) -> Graph:
        """The network's graph with the activations as outputs."""
        wanted = [*self.layers, *([more] if more in self.activations else [])]
        if self._graph is None or not set(wanted) <= set(self._graph.output_names):
            known = self._graph.output_names if self._graph is not None else ()
            self._graph = self.logic.opened(list(dict.fromkeys([*known, *wanted])))
        return self._graph


def _rows(
    layers: Sequence[str],
    heard: Sequence[Mapping[str, Any]],
    served: Sequence[Mapping[str, Any]],
    fates: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """What is known of each activation."""
    hears: dict[str, list[str]] = {name: [] for name in layers}
    serves: dict[str, list[str]] = {name: [] for name in layers}
    for pair in heard:
        if pair["verdict"] == "depends":
            hears[pair["to"]].append(pair["from"])
    for pair in served:
        if pair["verdict"] == "depends":
            serves[pair["from"]].append(pair["to"])
    return [
        {"name": name, "features": hears[name], "classes": serves[name], **fate}
        for name, fate in zip(layers, fates, strict=True)
    ]


def _shared(rows: Sequence[Mapping[str, Any]], features: Sequence[str]) -> dict[str, Any]:
    """Figures of how much is shared; dead features and activations count as zeros."""
    listeners = dict.fromkeys(features, 0)
    for row in rows:
        for name in row["features"]:
            listeners[name] += 1
    return {
        "features per activation": _figures([len(row["features"]) for row in rows]),
        "activations per feature": _figures(list(listeners.values())),
        "classes per activation": _figures([len(row["classes"]) for row in rows]),
        "unheard features": [name for name, count in listeners.items() if not count],
    }


def _figures(counts: Sequence[int]) -> dict[str, float]:
    mean = round(sum(counts) / len(counts), 3)
    return {"mean": mean, "least": min(counts), "most": max(counts)}


def _paths(judging: Judging, features: Sequence[str], layers: Sequence[str]) -> int:
    """How many pairs of a feature and an activation have a path between them."""
    logic = judging.case.logic
    read = read_by(logic.opened(layers))
    groups = [set(logic.names.bits(name)) for name in features]
    return sum(bool(read[name] & group) for name in layers for group in groups)
