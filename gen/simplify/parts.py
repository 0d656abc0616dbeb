"""Cutting a large graph into parts that are simplified and proved one by one, and joining them.

Every AND belongs to one part. The ANDs are put in the order in which a depth-first walk from the
outputs leaves them and the order is cut into runs, so a part reads only inputs and earlier parts,
whatever becomes of each part no cycle can arise, and cones that share logic lie together. A
part's inputs are free: parts proved equal one by one make the whole equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Builder, Graph, Signal

__all__ = ["Part", "join", "split"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """Some ANDs of a graph as one of their own.

    `inputs` and `outputs` are the nodes of the whole that the part's inputs and outputs stand for.
    """

    graph: Graph
    inputs: Ints
    outputs: Ints


def split(graph: Graph, size: int) -> list[Part]:
    """Parts of `size` ANDs or a little more, where that is possible without cutting a cone.

    A part ends where an output's cone ends; a cone of more than twice `size` is cut anyhow. ANDs
    that no output needs are left out.
    """
    order, ends = _walk(graph)
    runs = _runs(len(order), ends, size)
    owner = np.full(graph.first_and + graph.n_ands, -1, dtype=np.int64)
    for number, (start, end) in enumerate(runs):
        owner[order[start:end]] = number
    crossing = _crossing(graph, order, owner)
    used = set(np.concatenate([crossing[1], graph.outputs >> 1]).tolist())
    bounds = np.searchsorted(crossing[0], np.arange(len(runs) + 1))
    return [
        _part(graph, order[start:end], crossing[1][bounds[at] : bounds[at + 1]], used)
        for at, (start, end) in enumerate(runs)
    ]


def _walk(graph: Graph) -> tuple[Ints, list[int]]:
    """ANDs in post-order from the outputs, and how many there were when each output was done."""
    left, right = (graph.fan_in[:, side] >> 1 for side in (0, 1))
    sources = list(zip(left.tolist(), right.tolist(), strict=True))
    first = graph.first_and
    seen = bytearray(first + graph.n_ands)
    seen[:first] = b"\1" * first
    order: list[int] = []
    ends: list[int] = []
    for root in (graph.outputs >> 1).tolist():
        stack = [root]
        while stack:
            node = stack[-1]
            if seen[node]:
                stack.pop()
                continue
            a, b = sources[node - first]
            if seen[a] and seen[b]:
                seen[node] = 1
                order.append(stack.pop())
            else:
                stack.extend(n for n in (b, a) if not seen[n])
        ends.append(len(order))
    return np.array(order, dtype=np.int64), ends


def _runs(total: int, ends: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Runs of at least `size`, ending at ends of cones, none much over twice `size`."""
    runs: list[tuple[int, int]] = []
    start = 0
    for end in [*ends, total]:
        while end - start > 2 * size:
            runs.append((start, start + size))
            start += size
        if end > start and (end - start >= size or end == total):
            runs.append((start, end))
            start = end
    return runs


def _crossing(graph: Graph, order: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Which part reads which node of another part or input: pairs, by part and node."""
    fan_in = graph.fan_in[order - graph.first_and] >> 1
    reader = np.repeat(owner[order], 2)
    source = fan_in.ravel()
    outside = (owner[source] != reader) & (source > 0)
    pairs = np.unique(np.stack([reader[outside], source[outside]], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _part(graph: Graph, nodes: Ints, inputs: Ints, used: set[int]) -> Part:
    outputs = np.array([node for node in nodes.tolist() if node in used], dtype=np.int64)
    known = {0: 0} | {node: at for at, node in enumerate([*inputs.tolist(), *nodes.tolist()], 1)}
    fan_in = graph.fan_in[nodes - graph.first_and]
    own = [2 * known[literal >> 1] + (literal & 1) for literal in fan_in.ravel().tolist()]
    names = [tuple(f"{kind}{at}" for at in range(n))
             for kind, n in (("i", len(inputs)), ("o", len(outputs)))]  # fmt: skip
    ends = np.array([2 * known[node] for node in outputs.tolist()], dtype=np.int64)
    gates = np.array(own, dtype=np.int64).reshape(-1, 2)
    return Part(Graph(names[0], names[1], gates, ends), inputs, outputs)


def join(graph: Graph, parts: Sequence[Part], graphs: Sequence[Graph]) -> Graph:
    """The whole with other graphs, of the same inputs and outputs, in place of its parts.

    `parts` are all parts of a split, in order. Logic that parts have in common becomes one; a
    single part is put in as it is.
    """
    if len(parts) == 1:
        return _place(graph, parts[0], graphs[0])
    b = Builder()
    signals: dict[int, Signal] = {0: b.false}
    signals |= {node: b.input(name) for node, name in enumerate(graph.input_names, 1)}
    for part, made in zip(parts, graphs, strict=True):
        given = [signals[node] for node in part.inputs.tolist()]
        signals |= zip(part.outputs.tolist(), b.import_graph(made, given), strict=True)
    for name, literal in zip(graph.output_names, graph.outputs.tolist(), strict=True):
        b.output(name, ~signals[literal >> 1] if literal & 1 else signals[literal >> 1])
    return b.graph()


def _place(graph: Graph, part: Part, made: Graph) -> Graph:
    """The whole, of which all ANDs are those of `made`."""
    own = np.arange(graph.first_and, graph.first_and + made.n_ands)
    nodes = np.concatenate([np.zeros(1, dtype=np.int64), part.inputs, own])
    known = np.arange(graph.first_and + graph.n_ands) * 2
    known[part.outputs] = 2 * nodes[made.outputs >> 1] + (made.outputs & 1)
    fan_in = 2 * nodes[made.fan_in >> 1] + (made.fan_in & 1)
    outputs = known[graph.outputs >> 1] ^ (graph.outputs & 1)
    return Graph(graph.input_names, graph.output_names, fan_in, outputs)
