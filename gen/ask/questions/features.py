"""Which features each activation hears and which classes it serves, and how much is shared.

Two matrices of dependences, each entry shown or proved: features against activations, and
activations, cut, against classes. How many features share an activation, how many activations
share a feature, and how many classes an activation serves, measure superposition without any
meaning being given to names. Beside them stands what the wiring alone would say: paths in the
graph as melted and as simplified.
"""

from collections.abc import Sequence
from typing import Any

from gen.ask.evidence.answer import Answer, Witness, Witnesses
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.ask.questions.depends import depends
from gen.ask.search.fates import Fate, became
from gen.ask.search.pairs import supports
from gen.logic.graph import Graph
from gen.logic.sections import flatten

__all__ = ["features"]


def features(
    logic: Logic,
    layers: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    melted: Graph | None = None,
    certify: bool = False,
) -> Answer:
    """What every activation bit of these layers (default: all) hears and serves.

    Features are those of the encoder, without one the input's elements. Classes are their scores
    where the graph gives them, for through an argmax everything affects every class; else whether
    the class is that one, or without an argmax the output bits. `melted` is the sectioned graph
    before it was simplified, where there is one. `certify` adds proofs to what a solver proved.
    Raises AskError for a name that is no
    activation's.
    """
    clock = (budget or Budget()).start()
    names = logic.names.all_bits(layers) if layers else logic.activations
    wrong = next((name for name in names if name not in logic.activations), None)
    if wrong or not names:
        raise AskError(f"{wrong or 'the network'}: no activation; known: {logic.names.summary()}")
    groups = logic.features() if logic.net.meta.get("encoder") else _elements(logic)
    heard = depends(logic, groups, names, conditions, _rest(clock, 2), certify)
    served = depends(logic, names, _classes(logic), conditions, _rest(clock, 1), certify)
    fates = became(logic, names, _rest(clock, 1))
    rows = _rows(names, heard, served, fates)
    left = heard.details["undecided"] + served.details["undecided"]
    paths = {"simplified": _paths(logic, logic.sections, groups, names)}
    if melted is not None:
        paths = {"melted": _paths(logic, melted, groups, names)} | paths
    parts = [one.witness for one in (heard, served) if isinstance(one.witness, Witnesses)]
    witness: list[Witness] = [part for several in parts for part in several.parts]
    return Answer(
        {"kind": "features", "layers": list(layers)},
        f"{left} undecided" if left else "all decided",
        f"hears: {heard.method}; serves: {served.method}",
        clock.spent,
        clock.budget,
        heard.conditions,
        Witnesses(tuple(witness)) if witness else None,
        heard.certificates + served.certificates,
        {
            "activations": rows,
            "shared": _shared(rows, groups),
            "paths": paths,
            "dependences": heard.details["verdicts"].get("depends", 0),
            "undecided": left,
        },
        "; ".join(one.unchecked for one in (heard, served) if one.unchecked),
    )


def _rest(clock: Clock, parts: int) -> Budget:
    """An equal part of the time that is left, at least a tenth of a second."""
    return Budget(max(0.1, clock.left / parts), clock.budget.conflicts)


def _elements(logic: Logic) -> list[str]:
    return list(logic.names.elements("x"))


def _classes(logic: Logic) -> list[str]:
    if logic.net.decision is None:
        return [name for name in logic.flat.output_names if name not in _next(logic)]
    scores = [f"{logic.net.score}[{at}]" for at in range(logic.net.n_classes)]
    if all(name in logic.names.groups for name in scores):
        return scores
    return [f"{CLASS}{at}" for at in range(logic.net.n_classes)]


def _next(logic: Logic) -> set[str]:
    return {one.next for one in logic.registers}


def _rows(
    names: Sequence[str], heard: Answer, served: Answer, fates: Sequence[Fate]
) -> list[dict[str, Any]]:
    hears: dict[str, list[str]] = {name: [] for name in names}
    serves: dict[str, list[str]] = {name: [] for name in names}
    for pair in heard.details["pairs"]:
        if pair["verdict"] == "depends":
            hears[pair["to"]].append(pair["from"])
    for pair in served.details["pairs"]:
        if pair["verdict"] == "depends":
            serves[pair["from"]].append(pair["to"])
    return [
        fate.to_json() | {"features": hears[name], "classes": serves[name]}
        for name, fate in zip(names, fates, strict=True)
    ]


def _shared(rows: Sequence[dict[str, Any]], groups: Sequence[str]) -> dict[str, Any]:
    """Figures of how much is shared; dead features and activations count as zeros."""
    listeners = dict.fromkeys(groups, 0)
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


def _paths(logic: Logic, sections: Graph, groups: Sequence[str], names: Sequence[str]) -> int:
    """How many pairs of a feature and an activation have a path between them."""
    graph = flatten(sections, keep=names)
    reached = dict(zip(graph.output_names, supports(graph), strict=True))
    place = {name: at for at, name in enumerate(graph.input_names)}
    masks = [sum(1 << place[bit] for bit in logic.names.bits(name)) for name in groups]
    return sum(bool(reached[name] & mask) for name in names for mask in masks)
