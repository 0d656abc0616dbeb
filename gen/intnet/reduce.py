"""Simplifying an integer network before it becomes bits.

Neurons that are constant (a threshold that is always or never reached, over the codes that really
occur), equal to another of their layer, or its complement, are found on their integer weights;
what reads them reads the other one instead, or a constant in its bias, and equal terms add up to
one weight. The outputs are the same for every input; what a neuron does at a free cut is not, so
questions go to the network as it was. Sizes and names stay: a neuron that nobody reads any more
costs nothing in the joined graph.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gen.intnet.combine import Concat, Max
from gen.intnet.held import WEIGHT_BITS
from gen.intnet.lookups import Levels, Table
from gen.intnet.network import IntNet
from gen.intnet.node import Integers, Node, Signal
from gen.intnet.products import Linear, Product

__all__ = ["Reduction", "reduce_net"]

Key = tuple[Hashable, ...]

MOST_WEIGHT = 1 << WEIGHT_BITS - 1


@dataclass
class Reduction:
    """How many neurons of the whole network are what."""

    constant: int = 0
    duplicate: int = 0
    complementary: int = 0
    unread: int = 0

    @property
    def found(self) -> bool:
        """Whether anything that reads them can change."""
        return bool(self.constant or self.duplicate or self.complementary)

    def __str__(self) -> str:
        return (
            f"{self.constant} constant, {self.duplicate} duplicate, {self.complementary}"
            f" complementary, {self.unread} unread neurons"
        )


@dataclass
class _Known:
    """Of each element of a signal: the one it equals (or complements), and the codes that occur."""

    same: Integers
    flip: NDArray[np.bool_]
    low: Integers
    high: Integers

    @staticmethod
    def fresh(signal: Signal) -> "_Known":
        own = np.arange(signal.size)
        return _Known(own, np.zeros(signal.size, dtype=bool), signal.low.copy(), signal.high.copy())

    @property
    def constant(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.low == self.high
        return found


def reduce_net(net: IntNet) -> tuple[IntNet, Reduction]:
    """The network in which nothing reads a constant, duplicate or complementary neuron, and how
    many there are. The same network where there are none."""
    known = {name: _Known.fresh(net.signals[name]) for name in ("x", *(s.name for s in net.states))}
    nodes: list[Node] = []
    made: dict[str, Node] = {}
    for node in net.nodes:
        node = _rewritten(node, [known[name] for name in node.inputs])
        nodes.append(node)
        made[node.name] = node
        known[node.name] = _learn(net, node, made, known)
    reduced = replace(net, nodes=tuple(nodes))
    counts = _count(reduced, known)
    return (reduced if counts.found else net), counts


def _count(net: IntNet, known: dict[str, _Known]) -> Reduction:
    counts = Reduction(unread=_unread(net))
    for node in net.activations:
        here = known[node.name]
        other = (here.same != np.arange(node.size)) & ~here.constant
        counts.constant += int(here.constant.sum())
        counts.duplicate += int((other & ~here.flip).sum())
        counts.complementary += int((other & here.flip).sum())
    return counts


# What is read ------------------------------------------------------------------------------


def _rewritten(node: Node, given: list[_Known]) -> Node:
    """The node with what it reads replaced by what that equals."""
    if isinstance(node, Linear):
        return _rewritten_linear(node, given[0])
    if isinstance(node, Table):
        return _rewritten_table(node, given[0])
    if isinstance(node, Max):
        plain = np.where(given[0].flip, np.arange(len(given[0].same)), given[0].same)
        return replace(node, wiring=plain[node.wiring].astype(np.int32))
    return node


def _rewritten_linear(node: Linear, given: _Known) -> Linear:
    weight, bias = node.weight.astype(np.int64), node.bias.astype(np.int64)
    for element in np.flatnonzero(given.constant):
        bias = bias + weight[:, element] * given.low[element]
        weight[:, element] = 0
    for element in np.flatnonzero(given.same != np.arange(len(given.same))):
        other, moved = given.same[element], weight[:, element].copy()
        after = weight[:, other] + np.where(given.flip[element], -moved, moved)
        fits = (after >= -MOST_WEIGHT) & (after < MOST_WEIGHT)
        weight[fits, other], weight[fits, element] = after[fits], 0
        bias = bias + np.where(fits & given.flip[element], moved, 0)
    return replace(node, weight=weight, bias=bias.astype(np.int32))


def _rewritten_table(node: Table, given: _Known) -> Table:
    """Complemented elements (of one bit) are read from the other one, the table turned over."""
    tables = node.tables.copy()
    address = np.arange(tables.shape[1])
    for place in range(node.wiring.shape[1]):
        flipped = given.flip[node.wiring[:, place]]
        tables[flipped] = tables[flipped][:, address ^ (1 << place * node.width)]
    return replace(node, wiring=given.same[node.wiring].astype(np.int32), tables=tables)


# What is given -----------------------------------------------------------------------------


def _learn(net: IntNet, node: Node, made: dict[str, Node], known: dict[str, _Known]) -> _Known:
    given = [known[name] for name in node.inputs]
    here = _Known.fresh(net.signals[node.name])
    if isinstance(node, Product):
        _learn_sums(node, given[0], here)
    elif isinstance(node, Levels):
        _learn_levels(node, made.get(node.inputs[0]), given[0], here)
    elif isinstance(node, Table):
        _learn_tables(node, given[0], here)
    elif isinstance(node, Concat):
        starts = np.cumsum([0, *(len(one.same) for one in given)])
        parts = zip(given, starts, strict=False)
        here.same = np.concatenate([one.same + start for one, start in parts])
        here.flip = np.concatenate([one.flip for one in given])
        here.low, here.high = (
            np.concatenate([getattr(one, end) for one in given]) for end in ("low", "high")
        )
    return here


def _learn_sums(node: Product, given: _Known, here: _Known) -> None:
    for at, (element, weight, bias) in enumerate(node.rows()):
        ends = weight * given.low[element], weight * given.high[element]
        here.low[at] = np.minimum(*ends).sum() + bias
        here.high[at] = np.maximum(*ends).sum() + bias


def _learn_levels(node: Levels, source: Node | None, given: _Known, here: _Known) -> None:
    groups = _Groups(here, node.bits == 1 and not node.signed)
    for at in range(node.size):
        edges, codes = _steps(node, at, int(given.low[at]), int(given.high[at]))
        here.low[at], here.high[at] = min(codes), max(codes)
        if len(set(codes)) > 1:
            term = source.row(at) if isinstance(source, Product) else None
            groups.add(at, *_canonical(at, term, edges, codes))


def _steps(node: Levels, at: int, low: int, high: int) -> tuple[list[int], list[int]]:
    """The edges that a sum in low..high can pass and where the code changes, and the codes."""
    edges: list[int] = []
    codes = [int(node.codes[at, int((node.edges[at] <= low).sum())])]
    for edge, code in zip(node.edges[at].tolist(), node.codes[at, 1:].tolist(), strict=True):
        if low < edge <= high:
            if edges and edges[-1] == edge:
                edges.pop()
                codes.pop()
            if code != codes[-1]:
                edges.append(edge)
                codes.append(code)
    return edges, codes


def _canonical(
    at: int, term: tuple[Integers, Integers, int] | None, edges: list[int], codes: list[int]
) -> tuple[Key, list[int]]:
    """A step function of a sum, with weights that share no factor and a positive first one.

    Steps of -s are those of s in the other direction: s' = -s passes 1 - e where s falls below e.
    """
    if term is None or not len(term[0]):
        return (at, tuple(edges)), codes
    element, weight, bias = term
    edges = [edge - bias for edge in edges]
    if weight[0] < 0:
        weight, edges, codes = -weight, [1 - edge for edge in reversed(edges)], codes[::-1]
    factor = int(np.gcd.reduce(weight))
    edges = [-(-edge // factor) for edge in edges]
    return (element.tobytes(), (weight // factor).tobytes(), tuple(edges)), codes


def _learn_tables(node: Table, given: _Known, here: _Known) -> None:
    groups = _Groups(here, node.bits == 1 and not node.signed)
    address = np.arange(node.tables.shape[1])
    mask = (1 << node.width) - 1
    for at, wiring in enumerate(node.wiring):
        occurs = np.ones(len(address), dtype=bool)
        for place, element in enumerate(wiring):
            if given.constant[element]:
                code = given.low[element] & mask
                occurs &= (address >> (place * node.width)) & mask == code
        codes = node.tables[at, occurs]
        here.low[at], here.high[at] = codes.min(), codes.max()
        if codes.min() < codes.max():
            groups.add(at, (wiring.tobytes(),), node.tables[at].tolist())


@dataclass
class _Groups:
    """Elements by what they compute; the first of a group stands for all."""

    here: _Known
    binary: bool
    first: dict[Key, tuple[int, bool]] = field(default_factory=dict)

    def add(self, at: int, key: Key, codes: list[int]) -> None:
        """Note an element that gives `codes` in the order that `key` fixes."""
        inverted = self.binary and codes[0] == 1
        plain = [1 - code for code in codes] if inverted else codes
        other, flip = self.first.setdefault((*key, tuple(plain)), (at, inverted))
        self.here.same[at], self.here.flip[at] = other, flip != inverted


def _unread(net: IntNet) -> int:
    """Neurons that nothing reads."""
    used = net.reached()
    return sum(node.size - len(used[node.name]) for node in net.activations)
