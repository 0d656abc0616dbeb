"""Is the answer monotone in a feature: two copies of the network that share all other inputs."""

from collections.abc import Sequence

import numpy as np

from gen.ask.evidence.answer import Answer, Claim, Evidence, Is, Only, Witness
from gen.ask.evidence.certificate import Copy
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Bits, Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.certify import certified
from gen.ask.questions.verdicts import bare, made, word
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding
from gen.logic.graph import Builder
from gen.logic.solver import Solver

__all__ = ["monotone"]


def monotone(
    logic: Logic,
    feature: str,
    target: str,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Whether "class=7" can only become true, or only false, while a feature (one bit, or a
    thermometer code) rises and all else stays.

    The verdict is "rising", "falling", "constant", "neither" with two pairs of inputs, or
    "undecided". Raises AskError for features without an order, and where the conditions leave the
    feature one value only: then both would hold, of nothing.
    """
    clock, region = (budget or Budget()).start(), Region(logic, conditions)
    index = logic.class_index(target)
    label = f"class={Classifier(logic).names[index]}"
    places = _ordered(logic, feature)
    encoding = Encoding()
    low = encoding.copy(logic)
    above = [encoding.clauses.new() if at in places else one for at, one in enumerate(low.inputs)]
    high = encoding.copy(logic, above)
    for copy in (low, high):
        encoding.condition(region, copy.inputs)
    for at in places:
        encoding.clauses.add(-low.inputs[at], high.inputs[at])
    bits = tuple(logic.inputs[at] for at in places)
    rows: list[Bits] = []
    claims: list[Claim] = []
    found: list[bool | None] = []
    with BoundedSolver(encoding.clauses) as asking:
        grows = [high.inputs[at] for at in places], [-low.inputs[at] for at in places]
        changes = [asking.can([up, down], clock) for up, down in zip(*grows, strict=True)]
        if not any(changes) and None not in changes:
            raise AskError(f"the conditions leave {feature} one value only: nothing can be said")
        for before, after in ((1, 0), (0, 1)):
            assumed = [low.classes[index] * (1 if before else -1)]
            assumed.append(high.classes[index] * (1 if after else -1))
            found.append(asking.can(assumed, clock))
            if found[-1]:
                first, second = len(rows), len(rows) + 1
                rows += [np.array(asking.values(c.inputs), np.uint8) for c in (low, high)]
                claims += [Is(first, label, before), Is(second, label, after)]
                claims.append(Only(first, second, bits))
    falls, rises = found
    evidence: list[Evidence] = []
    if certify:
        for holds, before in ((falls, 1), (rises, 0)):
            evidence += _one_way(logic, region, places, label, before) if holds is False else []
    words = {(True, True): "neither", (False, True): "rising", (True, False): "falling"}
    verdict = words.get((bool(falls), bool(rises)), "constant")
    return Answer(
        {"kind": "monotone", "feature": feature, "target": label},
        "undecided" if None in found else verdict,
        "SAT on neurons, two copies",
        clock.spent,
        clock.budget,
        region.conditions,
        Witness(logic.inputs, np.stack(rows), tuple(claims)) if rows else None,
        tuple(evidence),
        {"rises": word(rises, "yes", "never"), "falls": word(falls, "yes", "never")},
        bare(found.count(False), len(evidence)),
    )


def _ordered(logic: Logic, feature: str) -> list[int]:
    """The numbers of a feature's bits, each of which can only be set as the feature rises."""
    place = {name: at for at, name in enumerate(logic.inputs)}
    names = logic.names.bits(feature)
    if not set(names) <= set(place):
        raise AskError(f"{feature} is no input; monotone is asked of inputs")
    places = [place[name] for name in names]
    care = logic.care or {}
    ordered = care.get("kind") == "thermometer" and places in care["groups"]
    if len(places) > 1 and not ordered:
        raise AskError(f"{feature} is no thermometer code: ask about a single bit of it")
    return places


def _one_way(
    logic: Logic, region: Region, places: Sequence[int], name: str, before: int
) -> list[Evidence]:
    """A certificate that `name` is never `before` and then, the feature higher, the other."""
    b, graph = Builder(), logic.opened([name])
    low = [b.input(bit) for bit in logic.inputs]
    high = list(low)
    for at in places:
        high[at] = b.input(f"{logic.inputs[at]}'")
    for mark, inputs in (("", low), ("'", high)):
        b.output(f"{name}{mark}", b.import_graph(graph, inputs)[0])
    both = b.graph()
    first = {bit: at + 2 for at, bit in enumerate(logic.inputs)}
    raised = {logic.inputs[at]: len(first) + 2 + k for k, at in enumerate(places)}
    ends = [Solver.literal(one) for one in both.outputs.tolist()]
    copies = [Copy(first, {}, {name: ends[0]}), Copy(first | raised, {}, {name: ends[1]})]
    goal = [[-first[bit], above] for bit, above in raised.items()]
    goal += [[ends[0] if before else -ends[0]], [-ends[1] if before else ends[1]]]
    way = "falls" if before else "rises"
    return made(certified(f"{name} never {way} as the feature rises", both, copies, region, goal))
