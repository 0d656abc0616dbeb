"""Whether two functions of few inputs are the same, by all values of these inputs."""

from gen.logic.cones import Cones

__all__ = ["MOST", "same_listed"]

MOST = 16
"""Inputs that are listed: tables of 65,536 bits, a microsecond or two for each AND of a cone."""


def same_listed(cones: Cones, one: int, other: int) -> bool | None:
    """Whether two outputs, by place, are equal; None where they read more inputs than MOST."""
    nodes = cones.nodes((one, other))
    inputs = cones.inputs((one, other), nodes).tolist()
    if len(inputs) > MOST:
        return None
    graph = cones.graph
    rows = 1 << len(inputs)
    every = (1 << rows) - 1
    tables = {0: 0}
    for at, node in enumerate(inputs):
        # 0 and 1 in turn, 2^at rows each.
        tables[node] = every // ((1 << (1 << at)) + 1) << (1 << at)
    for node in nodes.tolist():
        left, right = (
            tables[literal >> 1] ^ (every if literal & 1 else 0)
            for literal in graph.fan_in[node - graph.first_and].tolist()
        )
        tables[node] = left & right
    first, second = (int(graph.outputs[place]) for place in (one, other))
    return tables[first >> 1] ^ tables[second >> 1] == (every if (first ^ second) & 1 else 0)
