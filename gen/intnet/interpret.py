"""What an integer network means: the numpy interpreter."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gen.intnet.network import IntNet
from gen.intnet.node import Integers, NetError, code_range

__all__ = [
    "bits_to_codes",
    "codes_to_bits",
    "columns",
    "interpret",
    "reset_states",
    "run_steps",
]


def interpret(
    net: IntNet, codes: NDArray[np.generic], states: Mapping[str, Integers] | None = None
) -> dict[str, Integers]:
    """Every signal's values, int64 (vectors, size), for input codes (vectors, n_inputs).

    An argmax is (vectors,). A recurrent network makes one step from `states` (name -> codes
    (vectors, size)), by default from reset. Raises NetError where codes have the wrong shape or
    do not fit.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.shape[1] != net.n_inputs:
        raise NetError(f"input of shape {codes.shape}, expected (*, {net.n_inputs})")
    low, high = code_range(1, net.input_bits, net.input_signed)
    if codes.size and (codes.min() < low[0] or codes.max() > high[0]):
        raise NetError(f"input codes outside {low[0]}..{high[0]}")
    values = {"x": codes.astype(np.int64)}
    values |= reset_states(net, len(codes)) if states is None else states
    for node in net.nodes:
        values[node.name] = node.apply([columns(values[name]) for name in node.inputs])
    return values


def columns(value: Integers) -> Integers:
    """The value as (vectors, size), an argmax's too."""
    return value[:, None] if value.ndim == 1 else value


def reset_states(net: IntNet, vectors: int) -> dict[str, Integers]:
    """The states before the first step, int64 (vectors, size) each."""
    return {s.name: np.tile(s.reset.astype(np.int64), (vectors, 1)) for s in net.states}


def run_steps(net: IntNet, codes: NDArray[np.generic]) -> list[dict[str, Integers]]:
    """What `interpret` gives at each step, from reset, for input codes (steps, vectors, n)."""
    states = reset_states(net, codes.shape[1])
    found = []
    for step in codes:
        values = interpret(net, step, states)
        states = {state.name: columns(values[state.next]) for state in net.states}
        found.append(values)
    return found


def codes_to_bits(codes: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    """Codes (vectors, n) as bits uint8 (vectors, n * bits), each code's lowest bit first."""
    spread = (np.asarray(codes, dtype=np.int64)[:, :, None] >> np.arange(bits)) & 1
    return spread.reshape(len(codes), -1).astype(np.uint8)


def bits_to_codes(bits: NDArray[np.generic], width: int, signed: bool = False) -> Integers:
    """The inverse of `codes_to_bits`: codes int64 (vectors, n)."""
    values = np.asarray(bits, dtype=np.int64)
    grouped = values.reshape(len(values), values.shape[1] // width, width)
    weights = 1 << np.arange(width, dtype=np.int64)
    if signed:
        weights[-1] = -weights[-1]
    return grouped @ weights
