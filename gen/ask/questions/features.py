"""Which features each activation hears and which classes it serves, and how much is shared.

Two matrices of dependences, each entry shown or proved: features against activations, and
activations, cut, against classes. How many features share an activation, how many activations
share a feature, and how many classes an activation serves, measure superposition without any
meaning being given to names. Beside them stands what the wiring alone would say: paths in the
graph as melted.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.ask.questions.depends import claims_of, search_pairs
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.dependences import Pair, Search
from gen.ask.search.fates import Fate, became
from gen.ask.search.pairs import supports

__all__ = ["features"]


def features(
    logic: Logic,
    layers: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
    seed: int = 0,
) -> Answer:
    """What every activation bit of these layers (default: all) hears and serves.

    Features are those of the encoder, without one the input's elements. Classes are their scores
    where the graph gives them, for through an argmax everything affects every class; else whether
    the class is that one, or without an argmax the output bits. Whether an activation is constant
    or another's double is said of all inputs, valid or not. `certify` adds proofs to what a solver
    proved. Raises AskError for a name that is no activation's.
    """
    clock = (budget or Budget()).start()
    case = case_of(logic, conditions)
    region = Region(logic, conditions)
    names = list(logic.names.all_bits(layers) if layers else logic.activations)
    wrong = next((name for name in names if name not in logic.activations), None)
    if wrong or not names:
        raise AskError(f"{wrong or 'the network'}: no activation; known: {logic.names.summary()}")
    groups = logic.features() if logic.net.meta.get("encoder") else _elements(logic)
    classes = _classes(logic)
    heard = search_pairs(Search(logic, region, _rest(clock, 2), seed), groups, names)
    served = search_pairs(Search(logic, region, _rest(clock, 1), seed), names, classes)
    fates = became(logic, names, _rest(clock, 1).budget)
    question = {"kind": "features", "layers": names, "features": groups, "classes": classes}
    claims = {
        "heard": claims_of(heard)["pairs"],
        "served": claims_of(served)["pairs"],
        "activations": [_claim(fate) for fate in fates],
    }
    method = f"hears: {_methods(heard)}; serves: {_methods(served)}"
    notes = _notes(fates) | {"paths as simplified": _paths(logic, groups, names)}
    return finished(case, question, claims, Run(method, clock.spent, clock.budget, notes), certify)


def _rest(clock: Clock, parts: int) -> Clock:
    """A clock over an equal part of the time that is left, at least a tenth of a second."""
    return Budget(max(0.1, clock.left / parts), clock.budget.conflicts).start()


def _elements(logic: Logic) -> list[str]:
    return list(logic.names.elements("x"))


def _classes(logic: Logic) -> list[str]:
    if logic.net.decision is None:
        after = {one.next for one in logic.registers}
        outputs = list(logic.flat.output_names)
        return [name for name in outputs if name not in after] or outputs
    scores = [f"{logic.net.score}[{at}]" for at in range(logic.net.n_classes)]
    if all(name in logic.names.groups for name in scores):
        return scores
    return [f"{CLASS}{at}" for at in range(logic.net.n_classes)]


def _claim(fate: Fate) -> dict[str, Any]:
    word = "none found" if fate.value is None else "constant"
    twin = [fate.twin, fate.opposite] if fate.twin else None
    return {
        "name": fate.name,
        "constant": fate.value,
        "twin": twin,
        "fate": "twin" if twin else word,
    }


def _methods(pairs: Sequence[Pair]) -> str:
    found = Counter(pair.method for pair in pairs)
    return ", ".join(f"{method} {count}" for method, count in found.most_common())


def _notes(fates: Sequence[Fate]) -> dict[str, Any]:
    """What is left of the activations in the flat graph."""
    return {
        "gone from the flat graph": [fate.name for fate in fates if fate.flat is False],
        "not known whether in the flat graph": [one.name for one in fates if one.flat is None],
    }


def _paths(logic: Logic, groups: Sequence[str], names: Sequence[str]) -> int:
    """How many pairs of a feature and an activation have a path between them."""
    graph = logic.opened(names)
    place = {name: at for at, name in enumerate(graph.input_names)}
    masks = [sum(1 << place[bit] for bit in logic.names.bits(name)) for name in groups]
    return sum(bool(end & mask) for end in supports(graph) for mask in masks)
