"""Pairs of inputs that the network itself counts again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import AnswerWrong, bits_of, texts
from gen.ask.network.forward import Forward

__all__ = ["Recount"]

Bits: TypeAlias = NDArray[np.uint8]


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
