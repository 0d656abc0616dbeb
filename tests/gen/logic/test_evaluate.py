"""Bit-parallel evaluation against aigverse's simulation and against one gate at a time.

Everything is asked of the compiled kernel and of numpy.
"""

from collections.abc import Iterator

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
from gen.logic.kernel import VARIABLE
from tests.gen.logic.graphs import every_input, random_graph, tables, value

WAYS = ("c", "numpy")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test runs once in each way of evaluating."""
    monkeypatch.setenv(VARIABLE, request.param)
    return str(request.param)


def each_way() -> Iterator[str]:
    """The same for the inside of a test that Hypothesis repeats."""
    for name in WAYS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, name)
            yield name


@pytest.mark.usefixtures("way")
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
    wanted = [value(graph, row) for row in bits.tolist()]
    for way in each_way():
        found = evaluate(graph, bits)
        assert found.dtype == np.uint8
        assert found.shape == (vectors, 5)
        assert found.tolist() == wanted, way


@pytest.mark.usefixtures("way")
def test_no_vectors_give_no_rows_of_all_outputs() -> None:
    graph = random_graph(np.random.default_rng(0))
    assert evaluate(graph, np.zeros((0, 6), dtype=np.uint8)).shape == (0, 5)


@pytest.mark.usefixtures("way")
def test_any_kind_of_number_counts_as_a_bit() -> None:
    graph = random_graph(np.random.default_rng(1))
    bits = every_input(6)
    for kind in (bool, np.int8, np.int64, np.float32):
        assert (evaluate(graph, bits.astype(kind)) == evaluate(graph, bits)).all()
    for other in (bits * 2, bits * 255, bits * np.int64(256), bits * -0.5):
        assert (evaluate(graph, other) == evaluate(graph, bits)).all()
    assert (evaluate(graph, np.asfortranarray(bits)[::-1]) == evaluate(graph, bits)[::-1]).all()


@pytest.mark.usefixtures("way")
def test_every_node_has_its_value() -> None:
    graph = random_graph(np.random.default_rng(2), inputs=5, ands=30)
    values = evaluate_nodes(graph, pack_vectors(every_input(5)))
    nodes = np.arange(graph.first_and + graph.n_ands)
    names = tuple(f"n{n}" for n in nodes)
    probe = Graph(graph.input_names, names, graph.fan_in, 2 * nodes)
    wanted = [[table >> v & 1 for v in range(32)] for table in tables(probe)]
    assert unpack_vectors(values, 32).T.tolist() == wanted


def test_memory_of_numpy_is_bounded_by_chunks_without_a_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "numpy")
    graph = random_graph(np.random.default_rng(3), inputs=10, ands=50)
    words = pack_vectors(every_input(10))
    whole = evaluate_words(graph, words)
    monkeypatch.setattr(module, "CHUNK_BYTES", 8 * 61 * 3)
    seen: list[int] = []
    plain = module._nodes_in_numpy

    def watched(graph: Graph, words: np.ndarray) -> np.ndarray:
        seen.append(words.shape[1])
        return plain(graph, words)

    monkeypatch.setattr(module, "_nodes_in_numpy", watched)
    assert (evaluate_words(graph, words) == whole).all()
    assert seen == [3, 3, 3, 3, 3, 1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 300), st.integers(0, 9), st.integers(0, 2**32))
def test_packing_puts_vector_v_at_bit_v(vectors: int, signals: int, seed: int) -> None:
    bits = np.random.default_rng(seed).integers(0, 2, (vectors, signals), dtype=np.uint8)
    for way in each_way():
        words = pack_vectors(bits)
        assert words.dtype == np.uint64
        assert words.shape == (signals, -(-vectors // 64))
        for at in range(signals):
            number = sum(int(word) << (64 * w) for w, word in enumerate(words[at]))
            assert number == sum(int(bit) << v for v, bit in enumerate(bits[:, at])), way
        found = unpack_vectors(words, vectors)
        assert found.dtype == np.uint8
        assert found.shape == bits.shape
        assert (found == bits).all(), way


@pytest.mark.usefixtures("way")
def test_more_vectors_than_words_wrong() -> None:
    words = np.zeros((3, 2), dtype=np.uint64)
    assert unpack_vectors(words, 128).shape == (128, 3)
    for count in (129, -1):
        with pytest.raises(GraphError) as caught:
            unpack_vectors(words, count)
        assert str(caught.value) == f"{count} vectors from words of shape (3, 2)"


@pytest.mark.usefixtures("way")
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
    for shape in ((2,), (2, 1, 1), ()):
        with pytest.raises(GraphError, match="input words for a graph of 2 inputs$"):
            evaluate_words(graph, np.zeros(shape, dtype=np.uint64))
