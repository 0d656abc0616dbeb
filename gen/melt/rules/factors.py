"""Sums behind which only steps stand, without the factor that all weights of a row share.

A row of weights 3, -3 and 3 is counted as 1, -1 and 1, and what it is compared with is divided: it
reaches e where the third of it, without its bias, reaches (e - bias) / 3, rounded up.
"""

from dataclasses import replace

import numpy as np

from gen.intnet.network import NEVER, Conv, IntNet, Levels, Linear
from gen.intnet.node import Integers, Node

__all__ = ["without_factors"]


def without_factors(net: IntNet) -> IntNet:
    """The network of the same activations and outputs with such rows divided by their factors."""
    made: dict[str, Node] = {}
    for node in net.nodes:
        readers = [one for one in net.nodes if node.name in one.inputs]
        steps = [one for one in readers if isinstance(one, Levels)]
        if not isinstance(node, Linear | Conv) or len(steps) < len(readers):
            continue
        if node.name in net.outputs or node.name in {state.next for state in net.states}:
            continue
        factors = np.gcd.reduce(node.weight.reshape(len(node.weight), -1).astype(np.int64), axis=1)
        factors = np.where(factors > 1, factors, 1)
        if (factors > 1).any():
            made[node.name] = _divided(node, factors)
            each = node.size // len(factors)
            shared, bias = np.repeat(factors, each), np.repeat(node.bias.astype(np.int64), each)
            made |= {one.name: _moved(one, shared, bias) for one in steps}
    if not made:
        return net
    return replace(net, nodes=tuple(made.get(node.name, node) for node in net.nodes))


def _divided(node: Linear | Conv, factors: Integers) -> Node:
    """The node with rows of weights divided, and no bias where that is by more than 1."""
    weight = node.weight // factors.reshape(-1, *[1] * (node.weight.ndim - 1))
    bias = np.where(factors > 1, 0, node.bias)
    return replace(node, weight=weight, bias=bias.astype(node.bias.dtype))


def _moved(node: Levels, factors: Integers, bias: Integers) -> Levels:
    """The steps of sums that were divided by `factors` after `bias` was taken from them."""
    edges = node.edges.astype(np.int64)
    new = -(-(edges - bias[:, None]) // factors[:, None])
    new = np.where((edges == NEVER) | (factors[:, None] == 1), edges, new)
    return replace(node, edges=new.astype(node.edges.dtype))
