"""Truth tables as decision diagrams that several functions share, in a good order of the bits.

A diagram is made from its last bit up: each row of a level chooses between two of the level below,
and is a node where no other row chooses the same, or the same complemented (Bryant, 1986; Brace,
Rudell, Bryant, "Efficient implementation of a BDD package", 1990). The order is found by sifting:
each bit is tried at every place, and left at the best (Rudell, 1993).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Builder, Signal

__all__ = ["Diagram", "best_order", "diagram", "packed"]

Ints = NDArray[np.int64]

MUX = 3
"""ANDs of a node that chooses between two functions; 1 where one of them is constant."""


@dataclass(frozen=True)
class Diagram:
    """Nodes from the last bit of `order` up, in literals: 2 * node + complemented, node 0 being 0.

    `levels` has the place of a bit with what its nodes are where that is 0, and where it is 1,
    int64 (nodes,); `ends` are the functions.
    """

    levels: tuple[tuple[int, Ints, Ints], ...]
    ends: Ints

    @property
    def cost(self) -> int:
        """ANDs that it takes."""
        found = 0
        for _, low, high in self.levels:
            found += int(np.where((low < 2) | (high < 2), 1, MUX).sum())
        return found

    def build(self, b: Builder, bits: Sequence[Signal]) -> list[Signal]:
        """The functions of these bits."""
        made = [b.false]

        def signal(literal: int) -> Signal:
            return ~made[literal >> 1] if literal & 1 else made[literal >> 1]

        for place, low, high in self.levels:
            for zero, one in zip(low.tolist(), high.tolist(), strict=True):
                made.append(b.mux(bits[place], signal(one), signal(zero)))
        return [signal(end) for end in self.ends.tolist()]


def diagram(functions: NDArray[np.uint8], order: Sequence[int]) -> Diagram:
    """The diagram of functions uint8 (m, 2**n), bit k of an address worth 2**k, of 0 and 1.

    `order` has the places of the n bits, the first asked first.
    """
    count, size = len(functions), len(order)
    # Axis 1 + j of the transposed array is bit order[j].
    shaped = functions.reshape(count, *[2] * size)
    axes = [size - place for place in order]
    rows = shaped.transpose(0, *axes).reshape(count, -1).astype(np.int64)
    levels, next_node = [], 1
    for place in reversed(order):
        low, high = rows[:, 0::2], rows[:, 1::2]
        turned = low & 1
        same = low == high
        key = (low ^ turned) << 32 | high ^ turned
        nodes, number = np.unique(key[~same], return_inverse=True)
        rows = low.copy()
        rows[~same] = (next_node + number.ravel()) * 2 + turned[~same]
        levels.append((place, nodes >> 32, nodes & 0xFFFFFFFF))
        next_node += len(nodes)
    return Diagram(tuple(levels), rows[:, 0])


def best_order(functions: NDArray[np.uint8], tries: int, width: int) -> Diagram:
    """The smallest diagram found in at most so many orders.

    It begins with the last bit first, and where an address is made of several codes of `width`
    bits, with the first bits of all of them first: sums and comparisons of codes are small there.
    """
    places = range(functions.shape[1].bit_length() - 1)
    orders = [list(reversed(places)), sorted(places, key=lambda place: -(place % width))]
    tried = [(diagram(functions, order), order) for order in orders[: min(tries, 2)]]
    best, order = min(tried, key=lambda one: one[0].cost)
    left = tries - len(tried)
    for place in places:
        for other in _moved(order, place)[:left]:
            left -= 1
            made = diagram(functions, other)
            if made.cost < best.cost:
                best, order = made, other
    return best


def packed(function: NDArray[Any]) -> int:
    """A truth table as a number, its value at address 0 lowest."""
    octets = np.packbits(function.astype(np.uint8), bitorder="little")
    return int.from_bytes(octets.tobytes(), "little")


def _moved(order: Sequence[int], place: int) -> list[list[int]]:
    """The orders with one bit elsewhere."""
    rest = [one for one in order if one != place]
    moved = [[*rest[:at], place, *rest[at:]] for at in range(len(order))]
    return [one for one in moved if one != list(order)]
