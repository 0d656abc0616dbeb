"""Groups of outputs: each output once, with its whole function in both graphs."""

import numpy as np
import pytest

from gen.logic.graph import Graph
from gen.simplify.groups import group_outputs
from tests.gen.logic.graphs import named_tables, random_graph


def spread(graph: Graph, over: tuple[str, ...]) -> dict[str, int]:
    """Truth tables over these inputs, of a graph that reads some of them."""
    place = {name: at for at, name in enumerate(over)}
    own = [place[name] for name in graph.input_names]
    found = {}
    for name, table in named_tables(graph).items():
        wide = 0
        for v in range(1 << len(over)):
            small = sum((v >> at & 1) << k for k, at in enumerate(own))
            wide |= (table >> small & 1) << v
        found[name] = wide
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [1, 10, 1000])
def test_groups_hold_the_functions_of_both_graphs(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    first = random_graph(rng, 6, 50, 8)
    second = random_graph(rng, 6, 30, 8)
    seen: list[str] = []
    for group in group_outputs(first, second, size):
        seen += group.names
        assert group.first.input_names == group.second.input_names
        assert group.first.output_names == group.second.output_names == group.names
        for whole, cut in ((first, group.first), (second, group.second)):
            wanted = {name: named_tables(whole)[name] for name in group.names}
            assert spread(cut, whole.input_names) == wanted
    assert seen == list(first.output_names)


def test_outputs_in_another_order_are_found_by_name() -> None:
    first = random_graph(np.random.default_rng(1), 5, 30, 6)
    turned = Graph(first.input_names, first.output_names[::-1], first.fan_in, first.outputs[::-1])
    for group in group_outputs(first, turned, 5):
        assert named_tables(group.first) == named_tables(group.second)


def test_outputs_that_share_their_logic_stay_together() -> None:
    """Ten outputs, each a prefix of one long chain: one group, whatever the size."""
    fan_in = np.array([[2 * (1 + at), 2 * (2 + at)] if not at else [2 * (14 + at), 2 * (2 + at)]
                       for at in range(13)])  # fmt: skip
    inputs = tuple(f"a{at}" for at in range(14))
    chain = Graph(inputs, tuple(f"y{at}" for at in range(10)), fan_in,
                  2 * np.arange(15 + 3, 15 + 13))  # fmt: skip
    assert [len(group.names) for group in group_outputs(chain, chain, 2)] == [10]


def test_outputs_with_logic_of_their_own_are_apart() -> None:
    """Ten ANDs of two inputs each: as many to a group as make it full."""
    fan_in = np.array([[4 * at + 2, 4 * at + 4] for at in range(10)])
    graph = Graph(tuple(f"a{at}" for at in range(20)), tuple(f"y{at}" for at in range(10)), fan_in,
                  2 * np.arange(21, 31))  # fmt: skip
    groups = list(group_outputs(graph, graph, 3))
    assert [len(group.names) for group in groups] == [3, 3, 3, 1]
    assert [group.first.n_inputs for group in groups] == [6, 6, 6, 2]


def test_outputs_without_logic() -> None:
    graph = Graph(("a", "b"), ("w", "x", "y"), np.zeros((0, 2), np.int64), np.array([4, 1, 0]))
    (group,) = group_outputs(graph, graph, 10)
    assert group.first.input_names == ("b",)
    assert named_tables(group.first) == {"w": 0b10, "x": 0b11, "y": 0}
