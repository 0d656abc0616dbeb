"""Weighted sums of bits, which elements of a network are before anything is compared.

Written from `gen/intnet/FORMAT.md`, as all of the reference is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from gen.intnet.network import Add, Conv, Linear, Node, Words
from gen.melt.proof.diagrams import Diagram
from gen.melt.proof.element import Cut
from gen.melt.proof.numbers import Number

__all__ = ["Sum", "Values", "is_integer", "weighted"]

Values: TypeAlias = dict[int, Diagram]
"""Where a quantity has each value that it can have: diagrams of which always one is true."""


@dataclass
class Sum:
    """A constant, bits with their weights, and quantities with theirs."""

    constant: int = 0
    bits: dict[str, int] = field(default_factory=dict)
    others: list[tuple[int, Values | Number]] = field(default_factory=list)

    def add(self, weight: int, other: "Sum") -> None:
        """Add a multiple of another sum."""
        self.constant += weight * other.constant
        for name, one in other.bits.items():
            self.bits[name] = self.bits.get(name, 0) + weight * one
        self.others += [(weight * one, values) for one, values in other.others]


def is_integer(given: Sum) -> bool:
    """Whether it is made of bits alone, each worth another power of two."""
    weights = {abs(weight) for weight in given.bits.values()}
    powers = all(weight > 0 and weight & weight - 1 == 0 for weight in weights)
    return not given.others and powers and len(weights) == len(given.bits)


def weighted(node: Node, element: int, sizes: list[int], sums: Mapping[Cut, Sum]) -> Sum:
    """A weighted sum of elements."""
    found = Sum()
    if isinstance(node, Linear):
        found.constant = int(node.bias[element])
        for at, weight in enumerate(node.weight[element].tolist()):
            if weight:
                found.add(weight, sums[node.inputs[0], at])
    elif isinstance(node, Conv):
        found.constant = int(node.bias[np.unravel_index(element, _shape(node))[0]])
        for at, weight in _window(node, element):
            found.add(weight, sums[node.inputs[0], at])
    elif isinstance(node, Words):
        first, width = int(node.first[element]), int(node.width[element])
        for place in range(width):
            negative = node.signed[element] == 1 and place == width - 1
            found.add(
                -(1 << place) if negative else 1 << place, sums[node.inputs[0], first + place]
            )
    elif isinstance(node, Add):
        for name in node.inputs:
            found.add(1, sums[name, element])
    else:
        for name, size in zip(node.inputs, sizes, strict=True):
            if 0 <= element < size:
                found.add(1, sums[name, element])
            element -= size
    return found


def _shape(node: Conv) -> tuple[int, int, int]:
    """Filters, height and width of what a convolution gives."""
    sizes = zip(node.shape[1:], node.padding, node.weight.shape[2:], node.stride, strict=True)
    high, wide = ((size + 2 * pad - kernel) // step + 1 for size, pad, kernel, step in sizes)
    return len(node.weight), high, wide


def _window(node: Conv, element: int) -> Iterator[tuple[int, int]]:
    """The elements that a sum of a convolution reads, and their weights, none of them 0."""
    out, row, column = (int(at) for at in np.unravel_index(element, _shape(node)))
    channels, height, width = node.shape
    own = channels // node.groups
    first = out // (len(node.weight) // node.groups) * own
    for (channel, dy, dx), weight in np.ndenumerate(node.weight[out]):
        y = row * node.stride[0] - node.padding[0] + dy
        x = column * node.stride[1] - node.padding[1] + dx
        if weight and 0 <= y < height and 0 <= x < width:
            yield ((first + channel) * height + y) * width + x, int(weight)
