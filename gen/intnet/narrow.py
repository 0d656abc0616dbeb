"""Narrower codes for tables that only sums read, and the check that the sums stay the same.

What a table's code is called does not matter to a sum: with the least code of an element taken from
all of its codes, and added to the biases that read it, codes -8 to 1 become 0 to 9, which have no
sign to extend, and -12 to 2 need four bits instead of five. On the KANELE network for dry beans
that leaves 1,356 LUT4 of 1,471.

Questions about the tables' own codes go to the network as it was; this one is another network of
the same outputs. `difference` says so by itself, from the two networks alone.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gen.intnet.lookups import Table
from gen.intnet.network import IntNet
from gen.intnet.node import Integers, Node
from gen.intnet.products import Linear

__all__ = ["difference", "narrow_net", "recoded"]


def narrow_net(net: IntNet) -> IntNet | None:
    """The network with the codes of such tables counted from 0; None where that saves no bit."""
    made: dict[str, Node] = {}
    saved = 0
    for node in net.nodes:
        if isinstance(node, Table) and _only_added(net, node.name):
            least = node.tables.min(axis=1).astype(np.int64)
            codes = node.tables.astype(np.int64) - least[:, None]
            saved += _bits(node.tables.astype(np.int64)) - _bits(codes)
            bits = max(1, int(codes.max()).bit_length())
            made[node.name] = replace(node, tables=codes, bits=bits, signed=False)
            for other in net.nodes:
                if isinstance(other, Linear) and node.name in other.inputs:
                    bias = other.bias.astype(np.int64) + other.weight.astype(np.int64) @ least
                    made[other.name] = replace(other, bias=bias)
    if saved <= 0:
        return None
    return replace(net, nodes=tuple(made.get(node.name, node) for node in net.nodes))


def _bits(codes: Integers) -> int:
    """Bits that hold each row's codes, all together; in two's complement where one is negative."""
    ends = zip(codes.min(axis=1).tolist(), codes.max(axis=1).tolist(), strict=True)
    return sum(
        high.bit_length() if low >= 0 else 1 + max(high.bit_length(), (~low).bit_length())
        for low, high in ends
    )


def _only_added(net: IntNet, name: str) -> bool:
    """Whether nothing but linear nodes reads a node."""
    read = [node for node in net.nodes if name in node.inputs]
    kept = name in net.outputs or name in {state.next for state in net.states}
    return bool(read) and not kept and all(isinstance(node, Linear) for node in read)


def difference(net: IntNet, other: IntNet) -> str:
    """Why two networks may differ in their outputs, "" where it is shown that they do not.

    Shown is this: they are the same but for tables that only linear nodes read, and these nodes. Of
    each sum, what the tables of the same address add to it is the same in both at every address,
    but for a constant, and the constants make up for the biases.
    """
    if _outside(net) != _outside(other) or len(net.nodes) != len(other.nodes):
        return "they have other inputs, outputs, states or nodes"
    free: set[str] = set()
    for node, one in zip(net.nodes, other.nodes, strict=True):
        if (node.name, node.inputs, type(node)) != (one.name, one.inputs, type(one)):
            return f"{node.name}: another node"
        if isinstance(node, Table) and _only_added(net, node.name):
            free.add(node.name)
        elif isinstance(node, Linear) and isinstance(one, Linear) and free & {*node.inputs}:
            if not _same_sums(net, other, node, one):
                return f"{node.name}: its sums differ"
        elif not _same(node, one):
            return f"{node.name}: another function"
    return ""


def recoded(net: IntNet, other: IntNet) -> set[str]:
    """The tables whose codes are others in two networks between which there is no difference; what
    is called by any other name is the same in both."""
    pairs = zip(net.nodes, other.nodes, strict=True)
    return {node.name for node, one in pairs if isinstance(node, Table) and not _same(node, one)}


def _outside(net: IntNet) -> tuple[object, ...]:
    states = [(one.name, one.next, one.bits, one.signed, one.reset.tolist()) for one in net.states]
    return net.n_inputs, net.input_bits, net.input_signed, net.outputs, states


def _same(node: Node, one: Node) -> bool:
    arrays = all(np.array_equal(getattr(node, w), getattr(one, w)) for w in node.ARRAYS)
    return arrays and all(getattr(node, w) == getattr(one, w) for w in node.OPTIONS)


def _same_sums(net: IntNet, other: IntNet, node: Linear, one: Linear) -> bool:
    """Whether the sums of two linear nodes over tables are the same at all addresses."""
    table, instead = net.node(node.inputs[0]), other.node(one.inputs[0])
    assert isinstance(table, Table)
    assert isinstance(instead, Table)
    shapes = [(t.inputs, t.width, t.wiring.shape[1]) for t in (table, instead)]
    if shapes[0] != shapes[1] or node.size != one.size:
        return False
    apart = node.bias.astype(np.int64) - one.bias.astype(np.int64)
    for first, second in _added(table, node, instead, one):
        gap = first - second
        if (gap != gap[:, :1]).any():
            return False
        apart += gap[:, 0]
    return not apart.any()


def _added(
    table: Table, node: Linear, other: Table, one: Linear
) -> Iterator[tuple[Integers, Integers]]:
    """For all tables of one address, what they add to each sum at each address, in both."""
    for wiring in np.unique(np.concatenate([table.wiring, other.wiring]), axis=0):
        first, second = ((t.wiring == wiring).all(axis=1) for t in (table, other))
        yield (
            node.weight[:, first].astype(np.int64) @ table.tables[first].astype(np.int64),
            one.weight[:, second].astype(np.int64) @ other.tables[second].astype(np.int64),
        )
