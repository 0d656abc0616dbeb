"""Cutting and joining: every AND in one part, no part reads a later one, the same function."""

import numpy as np
import pytest

from gen.logic.graph import Graph
from gen.simplify.parts import join, split
from tests.gen.logic.graphs import graph_of, named_tables, random_graph, tables
from tests.gen.map.netlists import layered

GRAPHS = [random_graph(np.random.default_rng(seed), 6, 60, 9) for seed in range(12)]
GRAPHS += [layered(1), layered(2), graph_of(4, 0x1234, 0xBEEF, 0x0001)]


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("size", [1, 7, 20, 1000])
def test_parts_joined_are_the_whole(graph: Graph, size: int) -> None:
    parts = split(graph, size)
    made = join(graph, parts, [part.graph for part in parts])
    assert named_tables(made) == named_tables(graph)
    assert (made.input_names, made.output_names) == (graph.input_names, graph.output_names)


@pytest.mark.parametrize("graph", GRAPHS)
def test_each_part_reads_inputs_and_earlier_parts_only(graph: Graph) -> None:
    known = set(range(graph.first_and))
    for part in split(graph, 7):
        assert set(part.inputs.tolist()) <= known
        assert not known & set(part.outputs.tolist())
        known |= set(part.outputs.tolist())
    assert {node for node in (graph.outputs >> 1).tolist() if node} <= known


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_and_that_is_needed_is_in_one_part(graph: Graph) -> None:
    needed, stack = set(), (graph.outputs >> 1).tolist()
    while stack:
        node = stack.pop()
        if node >= graph.first_and and node not in needed:
            needed.add(node)
            stack += (graph.fan_in[node - graph.first_and] >> 1).tolist()
    for size in (1, 10, 1000):
        assert sum(part.graph.n_ands for part in split(graph, size)) == len(needed)


def test_parts_are_about_as_large_as_asked() -> None:
    graph = random_graph(np.random.default_rng(3), 20, 4000, 300)
    sizes = [part.graph.n_ands for part in split(graph, 100)]
    assert len(sizes) > 5
    assert all(100 <= size <= 200 for size in sizes[:-1])
    assert sizes[-1] <= 200


def other_structure(graph: Graph) -> Graph:
    """The same functions as sums of minterms, complemented inside."""
    truth = tables(graph)
    everything = (1 << (1 << graph.n_inputs)) - 1
    turned = graph_of(graph.n_inputs, *(everything ^ table for table in truth))
    made = Graph(turned.input_names, turned.output_names, turned.fan_in, turned.outputs ^ 1)
    return made.renamed(graph.input_names, graph.output_names)


@pytest.mark.parametrize("seed", range(6))
def test_other_graphs_of_the_same_functions_fit_in(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed), 5, 40, 6)
    parts = split(graph, 6)
    assert len(parts) > 1
    made = join(graph, parts, [other_structure(part.graph) for part in parts])
    assert named_tables(made) == named_tables(graph)


def test_a_wrong_part_makes_a_wrong_whole() -> None:
    graph = random_graph(np.random.default_rng(0), 5, 40, 6)
    parts = split(graph, 6)
    graphs = [part.graph for part in parts]
    last = graphs[-1]
    graphs[-1] = Graph(last.input_names, last.output_names, last.fan_in, last.outputs ^ 1)
    assert named_tables(join(graph, parts, graphs)) != named_tables(graph)


def test_logic_in_common_becomes_one() -> None:
    graph = Graph(("a", "b", "c"), ("y", "z"), np.array([[2, 4], [2, 4], [8, 6], [10, 7]]),
                  np.array([12, 14]))  # fmt: skip
    parts = split(graph, 1)
    assert [part.graph.n_ands for part in parts] == [2, 2]
    assert join(graph, parts, [part.graph for part in parts]).n_ands == 3


def test_nothing_to_cut() -> None:
    graph = Graph(("a",), ("x", "y", "z"), np.zeros((0, 2), np.int64), np.array([2, 3, 1]))
    assert split(graph, 10) == []
    assert named_tables(join(graph, [], [])) == named_tables(graph)
