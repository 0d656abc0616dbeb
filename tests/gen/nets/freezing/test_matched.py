"""Trained networks against integer networks, module by module: one difference anywhere is found."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gen.intnet.lookups import NEVER, Levels, Table
from gen.intnet.network import IntNet
from gen.intnet.node import Node
from gen.intnet.products import Conv, Linear
from gen.nets.freezing.freeze import FreezeError, freeze_network
from gen.nets.freezing.matched import match
from tests.gen.nets.layers.cases import CASES, Case, settled

# A Max of sums, sums that are no module's, a sum that takes not all integers between its ends.
NOT_LISTED = ("max pooling of sums", "average pooling", "top", "a threshold")


def frozen(case: Case) -> IntNet:
    return freeze_network(settled(case), case.n_in, {}, case.bits, case.signed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_layer_matches_its_nodes(case: Case) -> None:
    found = match(settled(case), frozen(case))
    assert found.compared > 0
    assert (found.listed == found.compared) == (not found.left)
    if not case.name.startswith(NOT_LISTED):
        assert found.left == ()


def changed(node: Node, rng: np.random.Generator) -> Iterator[Node]:
    """The node with one number of it changed, so that some input of its own tells."""
    if isinstance(node, (Linear, Conv)):
        weight = node.weight.copy()
        place = tuple(rng.integers(weight.shape))
        weight[place] += 1 if weight[place] < 100 else -1
        yield replace(node, weight=weight)
        yield replace(node, bias=node.bias + np.int32(rng.random(len(node.bias)) < 2))
    elif isinstance(node, Levels):
        used = np.argwhere(node.edges != NEVER)
        if len(used):
            row, column = used[rng.integers(len(used))]
            edges = node.edges.copy()
            edges[row, column:] += (edges[row, column:] != NEVER).astype(np.int32)
            yield replace(node, edges=edges)
    elif isinstance(node, Table):
        tables = node.tables.copy()
        place = tuple(rng.integers(tables.shape))
        tables[place] ^= 1
        yield replace(node, tables=tables)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_number_that_is_another_is_found(case: Case) -> None:
    """Of each node: a weight, the bias, an edge, a table's entry."""
    net, network = frozen(case), settled(case)
    if case.name.startswith("a stack of three"):
        return  # As a stack of cells, and many times as long.
    rng = np.random.default_rng(0)
    left = match(network, net).left
    for at, node in enumerate(net.nodes):
        reads = {other.name for other in net.nodes if node.name in other.inputs}
        if node.name in left or reads & {*left}:
            continue
        for other in changed(node, rng):
            nodes = (*net.nodes[:at], other, *net.nodes[at + 1 :])
            with pytest.raises(FreezeError, match="the integer network"):
                match(network, replace(net, nodes=nodes))
