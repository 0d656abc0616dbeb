"""The outputs of two graphs in groups, each group with the logic it needs, to be proved equal.

An activation's function is compared as a function of its section's free inputs, so a whole network
is proved section by section, in time that grows with its size.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gen.logic.cones import Cones
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
    cones = Cones(first), Cones(second)
    for chosen in _groups(cones[0], size):
        names = tuple(first.output_names[at] for at in chosen)
        others = [cones[1].places[name] for name in names]
        nodes = cones[0].nodes(chosen), cones[1].nodes(others)
        inputs = np.union1d(cones[0].inputs(chosen, nodes[0]), cones[1].inputs(others, nodes[1]))
        yield Group(
            names,
            cones[0].cut(chosen, nodes[0], inputs),
            cones[1].cut(others, nodes[1], inputs),
        )


def _groups(cones: Cones, size: int) -> Iterator[list[int]]:
    """Places of outputs, in order, in groups of `size` ANDs or more that share logic."""
    chosen: list[int] = []
    inside: set[int] = set()
    for at, root in enumerate((cones.graph.outputs >> 1).tolist()):
        if len(inside) >= size:
            own: set[int] = set()
            cones.reach(root, own, 4 * size)
            if len(own - inside) >= NEW * len(own) > 0:
                yield chosen
                chosen, inside = [], set()
        cones.reach(root, inside)
        chosen.append(at)
    if chosen:
        yield chosen
