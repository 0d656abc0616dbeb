"""The outputs of two graphs in groups, each group with the logic it needs, to be proved equal.

An activation's function is compared as a function of its section's free inputs, so a whole network
is proved section by section, in time that grows with its size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Graph

__all__ = ["Group", "group_outputs"]

NEW = 0.5
"""An output joins a full group only if less than this share of its logic is new there."""


@dataclass(frozen=True)
class Group:
    """Outputs by name, and the same outputs in two graphs, over the inputs that either reads."""

    names: tuple[str, ...]
    first: Graph
    second: Graph


def group_outputs(first: Graph, second: Graph, size: int) -> Iterator[Group]:
    """All outputs of two graphs of one interface, `size` ANDs of the first at a time or more."""
    cones = _Cones(first), _Cones(second)
    place = {name: at for at, name in enumerate(second.output_names)}
    for chosen in cones[0].groups(size):
        names = tuple(first.output_names[at] for at in chosen)
        others = [place[name] for name in names]
        nodes = cones[0].nodes(chosen), cones[1].nodes(others)
        inputs = np.union1d(cones[0].read(chosen, nodes[0]), cones[1].read(others, nodes[1]))
        yield Group(
            names,
            cones[0].cut(chosen, nodes[0], inputs),
            cones[1].cut(others, nodes[1], inputs),
        )


class _Cones:
    """The cones of a graph's outputs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def sources(self) -> list[tuple[int, int]]:
        """Nodes that each AND reads."""
        left, right = (self.graph.fan_in[:, side] >> 1 for side in (0, 1))
        return list(zip(left.tolist(), right.tolist(), strict=True))

    def _reach(self, root: int, inside: set[int], most: float = inf) -> int:
        """Put ANDs that a node needs, `most` at most, `inside`; how many were not there yet."""
        first, sources = self.graph.first_and, self.sources
        before, stack = len(inside), [root]
        while stack and len(inside) - before < most:
            node = stack.pop()
            if node >= first and node not in inside:
                inside.add(node)
                stack.extend(sources[node - first])
        return len(inside) - before

    def groups(self, size: int) -> Iterator[list[int]]:
        """Places of outputs, in order, in groups of `size` ANDs or more that share logic."""
        chosen: list[int] = []
        inside: set[int] = set()
        for at, root in enumerate((self.graph.outputs >> 1).tolist()):
            if len(inside) >= size:
                own: set[int] = set()
                self._reach(root, own, 4 * size)
                if len(own - inside) >= NEW * len(own) > 0:
                    yield chosen
                    chosen, inside = [], set()
            self._reach(root, inside)
            chosen.append(at)
        if chosen:
            yield chosen

    def nodes(self, outputs: Sequence[int]) -> NDArray[np.int64]:
        """The ANDs that these outputs need, ascending."""
        inside: set[int] = set()
        for root in (self.graph.outputs[list(outputs)] >> 1).tolist():
            self._reach(root, inside)
        return np.array(sorted(inside), dtype=np.int64)

    def read(self, outputs: Sequence[int], nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The inputs that these outputs and ANDs read, ascending."""
        fan_in = self.graph.fan_in[nodes - self.graph.first_and]
        found = np.unique(np.append(fan_in, self.graph.outputs[list(outputs)]) >> 1)
        return found[(found > 0) & (found < self.graph.first_and)]

    def cut(
        self, outputs: Sequence[int], nodes: NDArray[np.int64], inputs: NDArray[np.int64]
    ) -> Graph:
        """The graph with only these outputs, ANDs and inputs."""
        graph = self.graph
        ends = graph.outputs[list(outputs)]
        kept = np.concatenate([np.zeros(1, dtype=np.int64), inputs, nodes])
        fan_in = _renumber(graph.fan_in[nodes - graph.first_and], kept)
        names = tuple(graph.input_names[node - 1] for node in inputs.tolist())
        outs = tuple(graph.output_names[at] for at in outputs)
        return Graph(names, outs, fan_in, _renumber(ends, kept))


def _renumber(literals: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    return 2 * np.searchsorted(kept, literals >> 1) + (literals & 1)
