"""Evidence that no path leads from some inputs of a graph to an output, checked by another walk.

The walk goes backwards from the output, where the search went forwards from the inputs; and the
graph is compared with the network itself on random inputs, evaluated gate by gate.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gen.ask.evidence.certificate import ROWS
from gen.ask.network.forward import Forward
from gen.ask.network.names import AskError
from gen.logic.graph import Graph

__all__ = ["NoPath", "PathFound", "Walk"]


class PathFound(AskError):
    """There is a path, or the graph is not the network's."""


@dataclass(frozen=True, eq=False)
class Walk:
    """Pairs (inputs of the graph, output) without a path; of the graph's inputs, those after the
    first `width` are activation bits that are free."""

    graph: Graph
    width: int
    pairs: Sequence[tuple[Sequence[str], str]]

    def check(self, forward: Forward) -> None:
        """Raises PathFound where there is a path."""
        support = {output: self._support(output) for output in {pair[1] for pair in self.pairs}}
        for inputs, output in self.pairs:
            joined = support[output] & set(inputs)
            if joined:
                raise PathFound(f"there is a path from {min(joined)} to {output}")
        self._check_graph(forward)

    def _support(self, output: str) -> set[str]:
        graph = self.graph
        stack = [int(graph.outputs[graph.output_names.index(output)]) >> 1]
        seen = set(stack)
        while stack:
            node = stack.pop()
            if node >= graph.first_and:
                fresh = {one >> 1 for one in graph.fan_in[node - graph.first_and].tolist()} - seen
                seen |= fresh
                stack += fresh
        return {graph.input_names[node - 1] for node in seen if 0 < node < graph.first_and}

    def _check_graph(self, forward: Forward) -> None:
        graph, rng = self.graph, random.Random(0)
        drawn = [rng.getrandbits(ROWS) for _ in graph.input_names]
        every = (1 << ROWS) - 1
        nodes = [0, *drawn]
        for a, b in graph.fan_in.tolist():
            nodes.append((nodes[a >> 1] ^ every * (a & 1)) & (nodes[b >> 1] ^ every * (b & 1)))
        made = [nodes[one >> 1] ^ every * (one & 1) for one in graph.outputs.tolist()]
        rows = _bits(drawn)
        forced = dict(zip(graph.input_names[self.width :], rows.T[self.width :], strict=True))
        given = forward(rows[:, : self.width], forced, graph.output_names)
        if (given != _bits(made)).any():
            raise PathFound("the graph is not the network's: they differ on an input")


@dataclass(frozen=True)
class NoPath:
    """Walks through one graph or several, as sources need them."""

    walks: tuple[Walk, ...]

    def check(self, forward: Forward) -> str:
        """A line that says what was checked; raises PathFound."""
        for walk in self.walks:
            walk.check(forward)
        return (
            f"{self.pairs} pairs have no path in the graph, walked backwards; the graph against"
            f" the network on {ROWS} inputs"
        )

    @property
    def pairs(self) -> int:
        return sum(len(walk.pairs) for walk in self.walks)

    def to_json(self) -> dict[str, Any]:
        """The pairs, and which activation bits are free in each graph; not the graphs."""
        walks = [
            {"free": list(walk.graph.input_names[walk.width :]), "pairs": list(walk.pairs)}
            for walk in self.walks
        ]
        return {"evidence": "no path", "pairs": self.pairs, "walks": walks}


def _bits(words: list[int]) -> np.ndarray:
    """Words of ROWS bits each as bits uint8 (ROWS, words)."""
    found = [[word >> row & 1 for word in words] for row in range(ROWS)]
    return np.array(found, dtype=np.uint8).reshape(ROWS, len(words))
