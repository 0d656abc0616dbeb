"""One element of an activation alone: which codes it depends on, and its value for them.

Between activations the integer network is followed back from the element, so the cost is that of
its own few terms and not of its layer.
"""

from collections.abc import Mapping

import numpy as np

from gen.intnet.network import IntNet
from gen.intnet.node import Integers

__all__ = ["Cut", "cut_signals", "element_value", "support"]

Cut = tuple[str, int]
"""A code where the graph is cut: signal and element."""


def cut_signals(net: IntNet) -> tuple[str, ...]:
    """The signals that are free inputs of the sectioned graph: input, states, activations."""
    states = tuple(state.name for state in net.states)
    return ("x", *states, *(node.name for node in net.activations))


def support(net: IntNet, name: str, element: int) -> list[Cut]:
    """The codes that an element of a node is computed from, each once."""
    found: dict[Cut, None] = {}
    for source, elements in _reads(net, name, element):
        for one in elements.tolist():
            if source in cut_signals(net):
                found[source, one] = None
            else:
                found |= dict.fromkeys(support(net, source, one))
    return list(found)


def _reads(net: IntNet, name: str, element: int) -> list[tuple[str, Integers]]:
    node = net.node(name)
    read, _ = node.part(element, [net.signals[source].size for source in node.inputs])
    return list(zip(node.inputs, read, strict=True))


def element_value(net: IntNet, name: str, element: int, codes: Mapping[Cut, Integers]) -> Integers:
    """The element's values (vectors,) for the codes (vectors,) of its support."""
    node = net.node(name)
    read, part = node.part(element, [net.signals[source].size for source in node.inputs])
    count = len(next(iter(codes.values()), np.zeros(1)))
    given = []
    for source, elements in zip(node.inputs, read, strict=True):
        cut = source in cut_signals(net)
        columns = [
            codes[source, one] if cut else element_value(net, source, one, codes)
            for one in elements.tolist()
        ]
        given.append(np.stack(columns, axis=1) if columns else np.zeros((count, 0), np.int64))
    return part.apply(given).reshape(count)
