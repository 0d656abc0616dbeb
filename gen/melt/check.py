"""Checking a melted graph against the integer network it came from.

Each activation's function is listed exhaustively where it has few inputs; all functions together
are compared on random codes at every cut, and the joined graph on random inputs and, where a file
of PyTorch's vectors is given, on those.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays
from gen.files import FileDamaged
from gen.intnet.interpret import apply_node, codes_to_bits, interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Node, code_range
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import MeltError, bit_names

__all__ = ["check_melted"]

LISTED_INPUT_BITS = 14
LISTED_VECTORS = 1 << 21
RANDOM_VECTORS = 20_000

Codes = dict[str, NDArray[np.int64]]
Check = dict[str, Any]


def check_melted(net: IntNet, sections: Graph, vectors: Path | None = None) -> list[Check]:
    """Run all checks: a row for each with what, how, seconds. Raises MeltError on a mismatch."""
    rng = np.random.default_rng(0)
    checks = [
        _timed("each activation's function", lambda: _check_listed(net, sections, rng)),
        _timed("all functions between cuts", lambda: _check_random(net, sections, rng)),
        _timed("the joined graph", lambda: _check_joined(net, sections, rng)),
    ]
    if vectors is not None:
        checks.append(_timed("PyTorch's vectors", lambda: _check_vectors(sections, vectors)))
    return checks


def _timed(what: str, check: Any) -> Check:
    start = time.monotonic()
    how = check()
    return {"what": what, "how": how, "seconds": round(time.monotonic() - start, 3)}


def _code_signals(net: IntNet) -> dict[str, tuple[int, int, bool]]:
    """Size, bits and signedness of every signal of codes: the input and the activations."""
    found = {"x": (net.n_inputs, net.input_bits, net.input_signed)}
    for node in net.nodes:
        if isinstance(node, Levels):
            found[node.name] = (node.size, node.bits, node.signed)
    return found


def _random_codes(net: IntNet, count: int, rng: np.random.Generator) -> Codes:
    codes = {}
    for name, (size, bits, signed) in _code_signals(net).items():
        low, high = code_range(1, bits, signed)
        codes[name] = rng.integers(low[0], high[0] + 1, (count, size), dtype=np.int64)
    return codes


def _expected(net: IntNet, codes: Codes) -> dict[str, NDArray[np.uint8]]:
    """Bits of every output of the sectioned graph, each layer reading the given codes."""
    values: Codes = dict(codes)
    bits: dict[str, NDArray[np.uint8]] = {}
    for node in net.nodes:
        source = node.inputs[0]
        result = apply_node(node, codes.get(source, values[source]))
        values[node.name] = result
        if isinstance(node, Levels):
            names = sum(bit_names(node.name, node.size, node.bits), [])
            bits |= dict(zip(names, codes_to_bits(result, node.bits).T, strict=True))
        elif isinstance(node, Argmax):
            bits |= _output_bits(net, result, values[source])
    return bits


def _output_bits(
    net: IntNet, winner: NDArray[np.int64], scores: NDArray[np.int64]
) -> dict[str, NDArray[np.uint8]]:
    places = range(net.class_width)
    found = {f"class.{k}": ((winner >> k) & 1).astype(np.uint8) for k in places}
    for c in range(net.n_classes):
        for k in range(net.score_width):
            found[f"score[{c}].{k}"] = ((scores[:, c] >> k) & 1).astype(np.uint8)
    return found


def _inputs_of(net: IntNet, sections: Graph, codes: Codes) -> NDArray[np.uint8]:
    columns: dict[str, NDArray[np.uint8]] = {}
    for name, (size, bits, _) in _code_signals(net).items():
        names = sum(bit_names(name, size, bits), [])
        columns |= dict(zip(names, codes_to_bits(codes[name], bits).T, strict=True))
    return np.stack([columns[name] for name in sections.input_names], axis=1)


def _compare(
    expected: dict[str, NDArray[np.uint8]], got: NDArray[np.uint8], names: tuple[str, ...]
) -> None:
    for name, column in zip(names, got.T, strict=True):
        wrong = np.flatnonzero(column != expected[name])
        if len(wrong):
            raise MeltError(
                f"{name}: the graph says {column[wrong[0]]}, the integer network"
                f" {expected[name][wrong[0]]} at vector {wrong[0]}; this is a defect of melting"
            )


def _check_random(net: IntNet, sections: Graph, rng: np.random.Generator) -> str:
    codes = _random_codes(net, RANDOM_VECTORS, rng)
    got = evaluate(sections, _inputs_of(net, sections, codes))
    _compare(_expected(net, codes), got, sections.output_names)
    return f"simulated {RANDOM_VECTORS:,}"


def _check_joined(net: IntNet, sections: Graph, rng: np.random.Generator) -> str:
    codes = _random_codes(net, RANDOM_VECTORS, rng)["x"]
    values = interpret(net, codes)
    flat = flatten(sections)
    got = evaluate(flat, codes_to_bits(codes, net.input_bits))
    expected = _output_bits(net, values[net.nodes[-1].name], values[net.score.name])
    _compare(expected, got, flat.output_names)
    return f"simulated {RANDOM_VECTORS:,}"


def _check_listed(net: IntNet, sections: Graph, rng: np.random.Generator) -> str:
    listed = neurons = spent = 0
    for node, element, support in _neurons(net):
        neurons += 1
        _, bits, signed = _code_signals(net)[_source(net, node)]
        count = 1 << (bits * len(support))
        if bits * len(support) > LISTED_INPUT_BITS or spent + count > LISTED_VECTORS:
            continue
        spent, listed = spent + count, listed + 1
        _list_neuron(net, sections, node, element, (support, bits, signed), rng)
    return f"exhaustive for {listed} of {neurons} neurons"


def _neurons(net: IntNet) -> Iterator[tuple[Levels, int, NDArray[np.int64]]]:
    for node in net.nodes:
        if isinstance(node, Levels):
            sums = net.node(node.inputs[0])
            assert isinstance(sums, Linear)
            for element in range(node.size):
                yield node, element, np.flatnonzero(sums.weight[element])


def _source(net: IntNet, node: Node) -> str:
    return net.node(node.inputs[0]).inputs[0]


def _list_neuron(
    net: IntNet,
    sections: Graph,
    node: Levels,
    element: int,
    inputs: tuple[NDArray[np.int64], int, bool],
    rng: np.random.Generator,
) -> None:
    """All values of a neuron's inputs, every other signal held at one random value."""
    support, bits, signed = inputs
    count = 1 << (bits * len(support))
    codes = {n: np.repeat(c, count, axis=0) for n, c in _random_codes(net, 1, rng).items()}
    values = (np.arange(count)[:, None] >> (bits * np.arange(len(support)))) & ((1 << bits) - 1)
    if signed:
        values -= (values >> (bits - 1)) << bits
    source = _source(net, node)
    codes[source][:, support] = values
    sums = apply_node(net.node(node.inputs[0]), codes[source])
    result = apply_node(node, sums)[:, [element]]
    names = bit_names(node.name, node.size, node.bits)[element]
    cone = select_outputs(sections, names)
    got = evaluate(cone, _inputs_of(net, cone, codes))
    _compare(dict(zip(names, codes_to_bits(result, node.bits).T, strict=True)), got, tuple(names))


def select_outputs(graph: Graph, names: list[str]) -> Graph:
    """The graph with only these outputs and the logic that they need."""
    place = {name: at for at, name in enumerate(graph.output_names)}
    chosen = graph.outputs[[place[name] for name in names]]
    whole = Graph(graph.input_names, tuple(names), graph.fan_in, chosen)
    return Graph.from_aig(whole.to_aig(), graph.input_names, names)


def _unpacked(packed: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    if packed.ndim != 2 or packed.shape[1] != -(-count // 8):
        raise ValueError(f"rows of shape {packed.shape} for {count} bits")
    return np.unpackbits(packed, axis=1, count=count, bitorder="little")


def _check_vectors(sections: Graph, path: Path) -> str:
    flat = flatten(sections)
    file = read_arrays(path)
    try:
        n_in, n_out = int(file["n_in"]), int(file["n_out"])
        given, wanted = _unpacked(file["inputs"], n_in), _unpacked(file["outputs"], n_out)
    except (ValueError, KeyError, TypeError) as error:
        raise FileDamaged(f"{path}: not a vector file ({error}); make it again") from None
    if not len(given) or len(given) != len(wanted):
        raise FileDamaged(f"{path}: {len(given)} inputs and {len(wanted)} outputs; make it again")
    if (n_in, n_out) != (flat.n_inputs, len(flat.outputs)):
        raise MeltError(
            f"{path}: vectors of {n_in} inputs and {n_out} outputs, the graph has"
            f" {flat.n_inputs} and {len(flat.outputs)}; make the vectors again"
        )
    columns = dict(zip(flat.output_names, wanted.T, strict=True))
    _compare(columns, evaluate(flat, given), flat.output_names)
    return f"simulated {len(given):,}"
