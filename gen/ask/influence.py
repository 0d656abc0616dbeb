"""How often a change of one bit changes another.

Counted are ordered pairs of inputs that both satisfy the conditions and differ in A only (for an
activation: in the value put in its place); the influence is the share of them on which B differs.
It is exact where the inputs that matter can be listed, or a decision diagram be built; otherwise
inputs are drawn with equal chances, and an interval is given that holds the truth with the stated
confidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.answer import Answer, AnswerWrong, bits_of, texts
from gen.ask.budget import Budget
from gen.ask.conditions import Conditions, Region
from gen.ask.counting import Count
from gen.ask.depends import sources_of
from gen.ask.forward import Forward
from gen.ask.logic import Logic
from gen.ask.names import AskError
from gen.ask.pairs import Source
from gen.ask.samples import Data
from gen.console import progress

__all__ = ["influence"]

Bits: TypeAlias = NDArray[np.uint8]

RECOUNTED = 256
"""Inputs that the network itself counts again."""


@dataclass(frozen=True, eq=False)
class Recount:
    """Pairs of inputs, and on how many of them the network gives each target two values: the
    counting machinery checked on a part of what it counted."""

    inputs: Bits
    first: dict[str, Bits]
    changed: Bits
    second: dict[str, Bits]
    hits: dict[str, int]

    def check(self, forward: Forward) -> str:
        """A line that says what was checked; raises AnswerWrong."""
        one = forward(self.inputs, self.first, list(self.hits))
        two = forward(self.changed, self.second, list(self.hits))
        for (target, hits), found in zip(self.hits.items(), (one != two).sum(axis=0), strict=True):
            if found != hits:
                raise AnswerWrong(f"{target}: {found} of {len(one)} pairs differ, not {hits}")
        counted = ", ".join(f"{target} differs on {hits}" for target, hits in self.hits.items())
        return f"{counted} of {len(one)} pairs that were counted: by the network itself"

    def to_json(self) -> dict[str, Any]:
        """All of it; a row is a string of 0 and 1."""
        sides = (self.inputs, self.first), (self.changed, self.second)
        return {
            "evidence": "recount",
            "sides": [
                {"rows": texts(rows), "forced": dict(zip(more, texts(more.values()), strict=True))}
                for rows, more in sides
            ],
            "hits": self.hits,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any], width: int) -> "Recount":
        """What `to_json` wrote, of so many input bits; raises KeyError, TypeError or ValueError
        for anything else."""
        sides = []
        for side in value["sides"]:
            rows = np.array([bits_of(row, width) for row in side["rows"]], np.uint8)
            forced = {str(n): bits_of(v, len(rows)) for n, v in side["forced"].items()}
            sides.append((rows.reshape(-1, width), forced))
        one, two = sides
        hits = {str(name): int(hits) for name, hits in value["hits"].items()}
        return Recount(*one, *two, hits)


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
