"""One element of an activation alone: which codes it depends on, and its value for them.

Between activations the integer network is followed back from the element, so the cost is that of
its own few terms and not of its layer.
"""

from collections.abc import Mapping

import numpy as np

from gen.intnet.network import IntNet
from gen.intnet.node import Integers, Node

__all__ = ["Cut", "cut_signals", "element_value", "support", "wanted"]

Cut = tuple[str, int]
"""A code where the graph is cut: signal and element."""


def cut_signals(net: IntNet) -> tuple[str, ...]:
    """The signals that are free inputs of the sectioned graph: input, states, activations."""
    states = tuple(state.name for state in net.states)
    return ("x", *states, *(node.name for node in net.activations))


def support(net: IntNet, name: str, element: int) -> list[Cut]:
    """The codes that an element of a node is computed from, each once."""
    found = wanted(net, name, element)
    sources = (source for source in cut_signals(net) if source in found and source != name)
    return [(source, one) for source in sources for one in found[source]]


def wanted(net: IntNet, name: str, element: int) -> dict[str, dict[int, None]]:
    """Elements of every signal that the element is computed from, as far back as the cuts."""
    cuts = {*cut_signals(net)} - {name}
    found: dict[str, dict[int, None]] = {name: {element: None}}
    for node in reversed(net.nodes):
        if node.name in cuts or node.name not in found:
            continue
        for one in found[node.name]:
            for source, read in zip(node.inputs, _part(net, node, one)[0], strict=True):
                found.setdefault(source, {}).update(dict.fromkeys(read.tolist()))
    return found


def _part(net: IntNet, node: Node, element: int) -> tuple[list[Integers], Node]:
    return node.part(element, [net.signals[source].size for source in node.inputs])


def element_value(net: IntNet, name: str, element: int, codes: Mapping[Cut, Integers]) -> Integers:
    """The element's values (vectors,) for the codes (vectors,) of its support."""
    cuts, needed = {*cut_signals(net)} - {name}, wanted(net, name, element)
    count = len(next(iter(codes.values()), np.zeros(1)))
    values = dict(codes)
    for node in net.nodes:
        if node.name in cuts:
            continue
        for one in needed.get(node.name, ()):
            read, part = _part(net, node, one)
            given = [
                _columns([values[source, at] for at in elements.tolist()], count)
                for source, elements in zip(node.inputs, read, strict=True)
            ]
            values[node.name, one] = part.apply(given).reshape(count)
    return values[name, element]


def _columns(values: list[Integers], count: int) -> Integers:
    return np.stack(values, axis=1) if values else np.zeros((count, 0), np.int64)
