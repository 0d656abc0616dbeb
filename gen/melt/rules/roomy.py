"""Bits that LUTs of six inputs make with one to spare: `gen.logic.wide` counts these cheaper."""

from collections.abc import Sequence

import numpy as np

from gen.intnet.network import Integers, IntNet, Linear
from gen.logic import wide
from gen.logic.graph import Builder, Signal
from gen.logic.words import Word

__all__ = ["note_roomy"]


def note_roomy(
    b: Builder, net: IntNet, name: str, made: Sequence[Word], free: Sequence[Word]
) -> None:
    """Note such bits of an activation, of single bits as they are `made` and as they stand at the
    cut, of which one sum alone reads each: a LUT that two read would be made twice."""
    if b.lut < wide.LUT:
        return
    once = _reads(net, name) == 1
    for (bit,), (at_cut,), read_once in zip(made, free, once.tolist(), strict=True):
        if read_once and depends_on_few(b, bit, b.lut - 1):
            b.roomy.add(b.aig.node_to_index(b.aig.get_node(at_cut)))


def _reads(net: IntNet, name: str) -> Integers:
    """How many sums read each element; of what else reads it, as if there were many."""
    found = np.zeros(net.signals[name].size, np.int64)
    for node in net.nodes:
        if name in node.inputs:
            found += (node.weight != 0).sum(axis=0) if isinstance(node, Linear) else 2
    return found


def depends_on_few(b: Builder, signal: Signal, most: int) -> bool:
    """Whether the logic of a signal reads no more inputs than `most`."""
    met, stack, inputs = set[int](), [b.aig.get_node(signal)], 0
    while stack and inputs <= most:
        node = stack.pop()
        number = b.aig.node_to_index(node)
        if number and number not in met:
            met.add(number)
            inputs += b.aig.is_pi(node)
            stack += [b.aig.get_node(one) for one in b.aig.fanins(node)]
    return inputs <= most
