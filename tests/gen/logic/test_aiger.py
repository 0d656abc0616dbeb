"""AIGER files: read by others, written the same every time, refused when anything is wrong."""

from pathlib import Path

import numpy as np
import pytest
from aigverse.algorithms import simulate, simulate_sequential
from aigverse.io import read_aiger_into_aig, read_aiger_into_sequential_aig
from aigverse.io import write_aiger as foreign_write
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.files import FileDamaged
from gen.logic.aiger import Register, aiger_bytes, parse_aiger, read_aiger, write_aiger
from gen.logic.graph import Builder, Graph, GraphError
from tests.gen.logic.graphs import graph_of, named_tables, random_graph, tables


def same(first: Graph, second: Graph) -> bool:
    """Whether two graphs are equal gate for gate, whatever the order of a gate's two inputs."""
    gates = [np.sort(graph.fan_in, axis=1).tolist() for graph in (first, second)]
    ends = [graph.outputs.tolist() for graph in (first, second)]
    names = [(graph.input_names, graph.output_names) for graph in (first, second)]
    return gates[0] == gates[1] and ends[0] == ends[1] and names[0] == names[1]


def live(seed: int, inputs: int = 6) -> Graph:
    """A random graph without dead gates or constants, as aigverse's reader builds it too."""
    graph = random_graph(np.random.default_rng(seed), inputs)
    return Graph.from_aig(graph.to_aig(), graph.input_names, graph.output_names)


def small() -> Graph:
    """Two ANDs: what the examples of the format look like."""
    b = Builder()
    x, y = b.input("x[0]"), b.input("x[1]")
    b.output("both", b.and_(x, y))
    b.output("none", b.and_(~x, ~y))
    return b.graph()


def test_the_bytes_are_those_of_the_format() -> None:
    # Worked out by hand from the report: node 3 = 4 & 2, deltas 6-4, 4-2; node 4 = 5 & 3, 8-5, 5-3.
    body = b"aig 4 2 0 2 2\n6\n8\n\x02\x02\x03\x02"
    assert aiger_bytes(small(), symbols=False) == body
    symbols = b"i0 x[0]\ni1 x[1]\no0 both\no1 none\n"
    assert aiger_bytes(small()).startswith(body + symbols)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(0, 9), st.integers(0, 300), st.integers(0, 6))
def test_written_and_read_nothing_changes(seed: int, inputs: int, ands: int, outs: int) -> None:
    graph = random_graph(np.random.default_rng(seed), inputs, ands, outs)
    assert same(parse_aiger(aiger_bytes(graph)), graph)
    assert aiger_bytes(parse_aiger(aiger_bytes(graph))) == aiger_bytes(graph)


def test_deltas_of_one_two_and_three_bytes() -> None:
    inputs = 20_000
    names = tuple(f"a{at}" for at in range(inputs))
    top = 2 * (inputs + 1)
    fan_in = np.array([[2, 3], [2, top], [top, top + 2], [2 * inputs, 2 * inputs - 200]])
    graph = Graph(names, ("y",), fan_in, np.array([top + 6]))
    assert same(parse_aiger(aiger_bytes(graph)), graph)


@pytest.mark.parametrize("seed", range(10))
def test_aigverse_reads_the_same_function(seed: int, tmp_path: Path) -> None:
    graph = live(seed)
    path = tmp_path / "graph.aig"
    write_aiger(graph, path)
    network = read_aiger_into_aig(str(path))
    found = [sum(t.get_bit(v) << v for v in range(64)) for t in simulate(network)]
    assert found == tables(graph)
    assert network.num_gates == graph.n_ands


@pytest.mark.parametrize("seed", range(10))
def test_what_aigverse_writes_is_read(seed: int, tmp_path: Path) -> None:
    graph = live(seed)
    foreign_write(graph.to_aig(), str(tmp_path / "foreign.aig"))
    found = read_aiger(tmp_path / "foreign.aig")
    assert tables(found) == tables(graph)
    assert len(found.input_names) == 6


def stepped() -> tuple[Graph, list[Register]]:
    """Two state bits after an input: h' = h & x, reset to 1; g' = ~g, reset to 0."""
    names = ("x", "h", "g"), ("y", "h.next", "g.next")
    graph = Graph(*names, np.array([[2, 4]]), np.array([5, 8, 7]))
    return graph, [Register("h", "h.next", 1), Register("g", "g.next", 0)]


def test_registers_are_latches() -> None:
    graph, registers = stepped()
    data = aiger_bytes(graph, registers=registers)
    header, body = b"aig 4 1 2 1 1\n8 1\n7 0\n5\n", b"\x04\x02"
    assert data == header + body + b"i0 x\nl0 h h.next\nl1 g g.next\no0 y\n"
    assert same(parse_aiger(data), graph)


def test_aigverse_reads_latches(tmp_path: Path) -> None:
    graph, registers = stepped()
    write_aiger(graph, tmp_path / "step.aig", registers)
    network = read_aiger_into_sequential_aig(str(tmp_path / "step.aig"))
    assert (network.num_registers, network.num_pis, network.num_pos) == (2, 1, 1)
    found = simulate_sequential(network, 4, [[True], [True], [False], [True]])
    # y = ~h; h is 1 until x is 0; g flips at every step, from 0.
    assert found.outputs == [[False], [False], [False], [True]]
    assert found.states == [[True, False], [True, True], [True, False], [False, True], [False] * 2]


def test_latches_without_symbols_are_positions() -> None:
    graph, registers = stepped()
    found = parse_aiger(aiger_bytes(graph, symbols=False, registers=registers))
    assert found.input_names == ("i0", "l0", "l1")
    assert found.output_names == ("o0", "l0.next", "l1.next")


@pytest.mark.parametrize("order", [[1, 0], [0]])
def test_registers_that_are_not_last_wrong(order: list[int]) -> None:
    graph, registers = stepped()
    with pytest.raises(GraphError) as caught:
        aiger_bytes(graph, registers=[registers[at] for at in order])
    assert str(caught.value) == f"the last {len(order)} inputs and outputs are not the registers"


def test_names_without_symbols_are_positions() -> None:
    graph = parse_aiger(aiger_bytes(small(), symbols=False))
    assert (graph.input_names, graph.output_names) == (("i0", "i1"), ("o0", "o1"))


def test_a_comment_ends_the_symbols() -> None:
    assert same(parse_aiger(aiger_bytes(small()) + b"c\nABC, some day\ni0 other\n"), small())


def test_written_whole_or_not_at_all_and_the_same_again(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "graph.aig"
    write_aiger(small(), path)
    first = path.read_bytes()
    assert first == aiger_bytes(small())
    write_aiger(small(), path)
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["graph.aig"]


@pytest.mark.parametrize("make", [small, lambda: live(0), lambda: graph_of(3, 0x96, 0xFF, 0)])
def test_cut_short_anywhere_wrong(make: object) -> None:
    data = aiger_bytes(make())  # type: ignore[operator]
    accepted = []
    for end in range(len(data)):
        try:
            parse_aiger(data[:end])
        except FileDamaged:
            continue
        accepted.append(end)
    body = len(aiger_bytes(make(), symbols=False))  # type: ignore[operator]
    # Without any symbols a file is whole; with a part of them it is not.
    assert set(accepted) <= {body}


def test_cut_short_inside_a_name_wrong() -> None:
    data = aiger_bytes(small())
    at = data.index(b"x[1]") + 3
    with pytest.raises(FileDamaged):
        parse_aiger(data[:at])


BODY = b"\n6\n8\n\x02\x02\x03\x02"
DAMAGED = {
    b"": "header b''",
    b"hello": "header b'hello'",
    b"aag 1 1 0 1 0\n2\n2\n": "header b'aag 1 1 0 1 0'",
    b"aig 1 1 0 1\n2\n": "header b'aig 1 1 0 1'",
    b"aig 1 1 1 1 0\n2\n2\n": "header aig 1 1 1 1 0: its counts do not add up",
    b"aig 5 2 0 2 2" + BODY: "header aig 5 2 0 2 2: its counts do not add up",
    b"aig 2 1 1 1 0\n4 4\n2\n": "latch 4 4: not reset to 0 or 1",
    b"aig 2 1 1 1 0\n4 0 1\n2\n": "latch 4 0 1: not reset to 0 or 1",
    b"aig 2 1 1 1 0\n\n2\n": "latch : not reset to 0 or 1",
    b"aig 2 1 1 1 0\n6\n2\n": "an output reads a literal outside 0..5",
    b"aig 2 1 1 1 0\n4": "0 of 2 latches and outputs",
    b"aig 4 2 0 2 2\n6": "0 of 2 latches and outputs",
    b"aig 4 2 0 2 2\n6\n8": "1 of 2 latches and outputs",
    b"aig 4 2 0 2 2\n6\n8\n\x02\x02\x03": "1 of 2 AND nodes",
    b"aig 4 2 0 2 2\n6\n8\n\x02\x02\x03\x82": "1 of 2 AND nodes",
    b"aig 4 2 0 2 2\n6\n8\n\x00\x02\x03\x02": "AND node 3 reads [4, 6]: not an earlier literal"
    " (cyclic, dangling, or out of order)",
    b"aig 4 2 0 2 2\n6\n8\n\x07\x02\x03\x02": "AND node 3 reads [-3, -1]: not an earlier literal"
    " (cyclic, dangling, or out of order)",
    b"aig 4 2 0 2 2\n6\n10\n\x02\x02\x03\x02": "an output reads a literal outside 0..9",
    b"aig 4 2 0 2 2\n6\n8\n"
    + b"\x82" * 11
    + b"\x02\x02\x03\x02": "a number of more than nine bytes",
}


@pytest.mark.parametrize("data", DAMAGED)
def test_a_damaged_or_foreign_file_wrong(data: bytes) -> None:
    with pytest.raises(FileDamaged) as caught:
        parse_aiger(data, "build/x/graph.aig")
    assert str(caught.value) == (
        f"build/x/graph.aig: not a whole binary AIGER file ({DAMAGED[data]});"
        " run the step that makes it again"
    )


@pytest.mark.parametrize(
    "symbols",
    [
        b"x0 name\n",
        b"l0 name\n",
        b"i2 name\n",
        b"o2 name\n",
        b"i0\n",
        b"i0 \n",
        b"i name\n",
        b"iq name\n",
        b"i0 a\ni1 a\n",
        b"i-1 name\n",
        b"o-2 name\n",
        b"i0 one\ni0 two\n",
        b"i0 \xff\xfe\n",
        b"\x00\x00\x00",
    ],
)
def test_a_bad_symbol_line_wrong(symbols: bytes) -> None:
    with pytest.raises(FileDamaged, match="^AIGER data: not a whole binary AIGER file"):
        parse_aiger(aiger_bytes(small(), symbols=False) + symbols)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255))))
def test_any_bytes_are_read_or_refused(seed: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(aiger_bytes(live(seed % 7, 3)))
    # The header stays: it says how much there is to make room for.
    start = data.index(b"\n") + 1
    for at, byte in changes:
        data[start + at % (len(data) - start)] = byte
    try:
        found = parse_aiger(bytes(data))
    except FileDamaged:
        return
    assert len(named_tables(found)) == 5


def test_no_file_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged) as caught:
        read_aiger(tmp_path / "graph.aig")
    assert str(caught.value) == (
        f"{tmp_path}/graph.aig: no such file; run the step that makes it first"
    )
