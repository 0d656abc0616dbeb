"""How often a change of one bit changes another.

Counted are ordered pairs of inputs that both satisfy the conditions and differ in A only (for an
activation: in the value put in its place); the influence is the share of them on which B differs.
It is exact where the inputs that matter can be listed, or a decision diagram be built; otherwise
inputs are drawn with equal chances, and an interval is given that holds the truth with the stated
confidence.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer
from gen.ask.evidence.recount import Recount
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.depends import sources_of
from gen.ask.search.counting import Count
from gen.ask.search.pairs import Source
from gen.console import progress

__all__ = ["influence"]

Bits: TypeAlias = NDArray[np.uint8]

RECOUNTED = 256
"""Inputs that the network itself counts again."""


def influence(
    logic: Logic,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    data: Data | None = None,
    confidence: float = 0.99,
    seed: int = 0,
) -> Answer:
    """How often a change of each source (inputs, activations; default: every input bit) changes
    each target (single bits, "class=7"; default: every output bit), and how often on `data`.

    Raises AskError for unknown names, targets of several bits, and contradictory conditions.
    """
    if not 0 < confidence < 1:
        raise AskError(f"a confidence of {confidence}: it lies between 0 and 1")
    clock = (budget or Budget()).start()
    region = Region(logic, conditions)
    names = [bit for name in targets or logic.flat.output_names for bit in logic.targets(name)]
    found = sources_of(logic, sources or logic.inputs, {name: (name,) for name in names})
    count = Count(logic, region, clock, confidence, seed)
    pairs: list[dict[str, Any]] = []
    for source in progress(found, label="influence"):
        pairs += count.of(source)
        if data is not None:
            for pair, seen in zip(pairs[-len(names) :], count.on(source, data.bits), strict=True):
                pair["data"] = seen
    methods = sorted({pair["method"] for pair in pairs})
    exact = all(pair["low"] == pair["high"] for pair in pairs)
    one = pairs[0]
    most = max(range(len(pairs)), key=lambda at: pairs[at]["influence"] or 0) // len(names)
    left = sum(pair["influence"] is None for pair in pairs)
    verdict = "exact" if exact else "estimated"
    if len(pairs) == 1 and not left:
        verdict = f"{one['influence']:.4g}"
    return Answer(
        {"kind": "influence", "from": list(sources), "to": list(targets)},
        verdict,
        ", ".join(methods),
        clock.spent,
        clock.budget,
        region.conditions,
        certificates=(_recount(count, found[most]),),
        details={
            "pairs": pairs,
            "confidence": confidence,
            "samples": len(count.rows),
            "undecided": left,
            "data": data.name if data else None,
        },
        unchecked="counts beyond the pairs that were counted again",
    )


def _recount(count: Count, source: Source) -> Recount:
    """Some pairs of one source, that of the greatest influence, for the network itself to count
    again."""
    first, second, hits = count.drawn(source, RECOUNTED)
    width, names = len(count.region.inputs), source.graph.input_names
    forced = [dict(zip(names[width:], side.T[width:], strict=True)) for side in (first, second)]
    counted = dict(zip(source.graph.output_names, hits.tolist(), strict=True))
    return Recount(first[:, :width], forced[0], second[:, :width], forced[1], counted)
