"""How often a change of one bit changes another.

Counted are ordered pairs of inputs that both satisfy the conditions and differ in A only (for an
activation: in the value put in its place); the influence is the share of them on which B differs.
It is exact where the inputs that matter can be listed, or a decision diagram be built; otherwise
inputs are drawn with equal chances, and an interval is given that holds the truth with the stated
confidence.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.network.draws import MOST_SAMPLES, Draws
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.network.sources import sources_of
from gen.ask.network.space import Space
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.counting import Count, Counted
from gen.console import progress

__all__ = ["influence"]


def influence(
    logic: Logic,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    data: Data | None = None,
    confidence: float = 0.99,
    seed: int = 0,
    samples: int = MOST_SAMPLES,
    certify: bool = False,
) -> Answer:
    """How often a change of each source (inputs, activations; default: every input bit) changes
    each target (single bits, "class=7"; default: every output bit), and how often on `data`.

    `certify` adds a proof where a change never reaches a target although there is a path. Raises
    AskError for unknown names, targets that are inputs, and contradictory conditions.
    """
    if not 0 < confidence < 1:
        raise AskError(f"a confidence of {confidence}: it lies between 0 and 1")
    clock = (budget or Budget()).start()
    case = case_of(logic, conditions, data)
    names = list(dict.fromkeys(sources or logic.inputs))
    wanted = _bits(logic, targets or logic.flat.output_names)
    found = sources_of(logic, names, {name: (name,) for name in wanted})
    draws = Draws(Space(case.logic, case.region), samples, seed)
    count = Count(logic, case.region, clock, draws)
    pairs: list[dict[str, Any]] = []
    methods: Counter[str] = Counter()
    for source in progress(found, label="influence"):
        counted = count.of(source)
        methods.update(one.method for one in counted)
        pairs += [_claim(source.name, to, one) for to, one in zip(wanted, counted, strict=True)]
    question = {"kind": "influence", "from": names, "to": wanted, "confidence": float(confidence)}
    question |= {"seed": seed, "samples": samples, "data": data.name if data else None}
    run = Run(_said(methods), clock.spent, clock.budget)
    return finished(case, question, {"pairs": pairs}, run, certify)


def _bits(logic: Logic, names: Sequence[str]) -> list[str]:
    """The single bits of targets, in order, each once."""
    bits = list(dict.fromkeys(bit for name in names for bit in logic.targets(name)))
    given = next((bit for bit in bits if bit in logic.inputs), None)
    if given:
        raise AskError(f"{given} is an input: nothing in the network affects it")
    return bits


def _claim(source: str, target: str, one: Counted) -> dict[str, Any]:
    return {
        "from": source,
        "to": target,
        "method": one.method,
        "hits": one.hits,
        "tried": one.tried,
    }


def _said(methods: Counter[str]) -> str:
    return ", ".join(f"{method} {count}" for method, count in methods.most_common())
