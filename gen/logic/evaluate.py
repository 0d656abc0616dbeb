"""Evaluate a graph on many vectors at once: 64 vectors to a machine word, a level at a time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Graph, GraphError

__all__ = ["evaluate", "evaluate_nodes", "evaluate_words", "pack_vectors", "unpack_vectors"]

CHUNK_BYTES = 1 << 26


def pack_vectors(bits: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Turn bits (vectors, signals) into words (signals, ceil(vectors / 64)), vector 0 lowest."""
    columns = np.ascontiguousarray(np.asarray(bits, dtype=bool).T)
    packed = np.packbits(columns, axis=1, bitorder="little")
    padded = np.zeros((len(packed), -(-len(bits) // 64) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


def unpack_vectors(words: NDArray[np.uint64], vectors: int) -> NDArray[np.uint8]:
    """The inverse of `pack_vectors`: bits uint8 (vectors, signals)."""
    octets = np.ascontiguousarray(words).view(np.uint8)
    bits = np.unpackbits(octets, axis=1, bitorder="little", count=vectors)
    return np.ascontiguousarray(bits.T)


def _by_level(graph: Graph) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield, level by level, the AND nodes and their fan-in literals."""
    level = graph.levels[graph.first_and :]
    order = np.argsort(level, kind="stable")
    bounds = np.flatnonzero(np.diff(level[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            yield rows + graph.first_and, graph.fan_in[rows]


def evaluate_nodes(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Values of every node, uint64 (nodes, width), for input words (inputs, width)."""
    if words.shape[0] != graph.n_inputs:
        raise GraphError(f"{words.shape[0]} input words for a graph of {graph.n_inputs} inputs")
    values = np.zeros((graph.first_and + graph.n_ands, words.shape[1]), dtype=np.uint64)
    values[1 : graph.first_and] = words
    for nodes, fan_in in _by_level(graph):
        masks = np.where(fan_in & 1, np.uint64(2**64 - 1), np.uint64(0))[:, :, None]
        left = values[fan_in[:, 0] >> 1] ^ masks[:, 0]
        values[nodes] = left & (values[fan_in[:, 1] >> 1] ^ masks[:, 1])
    return values


def evaluate_words(graph: Graph, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Output words (outputs, width) for input words (inputs, width); memory stays bounded."""
    nodes = graph.first_and + graph.n_ands
    width = max(1, CHUNK_BYTES // (8 * nodes))
    inverted = np.where(graph.outputs & 1, np.uint64(2**64 - 1), np.uint64(0))[:, None]
    chunks = [
        evaluate_nodes(graph, words[:, at : at + width])[graph.outputs >> 1] ^ inverted
        for at in range(0, words.shape[1], width)
    ]
    empty = np.zeros((len(graph.outputs), 0), dtype=np.uint64)
    return np.concatenate([empty, *chunks], axis=1)


def evaluate(graph: Graph, bits: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Output bits uint8 (vectors, outputs) for input bits (vectors, inputs)."""
    bits = np.asarray(bits)
    if bits.ndim != 2 or bits.shape[1] != graph.n_inputs:
        raise GraphError(f"input bits of shape {bits.shape}, expected (*, {graph.n_inputs})")
    return unpack_vectors(evaluate_words(graph, pack_vectors(bits)), len(bits))
