"""Functions between cuts, by all values of the bits that they read."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import bits_to_codes, codes_to_bits
from gen.intnet.network import IntNet
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.machine import RESET
from gen.melt.proof.element import Cut, element_value, support
from gen.melt.proof.functions import Function
from gen.melt.values import element_bits

__all__ = ["compare_listed", "read_bits", "widest"]

Codes = NDArray[np.int64]


def read_codes(net: IntNet, function: Function) -> list[Cut]:
    """The codes that a function is computed from."""
    if function.at_cut:
        return [(function.name, function.element)]
    return support(net, function.name, function.element)


def read_bits(net: IntNet, function: Function) -> list[str]:
    """The bits that a function is computed from: "reset" too, where one is a state's."""
    found: list[str] = []
    for name, element in read_codes(net, function):
        found += element_bits(name, element, net.signals[name].bits)
    states = {state.name for state in net.states}
    if any(name in states for name, _ in read_codes(net, function)):
        found.append(RESET)
    return found


def widest(net: IntNet, function: Function) -> int:
    """Bits of the widest code that a function is computed from."""
    return max((net.signals[name].bits for name, _ in read_codes(net, function)), default=0)


def compare_listed(
    net: IntNet, function: Function, graph: Graph, read: list[str]
) -> tuple[str, int, int, int] | None:
    """Compare the function's graph with the network on all values of the bits that either reads.

    Nothing where they are the same; else the output, what graph and network say, and the vector.
    """
    count = 1 << len(read)
    bits = {name: (np.arange(count) >> at & 1).astype(np.uint8) for at, name in enumerate(read)}
    codes = _codes(net, function, bits)
    if function.at_cut:
        value = codes[function.name, function.element]
    else:
        given = codes or {("", 0): np.zeros(count, np.int64)}
        value = element_value(net, function.name, function.element, given)
    wanted = codes_to_bits(value[:, None] + function.plus, len(function.bits))
    rows = np.zeros((count, graph.n_inputs), dtype=np.uint8)
    for at, name in enumerate(graph.input_names):
        rows[:, at] = bits[name]
    wrong = np.argwhere((got := evaluate(graph, rows)) != wanted)
    if not len(wrong):
        return None
    row, column = wrong[0].tolist()
    return function.bits[column], int(got[row, column]), int(wanted[row, column]), row


def _codes(
    net: IntNet, function: Function, bits: Mapping[str, NDArray[np.uint8]]
) -> dict[Cut, Codes]:
    """The codes that the function reads, of these bits."""
    resets = {state.name: state.reset for state in net.states}
    found: dict[Cut, Codes] = {}
    for name, element in read_codes(net, function):
        signal = net.signals[name]
        names = element_bits(name, element, signal.bits)
        rows = np.stack([bits[bit] for bit in names], axis=1)
        value = bits_to_codes(rows, signal.bits, signal.signed)[:, 0]
        if name in resets:
            value = np.where(bits[RESET] == 1, resets[name][element], value)
        found[name, element] = value
    return found
