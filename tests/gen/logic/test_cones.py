"""Cones of outputs, against the whole graph's truth tables."""

import numpy as np
import pytest

from gen.logic.cones import Cones
from gen.logic.graph import Graph
from tests.gen.logic.graphs import named_tables, random_graph


def spread(graph: Graph, over: tuple[str, ...]) -> dict[str, int]:
    """Truth tables over these inputs, of a graph that reads some of them."""
    own = [over.index(name) for name in graph.input_names]
    found = {}
    for name, table in named_tables(graph).items():
        wide = 0
        for v in range(1 << len(over)):
            small = sum((v >> at & 1) << k for k, at in enumerate(own))
            wide |= (table >> small & 1) << v
        found[name] = wide
    return found


def needed(graph: Graph, roots: list[int]) -> set[int]:
    """ANDs that are reached, by going over all nodes until nothing is new."""
    found = {root >> 1 for root in roots}
    while True:
        reached = {n for node in found if node >= graph.first_and
                   for n in (graph.fan_in[node - graph.first_and] >> 1).tolist()}  # fmt: skip
        if reached <= found:
            return {node for node in found if node >= graph.first_and}
        found |= reached


@pytest.mark.parametrize("seed", range(20))
def test_chosen_outputs_with_what_they_need(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, 6, 40, 8)
    cones = Cones(graph)
    names = [graph.output_names[at] for at in rng.permutation(8)[: rng.integers(1, 6)]]
    chosen = cones.select(names)
    assert chosen.output_names == tuple(names)
    whole = named_tables(graph)
    assert spread(chosen, graph.input_names) == {name: whole[name] for name in names}
    roots = [int(graph.outputs[cones.places[name]]) for name in names]
    assert chosen.n_ands == len(needed(graph, roots))
    read = {n for pair in chosen.fan_in.tolist() for n in pair} | set(chosen.outputs.tolist())
    assert {n >> 1 for n in read} >= set(range(1, chosen.first_and))


def test_reach_counts_what_is_new_and_stops_in_time() -> None:
    fan_in = np.array([[2, 4]] + [[2 * at + 4, 2] for at in range(1, 20)])
    graph = Graph(("a", "b"), ("y",), fan_in, np.array([2 * 22]))
    cones, inside = Cones(graph), set()
    assert cones.reach(12, inside) == 10
    assert cones.reach(12, inside) == 0
    assert cones.reach(22, inside) == 10
    assert inside == set(range(3, 23))
    assert cones.reach(22, set(), most=5) == 5
    assert cones.reach(1, set()) == cones.reach(0, set()) == 0


def test_outputs_without_logic() -> None:
    graph = Graph(("a", "b"), ("x", "y", "z"), np.zeros((0, 2), np.int64), np.array([5, 1, 0]))
    chosen = Cones(graph).select(["y", "x"])
    assert chosen.input_names == ("b",)
    assert named_tables(chosen) == {"y": 0b11, "x": 0b01}
