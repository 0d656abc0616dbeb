"""The joined graph with every activation held apart, so that any of them is cut in no time.

Joining a sectioned graph merges nodes that are equal, and then an activation and its double are one
node: cut there, both would be free. Here each activation has a node of its own, an AND with 1 that
nothing is merged with; cutting it is a matter of renumbering.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, class_bits
from gen.logic.graph import Graph
from gen.logic.sections import cut_names

__all__ = ["Cutpoints"]

Ints = NDArray[np.int64]


class Cutpoints:
    """A network's logic, to be cut at activations; `targets` are the bits it answers with.

    Raises AskError for a "class=..." that there is not.
    """

    def __init__(self, logic: Logic, targets: Sequence[str]) -> None:
        sections = logic.sections
        self.inputs = tuple(logic.inputs)
        made = dict(zip(sections.output_names, sections.outputs.tolist(), strict=True))
        places = {name: at for at, name in enumerate(sections.input_names, 1)}
        self.activations = {name: places[name] for name in cut_names(sections)}
        self.literals = self._join(sections, made)
        self.targets = tuple(targets)
        self.ends = [
            self._class(logic, name, made) if name.startswith(CLASS) else self._end(name, made)
            for name in targets
        ]

    def freed(self, free: Sequence[str]) -> Graph:
        """The graph of the targets whose inputs are the network's, then these activation bits."""
        width, count = len(self.inputs), len(free)
        moved = 2 * np.arange(width + 1 + len(self.fan_in))
        moved[width + 1 :] += 2 * count
        for at, name in enumerate(free):
            moved[self._node(name)] = 2 * (width + 1 + at)
        fan_in = moved[self.fan_in >> 1] ^ (self.fan_in & 1)
        ends = np.array(self.ends, dtype=np.int64)
        return Graph((*self.inputs, *free), self.targets, fan_in, moved[ends >> 1] ^ (ends & 1))

    def _node(self, name: str) -> int:
        return int(self.literals[self.activations[name]]) >> 1

    def _end(self, name: str, made: dict[str, int]) -> int:
        if name in self.activations:
            return int(self.literals[self.activations[name]])
        return int(self.literals[made[name] >> 1]) ^ made[name] & 1

    def _join(self, sections: Graph, made: dict[str, int]) -> Ints:
        """Number all nodes anew, and set `fan_in`; the literal of each node of `sections`."""
        ranks = _ranks(sections, made, self.activations)
        first, total = sections.first_and, sections.first_and + sections.n_ands
        literals = np.zeros(total, dtype=np.int64)
        for at, name in enumerate(self.inputs, 1):
            literals[sections.input_names.index(name) + 1] = 2 * at
        rows: list[list[int]] = []
        own = len(self.inputs) + 1
        steps = sorted(
            [(ranks[node], 0, node) for node in range(first, total)]
            + [(ranks[made[name] >> 1], 1, node) for name, node in self.activations.items()]
        )
        names = {node: name for name, node in self.activations.items()}
        for _, cut, node in steps:
            sources = [made[names[node]], 1] if cut else sections.fan_in[node - first].tolist()
            rows.append([int(literals[one >> 1]) ^ one & 1 for one in sources])
            literals[node] = 2 * (own + len(rows) - 1)
        self.fan_in = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return literals

    def _class(self, logic: Logic, name: str, made: dict[str, int]) -> int:
        """Gates for whether the class is this one."""
        found = 1
        for bit, value in class_bits(logic.net, name):
            row = [found, self._end(bit, made) ^ 1 ^ value]
            found = 2 * (len(self.inputs) + 1 + len(self.fan_in))
            self.fan_in = np.concatenate([self.fan_in, np.array([row], dtype=np.int64)])
        return found


def _ranks(sections: Graph, made: dict[str, int], cuts: dict[str, int]) -> list[int]:
    """How many cuts lie, one behind the other, between each node and the inputs."""
    ranks = [0] * (sections.first_and + sections.n_ands)
    sources = (sections.fan_in >> 1).tolist()
    while True:
        for node, (a, b) in enumerate(sources, sections.first_and):
            ranks[node] = max(ranks[a], ranks[b])
        late = {node: ranks[made[name] >> 1] + 1 for name, node in cuts.items()}
        if all(ranks[node] == rank for node, rank in late.items()):
            return ranks
        for node, rank in late.items():
            ranks[node] = rank
