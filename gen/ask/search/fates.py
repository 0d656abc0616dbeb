"""What became of activations in the flat graph: kept, merged with another, constant, or gone.

Passes do not keep track of names. Values on random inputs say which nodes of the flat graph an
activation may be equal to, up to complement, and a SAT solver confirms it; where it finds an input
that tells the two apart, that input joins the others. An activation whose values no node has is
gone for certain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.budget import Budget, Clock
from gen.ask.network.logic import Logic
from gen.ask.search.pairs import SLICE
from gen.data.care import random_bits
from gen.logic.evaluate import evaluate_nodes, pack_vectors
from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["Fate", "became"]

Bits: TypeAlias = NDArray[np.uint8]

VECTORS = 4096


@dataclass(frozen=True)
class Fate:
    """What an activation bit is: `value` where it is constant; `twin` an input or an earlier
    activation that it equals (`opposite`: whose complement it is); `flat` whether a node of the
    flat graph still computes it, or its complement. None where the budget ran out."""

    name: str
    value: int | None = None
    twin: str | None = None
    opposite: bool = False
    flat: bool | None = True

    def __str__(self) -> str:
        if self.value is not None:
            return f"{self.name} is always {self.value}"
        said = "undecided" if self.flat is None else "kept" if self.flat else "gone"
        if self.twin:
            relation = "the complement of" if self.opposite else "merged with"
            return f"{self.name} is {relation} {self.twin}"
        return f"{self.name}: {said}"

    def to_json(self) -> dict[str, Any]:
        twin = [self.twin, self.opposite] if self.twin else None
        return {"name": self.name, "constant": self.value, "twin": twin, "in_flat": self.flat}


def became(logic: Logic, names: Sequence[str] = (), budget: Budget | None = None) -> list[Fate]:
    """The fate of these activations' bits (default: all), over all inputs, valid or not. A twin is
    looked for among all activations."""
    clock = (budget or Budget()).start()
    return _Joint(logic, logic.opened(logic.activations)).fates(names or logic.activations, clock)


class _Joint:
    """The flat graph's nodes, and after them those that compute the activations."""

    def __init__(self, logic: Logic, inner: Graph) -> None:
        flat = self.flat = logic.flat
        self.logic = logic

        def moved(literals: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.where(literals >> 1 >= inner.first_and, literals + 2 * flat.n_ands, literals)

        self.graph = Graph(
            flat.input_names,
            inner.output_names,
            np.concatenate([flat.fan_in, moved(inner.fan_in)]),
            moved(inner.outputs),
        )
        self.rows = random_bits(flat.n_inputs, VECTORS, 0, None)

    def fates(self, names: Sequence[str], clock: Clock) -> list[Fate]:
        """Guess from values, ask, and guess again with what told them apart."""
        known: dict[int, int | None] = {}  # place -> node that it was proved to equal
        every = self.graph.output_names
        wanted = [every.index(name) for name in names]
        with Solver(self.graph) as solver:
            while True:
                first = self._first()
                asked = {first[at][0] for at in wanted}
                apart = []
                for at, literal in enumerate(self.graph.outputs.tolist()):
                    node, flip = first[at]
                    if node is None or node not in asked or at in known:
                        continue
                    answer = self._equal(solver, literal, node << 1 | flip, clock)
                    if answer is False:
                        apart.append(solver.witness())
                    else:
                        known[at] = node if answer else None
                if not apart:
                    return [self._fate(at, every, first, known) for at in wanted]
                self.rows = np.concatenate([self.rows, np.stack(apart)])

    def _first(self) -> list[tuple[int | None, int]]:
        """For each activation, the first node of the flat graph or of an earlier activation with
        its values, and whether they are the complement's; None without any."""
        values = evaluate_nodes(self.graph, pack_vectors(self.rows))
        if len(self.rows) % 64:
            values[:, -1] &= np.uint64((1 << len(self.rows) % 64) - 1)
        mask = pack_vectors(np.ones((len(self.rows), 1), np.uint8))[0]
        flips = (values[:, 0] & np.uint64(1)).astype(int).tolist()
        keys: dict[bytes, int] = {}
        flat_nodes = self.flat.first_and + self.flat.n_ands
        found: list[tuple[int | None, int]] = []

        def key(node: int) -> bytes:
            return (values[node] ^ mask if flips[node] else values[node]).tobytes()

        for node in range(flat_nodes):
            keys.setdefault(key(node), node)
        for literal in self.graph.outputs.tolist():
            node = literal >> 1
            other = keys.get(key(node))
            found.append((other, 0 if other is None else flips[node] ^ flips[other] ^ literal & 1))
            if other is None:
                keys[key(node)] = node
        return found

    def _equal(self, solver: Solver, one: int, other: int, clock: Clock) -> bool | None:
        spent = 0
        while spent < clock.budget.conflicts and not clock.over:
            answer = solver.equal(one, other, SLICE)
            if answer is not None:
                return answer
            spent += SLICE
        return None

    def _fate(
        self,
        at: int,
        names: Sequence[str],
        first: Sequence[tuple[int | None, int]],
        known: dict[int, int | None],
    ) -> Fate:
        node, flip = first[at]
        if node is None:
            return Fate(names[at], flat=False)
        if known[at] is None:
            return Fate(names[at], flat=None)
        if node == 0:
            return Fate(names[at], value=flip)
        if node < self.flat.first_and:
            return Fate(names[at], twin=self.flat.input_names[node - 1], opposite=bool(flip))
        twin = next((other for other in range(at) if known.get(other) == node), None)
        inner = node >= self.flat.first_and + self.flat.n_ands
        if inner:
            ends = (self.graph.outputs >> 1).tolist()
            twin = ends.index(node)
            flip ^= int(self.graph.outputs[twin]) & 1
        elif twin is not None:
            flip ^= first[twin][1]
        name = None if twin is None else names[twin]
        return Fate(names[at], twin=name, opposite=bool(flip) and twin is not None, flat=not inner)
