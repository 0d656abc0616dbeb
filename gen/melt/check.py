"""Checking a melted graph against the integer network it came from.

Each activation's function is listed exhaustively where it has few inputs; all functions together
are compared on random codes at every cut, and the joined graph on random inputs and, where a file
of PyTorch's vectors is given, on those.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.console import progress
from gen.intnet.interpret import codes_to_bits, columns, interpret
from gen.intnet.network import IntNet, code_range
from gen.logic.cones import Cones
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.machine import RESET
from gen.logic.sections import flatten
from gen.melt.element import Cut, cut_signals, element_value, support
from gen.melt.melt import MeltError, chosen_outputs, next_names, output_names
from gen.melt.recorded import check_vectors
from gen.melt.values import bit_names

__all__ = ["check_melted"]

LISTED_INPUT_BITS = 14
LISTED_VECTORS = 1 << 21
RANDOM_VECTORS = 20_000
RANDOM_WORK = 40_000_000_000
"""Most AND gates times vectors that a random check may take."""
RANDOM_CODES = 10_000_000
"""Most inputs and activations times vectors: codes are held as int64, some arrays of them."""

Codes = dict[str, NDArray[np.int64]]
Bits = dict[str, NDArray[np.uint8]]
Check = dict[str, Any]


def check_melted(
    net: IntNet, sections: Graph, vectors: Path | None = None, outputs: Sequence[str] = ()
) -> list[Check]:
    """Run all checks: a row for each with what, how, seconds. Raises MeltError on a mismatch."""
    rng = np.random.default_rng(0)
    names = chosen_outputs(net, outputs)
    checks = [
        _timed("each activation's function", lambda: _check_listed(net, sections, rng)),
        _timed("all functions between cuts", lambda: _check_random(net, sections, names, rng)),
        _timed("the joined graph", lambda: _check_joined(net, sections, names, rng)),
    ]
    if vectors is not None:
        checks.append(_timed("PyTorch's vectors", lambda: check_vectors(net, sections, vectors)))
    return checks


def _timed(what: str, check: Any) -> Check:
    start = time.monotonic()
    how = check()
    return {"what": what, "how": how, "seconds": round(time.monotonic() - start, 3)}


def _random_codes(net: IntNet, count: int, rng: np.random.Generator) -> Codes:
    """Random codes at every cut; the first state of all "reset" is one of its own."""
    codes = {}
    for name in cut_signals(net):
        signal = net.signals[name]
        low, high = code_range(1, signal.bits, signal.signed)
        codes[name] = rng.integers(low[0], high[0] + 1, (count, signal.size), dtype=np.int64)
    codes[RESET] = rng.integers(0, 2, (count, 1), dtype=np.int64)
    return codes


def _states(net: IntNet, codes: Codes) -> Codes:
    """The states that a step starts from: the reset values where "reset" is 1."""
    return {s.name: np.where(codes[RESET], s.reset, codes[s.name]) for s in net.states}


def _expected(net: IntNet, codes: Codes, outputs: Sequence[str]) -> Bits:
    """Bits of every output of the sectioned graph, each activation reading the given codes."""
    given = codes | _states(net, codes)
    values: Codes = dict(given)
    bits: Bits = {}
    for node in net.nodes:
        read = [columns(given.get(one, values[one])) for one in node.inputs]
        values[node.name] = node.apply(read)
        if node in net.activations:
            bits |= _code_bits(net, node.name, values[node.name])
    return bits | _output_bits(net, values, outputs, given)


def _named_bits(names: list[list[str]], value: NDArray[np.int64]) -> Bits:
    """Bits of elements (vectors, n) by the names of each one's bits."""
    bits = codes_to_bits(value, len(names[0])).T
    return dict(zip(sum(names, []), bits, strict=True))


def _code_bits(net: IntNet, name: str, value: NDArray[np.int64]) -> Bits:
    """Bits of a signal where the graph is cut."""
    signal = net.signals[name]
    return _named_bits(bit_names(name, signal.size, signal.bits), value)


def _output_bits(net: IntNet, values: Codes, outputs: Sequence[str], given: Codes) -> Bits:
    """Bits of the outputs and of the next states; `given` holds what stands at the cuts."""
    bits: Bits = {}
    for name in outputs:
        value = columns(given.get(name, values[name]))
        bits |= _named_bits(output_names(net, name), value)
    for state in net.states:
        value = columns(given.get(state.next, values[state.next]))
        bits |= dict(zip(next_names(state), codes_to_bits(value, state.bits).T, strict=True))
    return bits


def _inputs_of(net: IntNet, graph: Graph, codes: Codes) -> NDArray[np.uint8]:
    bits: Bits = {RESET: codes[RESET][:, 0].astype(np.uint8)}
    for name in cut_signals(net):
        bits |= _code_bits(net, name, codes[name])
    return np.stack([bits[name] for name in graph.input_names], axis=1)


def _compare(expected: Bits, got: NDArray[np.uint8], names: tuple[str, ...]) -> None:
    for name, column in zip(names, got.T, strict=True):
        wrong = np.flatnonzero(column != expected[name])
        if len(wrong):
            raise MeltError(
                f"{name}: the graph says {column[wrong[0]]}, the integer network"
                f" {expected[name][wrong[0]]} at vector {wrong[0]}; this is a defect of melting"
            )


def _count(sections: Graph) -> int:
    """How many random vectors to take for a network of this size."""
    by_memory = RANDOM_CODES // (sections.n_inputs + 1)
    return max(64, min(RANDOM_VECTORS, RANDOM_WORK // (sections.n_ands + 1), by_memory))


def _check_random(
    net: IntNet, sections: Graph, outputs: Sequence[str], rng: np.random.Generator
) -> str:
    codes = _random_codes(net, _count(sections), rng)
    got = evaluate(sections, _inputs_of(net, sections, codes))
    _compare(_expected(net, codes, outputs), got, sections.output_names)
    return f"simulated {len(got):,}"


def _check_joined(
    net: IntNet, sections: Graph, outputs: Sequence[str], rng: np.random.Generator
) -> str:
    flat = flatten(sections)
    codes = _random_codes(net, _count(sections), rng)
    values = interpret(net, codes["x"], _states(net, codes))
    got = evaluate(flat, _inputs_of(net, flat, codes))
    _compare(_output_bits(net, values, outputs, {}), got, flat.output_names)
    return f"simulated {len(got):,}"


def _check_listed(net: IntNet, sections: Graph, rng: np.random.Generator) -> str:
    listed = spent = 0
    cones = Cones(sections)
    neurons = list(_neurons(net))
    names = {name: _bit_names(net, name) for name in {*cut_signals(net), *(n for n, _ in neurons)}}
    for name, element in progress(neurons, label="listing functions"):
        if spent >= LISTED_VECTORS:
            break
        cone = support(net, name, element)
        width = sum(net.signals[source].bits for source, _ in cone)
        if width > LISTED_INPUT_BITS or spent + (1 << width) > LISTED_VECTORS:
            continue
        spent, listed = spent + (1 << width), listed + 1
        graph = cones.select(names[name][element])
        given, bits = _list_neuron(net, (name, element), cone, names)
        _compare(
            bits, evaluate(graph, _given_bits(graph, given, 1 << width, rng)), graph.output_names
        )
    return f"exhaustive for {listed} of {len(neurons)} neurons"


def _bit_names(net: IntNet, name: str) -> list[list[str]]:
    signal = net.signals[name]
    return bit_names(name, signal.size, signal.bits)


def _neurons(net: IntNet) -> Iterator[Cut]:
    for node in net.activations:
        for element in range(node.size):
            yield node.name, element


def _list_neuron(
    net: IntNet, neuron: Cut, cone: list[Cut], names: dict[str, list[list[str]]]
) -> tuple[Bits, Bits]:
    """All values of a neuron's inputs, and the neuron's own for each, as bits by name."""
    name, element = neuron
    count = 1 << sum(net.signals[source].bits for source, _ in cone)
    listed, given, place = {}, {RESET: np.zeros(count, dtype=np.uint8)}, 0
    for source, one in cone:
        signal = net.signals[source]
        value = (np.arange(count) >> place) & ((1 << signal.bits) - 1)
        place += signal.bits
        if signal.signed:
            value -= (value >> (signal.bits - 1)) << signal.bits
        listed[source, one] = value
        bits = codes_to_bits(value[:, None], signal.bits).T
        given |= dict(zip(names[source][one], bits, strict=True))
    result = element_value(net, name, element, listed or {("", 0): np.zeros(count, np.int64)})
    bits = codes_to_bits(result[:, None], net.signals[name].bits).T
    return given, dict(zip(names[name][element], bits, strict=True))


def _given_bits(
    graph: Graph, given: Bits, count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Input bits (count, inputs): those given, every other input held at one random value."""
    bits = np.empty((count, graph.n_inputs), dtype=np.uint8)
    for at, name in enumerate(graph.input_names):
        bits[:, at] = given.get(name, rng.integers(0, 2))
    return bits
