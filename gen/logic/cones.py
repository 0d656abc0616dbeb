"""The logic that some outputs of a graph need, cut out without looking at the rest."""

from collections.abc import Sequence
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Graph

__all__ = ["Cones"]

Ints = NDArray[np.int64]


class Cones:
    """The cones of a graph's outputs; each question takes time in proportion to its answer."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def sources(self) -> list[tuple[int, int]]:
        """Nodes that each AND reads."""
        left, right = (self.graph.fan_in[:, side] >> 1 for side in (0, 1))
        return list(zip(left.tolist(), right.tolist(), strict=True))

    @cached_property
    def places(self) -> dict[str, int]:
        """Place of each output by its name."""
        return {name: at for at, name in enumerate(self.graph.output_names)}

    def reach(self, root: int, inside: set[int], most: float = inf) -> int:
        """Put the ANDs that a node needs, `most` at most, `inside`; how many are new there."""
        first, sources = self.graph.first_and, self.sources
        before, stack = len(inside), [root]
        while stack and len(inside) - before < most:
            node = stack.pop()
            if node >= first and node not in inside:
                inside.add(node)
                stack.extend(sources[node - first])
        return len(inside) - before

    def nodes(self, outputs: Sequence[int]) -> Ints:
        """The ANDs that these outputs, given by place, need, ascending."""
        inside: set[int] = set()
        for root in (self.graph.outputs[list(outputs)] >> 1).tolist():
            self.reach(root, inside)
        return np.array(sorted(inside), dtype=np.int64)

    def inputs(self, outputs: Sequence[int], nodes: Ints) -> Ints:
        """The input nodes that these outputs and their ANDs read, ascending."""
        fan_in = self.graph.fan_in[nodes - self.graph.first_and]
        found = np.unique(np.append(fan_in, self.graph.outputs[list(outputs)]) >> 1)
        return found[(found > 0) & (found < self.graph.first_and)]

    def cut(self, outputs: Sequence[int], nodes: Ints, inputs: Ints) -> Graph:
        """The graph with only these outputs, the ANDs they need, and these inputs."""
        graph = self.graph
        kept = np.concatenate([np.zeros(1, dtype=np.int64), inputs, nodes])
        fan_in = _renumber(graph.fan_in[nodes - graph.first_and], kept)
        ends = _renumber(graph.outputs[list(outputs)], kept)
        inputs_names = tuple(graph.input_names[node - 1] for node in inputs.tolist())
        return Graph(inputs_names, tuple(graph.output_names[at] for at in outputs), fan_in, ends)

    def select(self, names: Sequence[str]) -> Graph:
        """The graph with only these outputs, by name, and the ANDs and inputs that they need."""
        outputs = [self.places[name] for name in names]
        nodes = self.nodes(outputs)
        return self.cut(outputs, nodes, self.inputs(outputs, nodes))


def _renumber(literals: Ints, kept: Ints) -> Ints:
    return 2 * np.searchsorted(kept, literals >> 1) + (literals & 1)
