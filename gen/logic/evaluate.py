"""Evaluate a graph on many vectors at once, 64 vectors to a machine word.

A compiled kernel (`gen.logic.kernel`) takes a block of words through the whole graph; where there
is none, numpy takes all words through a level of the graph at a time. Both give the same words.
"""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Graph, GraphError
from gen.logic.kernel import MOST_NODES, Kernel, Plan, kernel

__all__ = [
    "differing",
    "evaluate",
    "evaluate_nodes",
    "evaluate_words",
    "pack_vectors",
    "unpack_vectors",
]

CHUNK_BYTES = 1 << 26

_plans: WeakKeyDictionary[Graph, Plan] = WeakKeyDictionary()


def pack_vectors(bits: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Turn bits (vectors, signals) into words (signals, ceil(vectors / 64)), vector 0 lowest.

    Any number but 0 counts as 1.
    """
    bits = np.asarray(bits)
    octets = (bits if bits.dtype == np.uint8 else bits.astype(bool)).view(np.uint8)
    compiled = kernel()
    if compiled is not None and bits.ndim == 2:
        return compiled.pack(octets)
    columns = np.ascontiguousarray(octets.astype(bool).T)
    packed = np.packbits(columns, axis=1, bitorder="little")
    padded = np.zeros((len(packed), -(-len(bits) // 64) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


def unpack_vectors(words: NDArray[np.uint64], vectors: int) -> NDArray[np.uint8]:
    """The inverse of `pack_vectors`: bits uint8 (vectors, signals).

    Raises GraphError for more vectors than the words hold.
    """
    words = np.ascontiguousarray(words, dtype=np.uint64)
    if words.ndim != 2 or not 0 <= vectors <= 64 * words.shape[1]:
        raise GraphError(f"{vectors} vectors from words of shape {words.shape}")
    compiled = kernel()
    if compiled is not None:
        return compiled.unpack(words, vectors)
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little", count=vectors)
    return np.ascontiguousarray(bits.T)


def _by_level(graph: Graph) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield, level by level, the AND nodes and their fan-in literals."""
    level = graph.levels[graph.first_and :]
    order = np.argsort(level, kind="stable")
    bounds = np.flatnonzero(np.diff(level[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            yield rows + graph.first_and, graph.fan_in[rows]


def _checked(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = np.asarray(words, dtype=np.uint64)
    if words.ndim != 2 or words.shape[0] != graph.n_inputs:
        shape = words.shape[0] if words.ndim == 2 else words.shape
        raise GraphError(f"{shape} input words for a graph of {graph.n_inputs} inputs")
    return words


def _compiled(graph: Graph) -> Kernel | None:
    return kernel() if graph.first_and + graph.n_ands < MOST_NODES else None


def evaluate_nodes(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Values of every node, uint64 (nodes, width), for input words (inputs, width).

    Raises GraphError for another number of inputs.
    """
    words = _checked(graph, words)
    compiled = _compiled(graph)
    if compiled is not None:
        return compiled.run(Plan.of_all_nodes(graph), words)
    return _nodes_in_numpy(graph, words)


def _nodes_in_numpy(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = np.zeros((graph.first_and + graph.n_ands, words.shape[1]), dtype=np.uint64)
    values[1 : graph.first_and] = words
    for nodes, fan_in in _by_level(graph):
        masks = np.where(fan_in & 1, np.uint64(2**64 - 1), np.uint64(0))[:, :, None]
        left = values[fan_in[:, 0] >> 1] ^ masks[:, 0]
        values[nodes] = left & (values[fan_in[:, 1] >> 1] ^ masks[:, 1])
    return values


def evaluate_words(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Output words (outputs, width) for input words (inputs, width); memory stays bounded.

    The graph's plan is kept for as long as the graph is, so its arrays must not be written to.
    Raises GraphError for another number of inputs.
    """
    words = _checked(graph, words)
    compiled = _compiled(graph)
    if compiled is None:
        return _words_in_numpy(graph, words)
    plan = _plans.get(graph)
    if plan is None:
        plan = _plans[graph] = compiled.plan(graph)
    return compiled.run(plan, words)


def _words_in_numpy(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    nodes = graph.first_and + graph.n_ands
    width = max(1, CHUNK_BYTES // (8 * nodes))
    inverted = np.where(graph.outputs & 1, np.uint64(2**64 - 1), np.uint64(0))[:, None]
    chunks = [
        _nodes_in_numpy(graph, words[:, at : at + width])[graph.outputs >> 1] ^ inverted
        for at in range(0, words.shape[1], width)
    ]
    empty = np.zeros((len(graph.outputs), 0), dtype=np.uint64)
    return np.concatenate([empty, *chunks], axis=1)


def differing(first: Graph, second: Graph, width: int) -> str:
    """The first output that differs between two graphs of one interface on 64 * `width` random
    vectors, always the same; "" where none does."""
    shape = first.n_inputs, width
    words = np.random.default_rng(0).integers(0, 1 << 64, shape, dtype=np.uint64)
    wrong = (evaluate_words(first, words) != evaluate_words(second, words)).any(axis=1)
    return first.output_names[int(wrong.argmax())] if wrong.any() else ""


def evaluate(graph: Graph, bits: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Output bits uint8 (vectors, outputs) for input bits (vectors, inputs)."""
    bits = np.asarray(bits)
    if bits.ndim != 2 or bits.shape[1] != graph.n_inputs:
        raise GraphError(f"input bits of shape {bits.shape}, expected (*, {graph.n_inputs})")
    return unpack_vectors(evaluate_words(graph, pack_vectors(bits)), len(bits))
