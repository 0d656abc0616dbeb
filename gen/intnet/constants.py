"""A network with some bits of its activations held constant: what is left after a cut."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import interpret
from gen.intnet.network import Integers, IntNet, Levels, NetError, Node, Table
from gen.intnet.recorded import recorded_codes

__all__ = ["Place", "with_constants"]

Place: TypeAlias = tuple[str, int, int]
"""A bit: the name of a node of codes, the element, the bit in its code."""

STALE = ("metrics", "sections")


def with_constants(net: IntNet, values: Mapping[Place, int], name: str = "") -> IntNet:
    """The same network, these bits having these values (0 or 1) on every input.

    Metrics and sections are left out of its meta, recorded scores are made anew. Raises NetError
    for bits of nodes that have no table to write them into.
    """
    places: dict[str, dict[Place, int]] = {}
    for place, value in values.items():
        net.node(place[0])  # raises NetError where there is none
        places.setdefault(place[0], {})[place] = value
    nodes = tuple(_held(node, places.get(node.name, {})) for node in net.nodes)
    meta: dict[str, Any] = {key: one for key, one in net.meta.items() if key not in STALE}
    if name:
        meta["name"] = name
    found = replace(net, nodes=nodes, meta=meta)
    if meta.get("recorded"):
        scores = interpret(found, recorded_codes(net))[found.score]
        meta["recorded"] = meta["recorded"] | {"scores": scores.tolist()}
    return found


def _held(node: Node, values: Mapping[Place, int]) -> Node:
    if not values:
        return node
    if isinstance(node, Levels):
        return replace(node, codes=_codes(node.codes, node, values))
    if isinstance(node, Table):
        return replace(node, tables=_codes(node.tables, node, values))
    raise NetError(
        f"{node.name} is a {node.op}: it has no table to write a constant into; cut what it reads"
    )


def _codes(table: NDArray[Any], node: Levels | Table, values: Mapping[Place, int]) -> Integers:
    made = table.astype(np.int64)
    for (_, element, bit), value in values.items():
        made[element] = made[element] & ~(1 << bit) | value << bit
        if node.signed:  # A bit that was set may be the sign.
            code = made[element] & (1 << node.bits) - 1
            made[element] = np.where(code >> node.bits - 1, code - (1 << node.bits), code)
    return made
