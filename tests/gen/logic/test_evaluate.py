"""Bit-parallel evaluation against aigverse's simulation and against one gate at a time."""

import numpy as np
import pytest
from aigverse.algorithms import simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.logic import evaluate as module
from gen.logic.evaluate import (
    evaluate,
    evaluate_nodes,
    evaluate_words,
    pack_vectors,
    unpack_vectors,
)
from gen.logic.graph import Builder, Graph, GraphError
from tests.gen.logic.graphs import every_input, random_graph, tables, value


@pytest.mark.parametrize("seed", range(20))
def test_all_inputs_as_aigverse_simulates_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, inputs=int(rng.integers(1, 10)), ands=int(rng.integers(0, 80)))
    found = evaluate(graph, every_input(graph.n_inputs))
    for column, table in zip(found.T, simulate(graph.to_aig()), strict=True):
        assert column.tolist() == [int(table.get_bit(v)) for v in range(1 << graph.n_inputs)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 60), st.integers(1, 200))
def test_random_vectors_gate_by_gate(seed: int, inputs: int, ands: int, vectors: int) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, inputs, ands)
    bits = rng.integers(0, 2, (vectors, inputs))
    found = evaluate(graph, bits)
    assert found.dtype == np.uint8
    assert found.shape == (vectors, 5)
    assert found.tolist() == [value(graph, row) for row in bits.tolist()]


def test_no_vectors_give_no_rows_of_all_outputs() -> None:
    graph = random_graph(np.random.default_rng(0))
    assert evaluate(graph, np.zeros((0, 6), dtype=np.uint8)).shape == (0, 5)


def test_any_kind_of_number_counts_as_a_bit() -> None:
    graph = random_graph(np.random.default_rng(1))
    bits = every_input(6)
    for kind in (bool, np.int64, np.float32):
        assert (evaluate(graph, bits.astype(kind)) == evaluate(graph, bits)).all()


def test_every_node_has_its_value() -> None:
    graph = random_graph(np.random.default_rng(2), inputs=5, ands=30)
    values = evaluate_nodes(graph, pack_vectors(every_input(5)))
    nodes = np.arange(graph.first_and + graph.n_ands)
    names = tuple(f"n{n}" for n in nodes)
    probe = Graph(graph.input_names, names, graph.fan_in, 2 * nodes)
    wanted = [[table >> v & 1 for v in range(32)] for table in tables(probe)]
    assert unpack_vectors(values, 32).T.tolist() == wanted


def test_memory_is_bounded_by_chunks_without_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = random_graph(np.random.default_rng(3), inputs=10, ands=50)
    words = pack_vectors(every_input(10))
    whole = evaluate_words(graph, words)
    monkeypatch.setattr(module, "CHUNK_BYTES", 8 * 61 * 3)
    seen: list[int] = []
    plain = module.evaluate_nodes

    def watched(graph: Graph, words: np.ndarray) -> np.ndarray:
        seen.append(words.shape[1])
        return plain(graph, words)

    monkeypatch.setattr(module, "evaluate_nodes", watched)
    assert (evaluate_words(graph, words) == whole).all()
    assert seen == [3, 3, 3, 3, 3, 1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 300), st.integers(0, 9), st.integers(0, 2**32))
def test_packing_puts_vector_v_at_bit_v(vectors: int, signals: int, seed: int) -> None:
    bits = np.random.default_rng(seed).integers(0, 2, (vectors, signals), dtype=np.uint8)
    words = pack_vectors(bits)
    assert words.shape == (signals, -(-vectors // 64))
    for at in range(signals):
        number = sum(int(word) << (64 * w) for w, word in enumerate(words[at]))
        assert number == sum(int(bit) << v for v, bit in enumerate(bits[:, at]))
    assert (unpack_vectors(words, vectors) == bits).all()
    assert unpack_vectors(words, vectors).shape == bits.shape


def test_input_of_another_width_wrong() -> None:
    b = Builder()
    b.output("y", b.and_(b.input("a"), b.input("b")))
    graph = b.graph()
    with pytest.raises(GraphError) as caught:
        evaluate(graph, np.zeros((4, 3)))
    assert str(caught.value) == "input bits of shape (4, 3), expected (*, 2)"
    with pytest.raises(GraphError) as caught:
        evaluate(graph, np.zeros(2))
    assert str(caught.value) == "input bits of shape (2,), expected (*, 2)"
    with pytest.raises(GraphError) as caught:
        evaluate_nodes(graph, np.zeros((3, 1), dtype=np.uint64))
    assert str(caught.value) == "3 input words for a graph of 2 inputs"
