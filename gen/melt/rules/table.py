"""Lowering of `Table` and `Max`: functions of few bits, and the largest of some words."""

from collections.abc import Iterator, Sequence

import numpy as np

from gen.intnet.combine import Max
from gen.intnet.lookups import Table
from gen.logic.graph import Builder
from gen.logic.ordered import best_order, packed
from gen.logic.words import Word, largest, truth_table
from gen.melt.values import Codes, resized

__all__ = ["lower_max", "lower_table"]


WORK = 6_000_000
"""Table entries that may be looked at for good orders of the bits, of a whole node: about 1 s."""
OVERHEAD = 3000
"""What one order costs besides its entries."""
PLAIN = 4
"""Bits of an address up to which mapping takes a function as a whole, in any order."""


def lower_table(b: Builder, node: Table, given: Codes, elements: Sequence[int]) -> list[Word]:
    """The codes of these elements as words of `node.bits` bits.

    Elements that read the same share one diagram, in the best order found for all of them.
    """
    words, wiring = resized(b, given, node.width), node.wiring.tolist()
    groups: dict[tuple[int, ...], list[int]] = {}
    for element in elements:
        groups.setdefault(tuple(wiring[element]), []).append(element)
    made: dict[int, Word] = {}
    work = WORK // max(1, len(groups))
    for read, own in groups.items():
        address = [bit for source in read for bit in words[source]]
        made |= zip(own, _group(b, node, own, address, work), strict=True)
    return [made[element] for element in elements]


def _group(
    b: Builder, node: Table, elements: list[int], address: Word, work: int
) -> Iterator[Word]:
    """The codes of elements that read the same address."""
    places = np.arange(node.bits)[:, None]
    codes = node.tables[elements].astype(np.int64)
    functions = (codes[:, None] >> places & 1).astype(np.uint8).reshape(-1, codes.shape[1])
    most = len(address) ** 2 if len(address) > PLAIN else 1
    tries = min(most, work // (2 * functions.size + OVERHEAD))
    if tries < 2:
        made = [truth_table(b, packed(function), address) for function in functions]
    else:
        made = best_order(functions, tries, node.width).build(b, address)
    for at in range(len(elements)):
        yield made[at * node.bits : (at + 1) * node.bits]


def lower_max(b: Builder, node: Max, given: Codes, elements: Sequence[int]) -> list[Word]:
    """These elements as words, the largest of their windows'."""
    words = resized(b, given, max(len(word) for word in given.words))
    wiring = node.wiring.tolist()
    return [
        largest(b, [words[source] for source in dict.fromkeys(wiring[element])], given.signed)
        for element in elements
    ]
