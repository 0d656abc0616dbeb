"""Graphs cut at named activations: each activation is computed once and free everywhere else.

A sectioned graph has the activations both as inputs (free, for what reads them) and as outputs of
the same name (their functions). Questions about activations are asked here; joining the two sides
gives the flat graph. A graph that is cut at signals that are meant to be LUTs as well tells mapping
where these are.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Builder, Graph, GraphError, Signal

__all__ = ["CutBuilder", "cut_names", "flatten"]

Ints: TypeAlias = NDArray[np.int64]


class CutBuilder(Builder):
    """Makes a graph that is cut at every signal that is kept, once for each."""

    cuts = True

    def __init__(self, part: int | None = None) -> None:
        super().__init__(part=part)
        self._cuts: dict[int, Signal] = {}

    def kept(self, signal: Signal) -> Signal:
        """An input that stands for the signal, of the name of an output that is it."""
        node, flip = self.aig.get_node(signal), self.aig.is_complemented(signal)
        if self.aig.is_constant(node) or self.aig.is_pi(node):
            return signal
        at = self.aig.node_to_index(node)
        if at not in self._cuts:
            name = f"kept {len(self._cuts)}"
            self.output(name, ~signal if flip else signal)
            self._cuts[at] = self.input(name)
        return ~self._cuts[at] if flip else self._cuts[at]


def cut_names(sections: Graph) -> tuple[str, ...]:
    """The activations at which a sectioned graph is cut, in input order."""
    made = set(sections.output_names)
    return tuple(name for name in sections.input_names if name in made)


def flatten(sections: Graph, keep: Sequence[str] = (), free: Sequence[str] = ()) -> Graph:
    """Join a sectioned graph: every activation read is the activation made.

    Outputs are the sectioned graph's own, without the activations except those in `keep`.
    Activations in `free` stay cut: inputs after the others, which may take any value, whatever
    they are made.
    """
    cuts = set(cut_names(sections)) - set(free)
    made = dict(zip(sections.output_names, sections.outputs.tolist(), strict=True))
    joined = {node: made[name] for node, name in enumerate(sections.input_names, 1) if name in cuts}
    activations = cuts | set(free)
    wanted = [name for name in sections.output_names if name not in activations or name in keep]
    ends = np.array([made[name] for name in wanted], dtype=np.int64)
    order = _walk(sections, joined, ends)
    inputs = [name for name in sections.input_names if name not in cuts]
    literals = _literals(sections, joined, order)
    ands = sections.fan_in[order[order >= sections.first_and] - sections.first_and]
    fan_in, outputs = (literals[read >> 1] ^ (read & 1) for read in (ands, ends))
    return Graph(tuple(inputs), tuple(wanted), fan_in, outputs).hashed()


def _walk(sections: Graph, joined: Mapping[int, int], ends: Ints) -> Ints:
    """Activations and ANDs that the ends need, each after what it is made of.

    `joined` gives the literal that an activation's node is made. A stack, so depth is no limit.
    """
    first = sections.first_and
    own = [joined.get(node, 0) >> 1 for node in range(first)]
    left, right = (own + (sections.fan_in[:, side] >> 1).tolist() for side in (0, 1))
    known = bytearray(node < first and node not in joined for node in range(len(left)))
    order: list[int] = []
    open_cuts: set[int] = set()
    for end in (ends >> 1).tolist():
        stack = [end]
        while stack:
            node = stack[-1]
            a, b = left[node], right[node]
            if known[node]:
                stack.pop()
            elif known[a] and known[b]:
                known[node] = 1
                order.append(stack.pop())
            else:
                if node in open_cuts:
                    raise GraphError(
                        f"activation {sections.input_names[node - 1]!r} depends on itself"
                    )
                if node < first:
                    open_cuts.add(node)
                stack += [source for source in (a, b) if not known[source]]
    return np.array(order, dtype=np.int64)


def _literals(sections: Graph, joined: Mapping[int, int], order: Ints) -> Ints:
    """Of each node the literal in the joined graph, whose ANDs are those of `order`."""
    literals = np.zeros(sections.first_and + sections.n_ands, dtype=np.int64)
    kept = [node for node in range(1, sections.first_and) if node not in joined]
    literals[kept] = 2 * np.arange(1, len(kept) + 1)
    ands = order[order >= sections.first_and]
    literals[ands] = 2 * np.arange(len(kept) + 1, len(kept) + 1 + len(ands))
    for node in order[order < sections.first_and].tolist():
        literals[node] = literals[joined[node] >> 1] ^ (joined[node] & 1)
    return literals
