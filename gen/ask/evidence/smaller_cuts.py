"""Evidence that no smaller cut ends a behaviour: every smaller set of elements was tried.

For each set an input is known on which the network, with the set cut, still shows the behaviour.
The network itself is run on all of them, so that no solver has to be believed; where the sets are
too many for that, there is no such evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import AnswerWrong, Witness
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward
from gen.logic.sections import layer_of

__all__ = ["MOST", "Exhausted"]

MOST = 1 << 16
"""Sets that are tried; a network of 600 weights takes a few seconds for so many."""
CHUNK = 1 << 14


@dataclass(frozen=True, eq=False)
class Exhausted:
    """Each set of fewer than `size` of the elements (each with its bits), held at `to`, leaves a
    behaviour to be seen on one of the witness's rows."""

    elements: Mapping[str, Sequence[str]]
    to: int
    killed: Sequence[str]
    size: int
    seen: Witness
    conditions: Conditions
    care: Sequence[Any] = ()

    def check(self, forward: Forward) -> str:
        """A line that says what was checked; raises AnswerWrong for a set that no row is shown
        for."""
        self.seen.check(forward, self.conditions, self.care)
        sets = self._sets()
        count = len(sets)
        for row in self.seen.rows:
            if not len(sets):
                break
            parts = np.array_split(sets, -(-len(sets) // CHUNK))
            sets = np.concatenate([part[~self._shows(forward, row, part)] for part in parts])
        if len(sets):
            names = [n for n, cut in zip(self.elements, sets[0].tolist(), strict=True) if cut]
            raise AnswerWrong(
                f"no input shows {', '.join(self.killed)} with {', '.join(names) or 'nothing'} cut"
            )
        return (
            f"each of {count:,} sets of fewer than {self.size} elements leaves it to be seen on one"
            f" of {len(self.seen.rows)} inputs: by the network itself"
        )

    def _sets(self) -> NDArray[np.bool_]:
        """All smaller sets: (sets, elements), whether each is cut."""
        chosen = [at for k in range(self.size) for at in combinations(range(len(self.elements)), k)]
        found = np.zeros((len(chosen), len(self.elements)), bool)
        for row, at in enumerate(chosen):
            found[row, list(at)] = True
        return found

    def _shows(
        self, forward: Forward, row: NDArray[np.uint8], sets: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """On which of the cuts this input shows a behaviour. What is not cut is held at its own
        value, layer by layer, so that what is behind a cut can be cut as well."""
        rows = np.tile(row, (len(sets), 1))
        forced: dict[str, NDArray[np.uint8]] = {}
        for layer in self._layers():
            own = forward(rows, forced, [bit for bit, _ in layer])
            for (bit, at), values in zip(layer, own.T, strict=True):
                forced[bit] = np.where(sets[:, at], self.to, values).astype(np.uint8)
        return np.asarray(forward(rows, forced, list(self.killed)).any(axis=1))

    def _layers(self) -> list[list[tuple[str, int]]]:
        """The bits with their elements' numbers, layer by layer (and step by step)."""
        found: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for at, bits in enumerate(self.elements.values()):
            for bit in bits:
                key = layer_of(bit), bit.partition("@")[2]
                found.setdefault(key, []).append((bit, at))
        return list(found.values())

    def to_json(self) -> dict[str, Any]:
        """All of it; the conditions are the answer's."""
        return {
            "evidence": "exhausted",
            "elements": {name: list(bits) for name, bits in self.elements.items()},
            "to": self.to,
            "killed": list(self.killed),
            "size": self.size,
            "seen": self.seen.to_json(),
        }
