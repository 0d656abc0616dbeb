"""Integer networks: what a frozen network is, checked when made, with the range of every sum.

A network is a list of nodes in topological order over one input, "x". Signals are vectors of
integers; the meaning of every node is `gen.intnet.interpret`. The same structure, as a file, is
the format for importing networks from elsewhere (`gen.intnet.files`).
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.errors import SmeltError

__all__ = ["NEVER", "Argmax", "IntNet", "Levels", "Linear", "NetError", "Node", "Ranges"]

Ranges: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

NEVER = np.iinfo(np.int32).max
"""The edge that no sum reaches: padding in `Levels.edges`."""

NAME = r"[A-Za-z_][A-Za-z0-9_.]*"
EXACT = 1 << 24
"""Sums stay below this, so that float32 holds them exactly."""


class NetError(SmeltError):
    """An integer network is inconsistent, or not a network at all."""


@dataclass(frozen=True, eq=False)
class Linear:
    """Sums = weight @ input + bias; weight int8 (out, in), bias int32 (out,)."""

    name: str
    inputs: tuple[str, ...]
    weight: NDArray[np.int8]
    bias: NDArray[np.int32]

    @property
    def size(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class Levels:
    """A step function for each element: codes[i, number of edges[i] <= sum[i]].

    `edges` int32 (n, L), ascending, padded with NEVER; `codes` int8 (n, L + 1), each within
    `bits` bits, two's complement where `signed`.
    """

    name: str
    inputs: tuple[str, ...]
    edges: NDArray[np.int32]
    codes: NDArray[np.int8]
    bits: int = 1
    signed: bool = False

    @property
    def size(self) -> int:
        return len(self.edges)


@dataclass(frozen=True, eq=False)
class Argmax:
    """Index of the largest input; the lowest index wins a tie, as torch.argmax on integers."""

    name: str
    inputs: tuple[str, ...]
    size: int = 1


Node: TypeAlias = Linear | Levels | Argmax


@dataclass(frozen=True, eq=False)
class IntNet:
    """An integer network.

    `n_inputs` elements of `input_bits` bits each, two's complement where `input_signed`. `meta`
    is JSON: name, classes, encoder, metrics, care (what inputs are valid), where known.
    """

    n_inputs: int
    nodes: tuple[Node, ...]
    input_bits: int = 1
    input_signed: bool = False
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.n_inputs < 1 or not self.nodes:
            raise NetError(f"a network of {self.n_inputs} inputs and {len(self.nodes)} nodes")
        if not 1 <= self.input_bits <= 8:
            raise NetError(f"inputs of {self.input_bits} bits; 1 to 8 are allowed")
        sizes = {"x": self.n_inputs}
        for node in self.nodes:
            _check(node, sizes)
            sizes[node.name] = node.size
        if not isinstance(self.nodes[-1], Argmax) or len(self.nodes) < 2:
            raise NetError(f"the last node is {self.nodes[-1].name!r}; it must be an argmax")
        _ = self.ranges

    def node(self, name: str) -> Node:
        """The node of this name."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise NetError(f"no node {name!r}; there are {', '.join(n.name for n in self.nodes)}")

    @property
    def score(self) -> Node:
        """The node whose elements are the class scores."""
        return self.node(self.nodes[-1].inputs[0])

    @property
    def n_classes(self) -> int:
        return self.score.size

    @property
    def class_width(self) -> int:
        """Bits of the class index, at least one."""
        return max(1, (self.n_classes - 1).bit_length())

    @property
    def score_width(self) -> int:
        """Bits of two's complement that hold every class's score."""
        low, high = self.ranges[self.score.name]
        return 1 + max(int(n if n >= 0 else ~n).bit_length() for n in (low.min(), high.max()))

    @cached_property
    def ranges(self) -> dict[str, Ranges]:
        """Lowest and highest value of every signal's elements, by interval arithmetic.

        Each layer's codes may be any of their width, whatever the layers before it can give.
        """
        found = {"x": code_range(self.n_inputs, self.input_bits, self.input_signed)}
        for node in self.nodes:
            found[node.name] = _range(node, found[node.inputs[0]])
        return found


def code_range(n: int, bits: int, signed: bool) -> Ranges:
    """Range of n codes of `bits` bits."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    return np.full(n, low, dtype=np.int64), np.full(n, high, dtype=np.int64)


def _range(node: Node, given: Ranges) -> Ranges:
    if isinstance(node, Linear):
        weight = node.weight.astype(np.int64)
        up, down = weight * (weight > 0), weight * (weight < 0)
        bias = node.bias.astype(np.int64)
        low = up @ given[0] + down @ given[1] + bias
        high = up @ given[1] + down @ given[0] + bias
        worst = int(np.abs(np.stack([low, high])).max(axis=0).argmax())
        if max(abs(int(low[worst])), abs(int(high[worst]))) >= EXACT:
            raise NetError(f"{node.name}[{worst}]: sums reach {EXACT}; float32 would round them")
        return low, high
    if isinstance(node, Levels):
        # All codes of its width, given or not: where a graph is cut, activations are free.
        return code_range(node.size, node.bits, node.signed)
    return np.zeros(1, dtype=np.int64), np.full(1, len(given[0]) - 1, dtype=np.int64)


def _check(node: Node, sizes: dict[str, int]) -> None:
    if not re.fullmatch(NAME, node.name):
        raise NetError(f"a node is named {node.name!r}; letters, digits, _ and . are allowed")
    if node.name in sizes:
        raise NetError(f"two signals are named {node.name!r}")
    if len(node.inputs) != 1 or node.inputs[0] not in sizes:
        raise NetError(
            f"{node.name}: reads {list(node.inputs)}, which are not one earlier signal of"
            f" {', '.join(sizes)}"
        )
    given = sizes[node.inputs[0]]
    if isinstance(node, Linear):
        _check_linear(node, given)
    elif isinstance(node, Levels):
        _check_levels(node, given)


def _check_linear(node: Linear, given: int) -> None:
    if node.weight.ndim != 2 or node.weight.shape[1] != given or not len(node.weight):
        raise NetError(f"{node.name}: weight of shape {node.weight.shape}, expected (*, {given})")
    if node.bias.shape != (len(node.weight),):
        raise NetError(
            f"{node.name}: bias of shape {node.bias.shape}, expected ({len(node.weight)},)"
        )
    _check_type(node.name, "weight", node.weight, np.int8)
    _check_type(node.name, "bias", node.bias, np.int32)


def _check_levels(node: Levels, given: int) -> None:
    if not 1 <= node.bits <= 8:
        raise NetError(f"{node.name}: codes of {node.bits} bits; 1 to 8 are allowed")
    shape = node.edges.shape
    if len(shape) != 2 or shape[0] != given or node.codes.shape != (given, shape[1] + 1):
        raise NetError(
            f"{node.name}: edges {shape} and codes {node.codes.shape}, expected"
            f" ({given}, L) and ({given}, L + 1)"
        )
    _check_type(node.name, "edges", node.edges, np.int32)
    _check_type(node.name, "codes", node.codes, np.int8)
    if (np.diff(node.edges.astype(np.int64), axis=1) < 0).any():
        row = int(np.flatnonzero((np.diff(node.edges.astype(np.int64), axis=1) < 0).any(axis=1))[0])
        raise NetError(f"{node.name}[{row}]: edges {node.edges[row].tolist()} do not ascend")
    low, high = code_range(1, node.bits, node.signed)
    wrong = (node.codes < low) | (node.codes > high)
    if wrong.any():
        row = int(np.flatnonzero(wrong.any(axis=1))[0])
        raise NetError(
            f"{node.name}[{row}]: codes {node.codes[row].tolist()} do not fit {node.bits} bits"
            f" ({'signed' if node.signed else 'unsigned'})"
        )


def _check_type(name: str, what: str, array: NDArray[Any], wanted: type) -> None:
    if array.dtype != wanted:
        raise NetError(f"{name}: {what} is {array.dtype}, expected {np.dtype(wanted)}")
