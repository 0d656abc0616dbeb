"""A network and its graph on the same codes at every cut, each activation reading what it is given.

So all functions between cuts are met on all codes, not on those alone that inputs lead to.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import bits_to_codes, codes_to_bits, columns
from gen.intnet.network import IntNet, code_range
from gen.logic.graph import Graph
from gen.logic.machine import RESET
from gen.melt.proof.element import cut_signals
from gen.melt.values import bit_names

__all__ = [
    "Bits",
    "Codes",
    "code_bits",
    "codes_of",
    "given_states",
    "inputs_of",
    "leaning_codes",
    "named_bits",
    "random_codes",
    "values_between",
]

LEANING = 1.5
"""How far rows lean: the standard deviation of the logarithm of a power of numbers in 0..1."""

Codes = dict[str, NDArray[np.int64]]
Bits = dict[str, NDArray[np.uint8]]


def random_codes(net: IntNet, count: int, rng: np.random.Generator) -> Codes:
    """Random codes at every cut; the first state of all "reset" is one of its own."""
    codes = {}
    for name in cut_signals(net):
        signal = net.signals[name]
        low, high = code_range(1, signal.bits, signal.signed)
        codes[name] = rng.integers(low[0], high[0] + 1, (count, signal.size), dtype=np.int64)
    codes[RESET] = rng.integers(0, 2, (count, 1), dtype=np.int64)
    return codes


def leaning_codes(net: IntNet, count: int, rng: np.random.Generator) -> Codes:
    """Random codes at every cut, those of a row all rather low, or all rather high: sums of many
    are seldom far from their mean otherwise."""
    codes = {RESET: rng.integers(0, 2, (count, 1), dtype=np.int64)}
    power = np.exp(rng.normal(0, LEANING, (count, 1)))
    for name in cut_signals(net):
        signal = net.signals[name]
        low, high = code_range(1, signal.bits, signal.signed)
        part = rng.random((count, signal.size)) ** power
        found = low[0] + (part * (high[0] + 1 - low[0])).astype(np.int64)
        codes[name] = np.minimum(found, high[0])  # A power may be 1.
    return codes


def codes_of(net: IntNet, inputs: Sequence[Mapping[str, int]]) -> Codes:
    """Codes at every cut for inputs given as bits by name; bits that are not named are 0."""
    codes: Codes = {RESET: np.array([[row.get(RESET, 0)] for row in inputs], dtype=np.int64)}
    for name in cut_signals(net):
        signal = net.signals[name]
        names = sum(bit_names(name, signal.size, signal.bits), [])
        bits = np.array([[row.get(bit, 0) for bit in names] for row in inputs], dtype=np.int64)
        codes[name] = bits_to_codes(bits, signal.bits, signal.signed)
    return codes


def given_states(net: IntNet, codes: Codes) -> Codes:
    """The states that a step starts from: the reset values where "reset" is 1."""
    return {s.name: np.where(codes[RESET], s.reset, codes[s.name]) for s in net.states}


def values_between(net: IntNet, codes: Codes) -> tuple[Codes, Codes]:
    """What stands at the cuts, and every signal's values, each node reading what stands there."""
    given = codes | given_states(net, codes)
    values: Codes = dict(given)
    for node in net.nodes:
        read = [columns(given.get(one, values[one])) for one in node.inputs]
        values[node.name] = node.apply(read)
    return given, values


def named_bits(names: list[list[str]], value: NDArray[np.int64]) -> Bits:
    """Bits of elements (vectors, n) by the names of each one's bits."""
    bits = codes_to_bits(value, len(names[0])).T
    return dict(zip(sum(names, []), bits, strict=True))


def code_bits(net: IntNet, name: str, value: NDArray[np.int64]) -> Bits:
    """Bits of a signal where the graph is cut."""
    signal = net.signals[name]
    return named_bits(bit_names(name, signal.size, signal.bits), value)


def inputs_of(net: IntNet, graph: Graph, codes: Codes) -> NDArray[np.uint8]:
    """Input bits (vectors, inputs) of a graph for codes at the cuts."""
    bits: Bits = {RESET: codes[RESET][:, 0].astype(np.uint8)}
    for name in cut_signals(net):
        bits |= code_bits(net, name, codes[name])
    return np.stack([bits[name] for name in graph.input_names], axis=1)
