"""Sums behind which only steps stand, with weights as light as can be.

A row of weights 3, -3 and 3 is counted as 1, -1 and 1, and what it is compared with is divided: it
reaches e where the third of it, without its bias, reaches (e - bias) / 3, rounded up. A row of a
few bits gets the lightest weights that tell the same steps apart (`gen.melt.rules.lighter`), where
that takes fewer gates. What the sums are is no longer said by the logic, which nothing asks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from gen.intnet.network import NEVER, Conv, IntNet, Levels, Linear
from gen.intnet.node import EXACT, Integers, Node, Signal, code_range, code_signal
from gen.logic.graph import Builder
from gen.melt.rules.levels import lower_levels
from gen.melt.rules.lighter import POINTS, lightest
from gen.melt.rules.products import lower_linear

__all__ = ["lightened"]

ROWS = 256
"""Rows of a layer up to which lighter ones are looked for: a tenth of a second each."""


def lightened(net: IntNet) -> IntNet:
    """The network of the same activations and outputs with such rows made lighter."""
    made: dict[str, Node] = {}
    for node in net.nodes:
        readers = [one for one in net.nodes if node.name in one.inputs]
        kept = node.name in net.outputs or node.name in {state.next for state in net.states}
        if kept or not isinstance(node, Linear | Conv) or len(readers) != 1:
            continue
        steps = readers[0]
        if isinstance(steps, Levels):
            divided, moved = _without_factors(node, steps)
            if isinstance(divided, Linear):
                divided, moved = _light(divided, moved, net.signals[node.inputs[0]])
            if divided is not node:
                made |= {node.name: divided, steps.name: moved}
    if not made:
        return net
    return replace(net, nodes=tuple(made.get(node.name, node) for node in net.nodes))


def _without_factors(node: Linear | Conv, steps: Levels) -> tuple[Linear | Conv, Levels]:
    """Both with rows divided by what all of their weights share; the same ones where none does."""
    rows = node.weight.reshape(len(node.weight), -1).astype(np.int64)
    factors = np.maximum(np.gcd.reduce(rows, axis=1), 1)
    if (factors == 1).all():
        return node, steps
    weight = node.weight // factors.reshape(-1, *[1] * (node.weight.ndim - 1))
    bias = np.where(factors > 1, 0, node.bias).astype(node.bias.dtype)
    each = node.size // len(factors)
    shared, taken = (np.repeat(one.astype(np.int64), each)[:, None] for one in (factors, node.bias))
    edges = steps.edges.astype(np.int64)
    moved = np.where((edges == NEVER) | (shared == 1), edges, -(-(edges - taken) // shared))
    divided = replace(node, weight=weight.astype(node.weight.dtype), bias=bias)
    return divided, replace(steps, edges=moved.astype(steps.edges.dtype))


@dataclass(frozen=True)
class _Row:
    """A row of a linear node as a node of its own, with the steps behind it."""

    sums: Linear
    steps: Levels

    def gates(self, given: Signal) -> int:
        """ANDs that it takes by itself."""
        b = Builder()
        words = [[b.input(f"{at}.{k}") for k in range(given.bits)] for at in range(given.size)]
        sums = lower_linear(b, self.sums, words, given.signed, {0})
        signal = self.sums.signal([given])
        for at, bit in enumerate(
            lower_levels(b, self.steps, sums, (signal.low, signal.high), [0])[0]
        ):
            b.output(f"y.{at}", bit)
        return b.graph().n_ands


def _light(node: Linear, steps: Levels, given: Signal) -> tuple[Linear, Levels]:
    """Both with the lightest weights of rows of few bits; the same ones where none gets lighter."""
    weight, bias = node.weight.astype(np.int64), node.bias.astype(np.int64)
    edges, found = steps.edges.astype(np.int64), False
    for at, row in _lighter_rows(node, steps, given):
        read = weight[at].nonzero()[0]
        weight[at, read], bias[at], edges[at] = row.sums.weight[0], 0, row.steps.edges[0]
        found = True
    if not found:
        return node, steps
    made = replace(node, weight=weight, bias=bias.astype(np.int32))
    return made, replace(steps, edges=edges.astype(steps.edges.dtype))


def _lighter_rows(node: Linear, steps: Levels, given: Signal) -> Iterator[tuple[int, _Row]]:
    """The rows that take fewer gates with other weights, and what they are then."""
    if not given.bits:
        return
    low, high = (int(one[0]) for one in code_range(1, given.bits, given.signed))
    rows = [row for row in enumerate(node.rows()) if (np.abs(row[1][1]) > 1).any()]
    for at, (read, weights, bias) in rows if len(rows) <= ROWS else ():
        if prod([high - low + 1] * len(read)) > POINTS:
            continue
        edges = steps.edges[at].astype(np.int64)
        own = np.where(edges == NEVER, NEVER, np.clip(edges - bias, -EXACT, EXACT))
        light = lightest(tuple(weights.tolist()), ((low, high),) * len(read), tuple(own.tolist()))
        if light is None:
            continue
        codes = code_signal(len(read), given.bits, given.signed)
        before = _row(weights, own, steps, at)
        after = _row(np.array(light[0]), np.array(light[1]), steps, at)
        if after.gates(codes) < before.gates(codes):
            yield at, after


def _row(weights: Integers, edges: Integers, steps: Levels, at: int) -> _Row:
    sums = Linear("sum", ("x",), weights[None].astype(np.int32), np.zeros(1, np.int32))
    own = replace(steps, edges=edges[None].astype(np.int32), codes=steps.codes[[at]])
    return _Row(sums, own)
