"""What an integer network means: the numpy interpreter of every node."""

import numpy as np
from numpy.typing import NDArray

from gen.intnet.network import IntNet, Levels, Linear, NetError, Node, code_range

__all__ = ["apply_node", "bits_to_codes", "codes_to_bits", "interpret"]


def interpret(net: IntNet, codes: NDArray[np.generic]) -> dict[str, NDArray[np.int64]]:
    """Every signal's values, int64 (vectors, size), for input codes (vectors, n_inputs).

    The argmax is (vectors,). Raises NetError where codes have the wrong shape or do not fit.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.shape[1] != net.n_inputs:
        raise NetError(f"input of shape {codes.shape}, expected (*, {net.n_inputs})")
    low, high = code_range(1, net.input_bits, net.input_signed)
    if codes.size and (codes.min() < low[0] or codes.max() > high[0]):
        raise NetError(f"input codes outside {low[0]}..{high[0]}")
    values = {"x": codes.astype(np.int64)}
    for node in net.nodes:
        values[node.name] = apply_node(node, values[node.inputs[0]])
    return values


def apply_node(node: Node, given: NDArray[np.int64]) -> NDArray[np.int64]:
    """One node's values, int64 (vectors, size), from those of its input."""
    if isinstance(node, Linear):
        return given @ node.weight.astype(np.int64).T + node.bias
    if isinstance(node, Levels):
        reached = (given[:, :, None] >= node.edges[None, :, :]).sum(axis=2)
        return node.codes[np.arange(node.size), reached].astype(np.int64)
    return given.argmax(axis=1)


def codes_to_bits(codes: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    """Codes (vectors, n) as bits uint8 (vectors, n * bits), each code's lowest bit first."""
    spread = (np.asarray(codes, dtype=np.int64)[:, :, None] >> np.arange(bits)) & 1
    return spread.reshape(len(codes), -1).astype(np.uint8)


def bits_to_codes(bits: NDArray[np.generic], width: int, signed: bool = False) -> NDArray[np.int64]:
    """The inverse of `codes_to_bits`: codes int64 (vectors, n)."""
    grouped = np.asarray(bits, dtype=np.int64).reshape(len(bits), -1, width)
    weights = 1 << np.arange(width, dtype=np.int64)
    if signed:
        weights[-1] = -weights[-1]
    return grouped @ weights
