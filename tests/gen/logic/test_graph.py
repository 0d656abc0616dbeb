"""Graphs and their builder against truth tables worked out gate by gate."""

import itertools

import numpy as np
import pytest

from gen.logic.graph import Builder, Graph, GraphError
from tests.gen.logic.graphs import (
    every_input,
    graph_of,
    named_tables,
    random_graph,
    tables,
    value,
)


def table_of(function: object) -> int:
    """The truth table of a Python function of three bits."""
    rows = itertools.product((0, 1), repeat=3)
    return sum(bool(function(a, b, c)) << (a + 2 * b + 4 * c) for a, b, c in rows)  # type: ignore[operator]


GATES = {
    "and": (lambda g, a, b, c: g.and_(a, b), lambda a, b, c: a and b),
    "and of complements": (lambda g, a, b, c: g.and_(~a, ~b), lambda a, b, c: not a and not b),
    "or": (lambda g, a, b, c: g.or_(a, b), lambda a, b, c: a or b),
    "xor": (lambda g, a, b, c: g.xor(a, b), lambda a, b, c: a != b),
    "mux": (lambda g, a, b, c: g.mux(a, b, c), lambda a, b, c: b if a else c),
    "constant 0": (lambda g, a, b, c: g.constant(0), lambda a, b, c: 0),
    "constant 1": (lambda g, a, b, c: g.constant(5), lambda a, b, c: 1),
    "false": (lambda g, a, b, c: g.false, lambda a, b, c: 0),
    "true": (lambda g, a, b, c: g.true, lambda a, b, c: 1),
    "input": (lambda g, a, b, c: c, lambda a, b, c: c),
    "complement": (lambda g, a, b, c: ~b, lambda a, b, c: not b),
    "and with itself": (lambda g, a, b, c: g.and_(a, a), lambda a, b, c: a),
    "and with its complement": (lambda g, a, b, c: g.and_(a, ~a), lambda a, b, c: 0),
    "xor with true": (lambda g, a, b, c: g.xor(a, g.true), lambda a, b, c: not a),
}


@pytest.mark.parametrize("name", GATES)
def test_a_gate_is_its_truth_table(name: str) -> None:
    build, meant = GATES[name]
    b = Builder()
    b.output("y", build(b, b.input("a"), b.input("b"), b.input("c")))
    assert tables(b.graph()) == [table_of(meant)]


def test_the_graph_keeps_inputs_without_use_and_drops_logic_without_use() -> None:
    b = Builder()
    x, _, z = (b.input(name) for name in ("x", "unused", "z"))
    b.and_(~x, ~z)
    b.output("y", b.and_(x, z))
    graph = b.graph()
    assert graph.input_names == ("x", "unused", "z")
    assert (graph.n_inputs, graph.n_ands, graph.first_and, graph.depth) == (3, 1, 4, 1)


def test_equal_gates_are_built_once() -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    b.output("p", b.and_(x, y))
    b.output("q", b.and_(y, x))
    b.output("r", ~b.or_(~x, ~y))
    assert b.graph().n_ands == 1


def test_a_graph_without_ands_or_outputs() -> None:
    b = Builder()
    b.input("x")
    assert (b.graph().n_ands, b.graph().depth, b.graph().output_names) == (0, 0, ())
    b.output("same", b.input("z"))
    assert tables(b.graph()) == [0b1100]
    assert b.graph().depth == 0


@pytest.mark.parametrize("seed", range(20))
def test_through_aigverse_and_back_nothing_changes(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed))
    back = Graph.from_aig(graph.to_aig(), graph.input_names, graph.output_names)
    assert named_tables(back) == named_tables(graph)
    assert back.n_ands <= graph.n_ands


@pytest.mark.parametrize("seed", range(10))
def test_importing_a_graph_is_composition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inner = random_graph(rng, inputs=4, ands=20, outputs=3)
    b = Builder()
    x, y, z = (b.input(name) for name in "xyz")
    for at, signal in enumerate(b.import_graph(inner, [~x, b.and_(y, z), b.true, z])):
        b.output(f"y{at}", signal)
    outer = b.graph()
    for x, y, z in itertools.product((0, 1), repeat=3):
        assert value(outer, [x, y, z]) == value(inner, [1 - x, y & z, 1, z])


def test_renaming_keeps_the_logic_and_the_order() -> None:
    graph = graph_of(2, 0b0110, 0b1000)
    other = graph.renamed(["p", "q"], ["s", "t"])
    assert (other.input_names, other.output_names) == (("p", "q"), ("s", "t"))
    assert tables(other) == tables(graph) == [0b0110, 0b1000]


@pytest.mark.parametrize("seed", range(5))
def test_levels_are_longest_paths(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed))
    fan_in = graph.fan_in.tolist()

    def longest(node: int) -> int:
        at = node - graph.first_and
        return 0 if at < 0 else 1 + max(longest(literal // 2) for literal in fan_in[at])

    wanted = [longest(node) for node in range(graph.first_and + graph.n_ands)]
    assert graph.levels.tolist() == wanted
    assert graph.depth == max(wanted[o // 2] for o in graph.outputs.tolist())


def test_the_naive_evaluators_agree() -> None:
    graph = random_graph(np.random.default_rng(0))
    by_vector = [value(graph, row) for row in every_input(6).tolist()]
    wide = [[table >> v & 1 for table in tables(graph)] for v in range(64)]
    assert by_vector == wide


WRONG = {
    "two inputs are named 'a'": (("a", "b", "a"), ("y",), [], [0]),
    "two outputs are named 'y'": (("a",), ("y", "z", "y"), [], [0, 1, 2]),
    "2 outputs but 1 output names": (("a",), ("y",), [], [0, 1]),
    "AND node 2 reads [4, 2]: not an earlier literal (cyclic, dangling, or out of order)": (
        ("a",), ("y",), [[4, 2]], [0],
    ),
    "AND node 3 reads [2, 9]: not an earlier literal (cyclic, dangling, or out of order)": (
        ("a",), ("y",), [[2, 3], [2, 9], [2, 4]], [0],
    ),
    "AND node 2 reads [-1, 2]: not an earlier literal (cyclic, dangling, or out of order)": (
        ("a",), ("y",), [[-1, 2]], [0],
    ),
    "an output reads a literal outside 0..3": (("a",), ("y",), [], [4]),
    "an output reads a literal outside 0..5": (("a",), ("y",), [[2, 3]], [-1]),
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_a_graph_that_does_not_fit_together_wrong(message: str) -> None:
    inputs, outputs, fan_in, ends = WRONG[message]
    gates = np.array(fan_in, dtype=np.int64).reshape(-1, 2)
    with pytest.raises(GraphError) as caught:
        Graph(inputs, outputs, gates, np.array(ends, dtype=np.int64))
    assert str(caught.value) == message


def test_the_builder_names_what_is_named_twice_wrong() -> None:
    b = Builder()
    x = b.input("x")
    b.output("y", x)
    b.output("y", ~x)
    with pytest.raises(GraphError, match="^two outputs are named 'y'$"):
        b.graph()
