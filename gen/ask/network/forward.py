"""What a network answers, asked of the network itself: the judge of every witness.

A forward takes input bits, activation bits that are forced, and the names of bits wanted. The one
here runs the integer network node by node; a frozen PyTorch module can take its place, with
`Reading` doing the translation between bits and codes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.names import CLASS, class_index
from gen.intnet.interpret import bits_to_codes, columns
from gen.intnet.network import IntNet
from gen.logic.named import named

__all__ = ["Forward", "Reading", "interpreter"]

Bits: TypeAlias = NDArray[np.uint8]
Forward: TypeAlias = Callable[[Bits, Mapping[str, Bits], Sequence[str]], Bits]
"""Input bits (n, inputs), forced bits name -> (n,), names wanted -> their bits (n, wanted)."""


def interpreter(net: IntNet) -> Forward:
    """The forward of an integer network, by its own `apply`s: one step from the states given."""
    reading = Reading(net)

    def forward(bits: Bits, forced: Mapping[str, Bits], wanted: Sequence[str]) -> Bits:
        values = reading.sources(bits)
        for node in net.nodes:
            made = columns(node.apply([columns(values[name]) for name in node.inputs]))
            values[node.name] = reading.patched(node.name, made, forced)
        return reading.bits(values, wanted)

    return forward


class Reading:
    """Bits of a network's signals by name, in and out of arrays of codes.

    Input bits are x's, for a recurrent network then "reset" and the states' bits.
    """

    def __init__(self, net: IntNet) -> None:
        self.net = net
        self.width = net.n_inputs * net.input_bits
        self.next = {f"{state.name}.next": state.next for state in net.states}

    def sources(self, bits: Bits) -> dict[str, Any]:
        """Codes int64 (n, size) of "x" and of the states that a step starts from."""
        net, at = self.net, self.width + 1
        found = {"x": bits_to_codes(bits[:, : self.width], net.input_bits, net.input_signed)}
        for state in net.states:
            codes = bits_to_codes(bits[:, at:][:, : state.size * state.bits], *_coding(state))
            begins = bits[:, self.width, None] == 1
            found[state.name] = np.where(begins, state.reset.astype(np.int64), codes)
            at += state.size * state.bits
        return found

    def patched(self, signal: str, codes: NDArray[Any], forced: Mapping[str, Bits]) -> NDArray[Any]:
        """The codes (n, size) with the bits of this signal that are forced."""
        mine = [(name, found) for name in forced if (found := self._place(name))[0] == signal]
        if not mine:
            return codes
        described = self.net.signals[signal]
        codes = np.array(codes, dtype=np.int64)
        for name, (_, element, bit) in mine:
            mask, value = np.int64(1) << bit, forced[name].astype(np.int64)
            codes[:, element] = codes[:, element] & ~mask | value << bit
            codes[:, element] = _wrapped(codes[:, element], described.width, described.signed)
        return codes

    def bits(self, values: Mapping[str, NDArray[Any]], wanted: Sequence[str]) -> Bits:
        """Bits uint8 (n, wanted) by name; "class=7" is whether that is the class."""
        found = [self._bit(values, name) for name in wanted]
        rows = len(next(iter(values.values())))
        return np.stack(found, axis=1) if found else np.zeros((rows, 0), np.uint8)

    def _bit(self, values: Mapping[str, NDArray[Any]], name: str) -> Bits:
        if name.startswith(CLASS):
            index, decision = class_index(self.net, name), self.net.decision
            assert decision is not None
            return (columns(values[decision.name])[:, 0] == index).astype(np.uint8)
        signal, element, bit = self._place(name)
        codes = columns(values[signal])[:, element].astype(np.int64)
        return (codes >> bit & 1).astype(np.uint8)

    def _place(self, name: str) -> tuple[str, int, int]:
        one = named(name)
        return self.next.get(one.signal, one.signal), one.element or 0, one.bit or 0


def _coding(state: Any) -> tuple[int, bool]:
    return state.bits, state.signed


def _wrapped(codes: NDArray[Any], width: int, signed: bool) -> NDArray[Any]:
    """Codes as numbers of this width after single bits were set."""
    codes = codes & (1 << width) - 1
    return np.where(codes >> width - 1 & 1, codes - (1 << width), codes) if signed else codes
