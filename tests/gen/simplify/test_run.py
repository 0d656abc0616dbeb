"""Passes against all inputs; the runner that trusts none of them; and the proof it asks for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Builder, Graph
from gen.logic.sections import flatten
from gen.simplify import run
from gen.simplify.both import simplify_both
from gen.simplify.ledger import Ledger, Row, format_rows
from gen.simplify.passes import PASSES, Pass, refactor
from gen.simplify.run import SimplifyError, prove_row, simplify
from gen.tools.abc import count_luts, prove_equal
from gen.tools.tool import ToolFailed
from tests.gen.logic.graphs import graph_of, named_tables, random_graph
from tests.gen.map.netlists import layered


def plain(graph: Graph) -> bytes:
    return aiger_bytes(graph, symbols=False)


def wasteful(seed: int = 0) -> Graph:
    """Sums of minterms: much to gain for every pass."""
    rng = np.random.default_rng(seed)
    return graph_of(5, *(int(rng.integers(0, 1 << 32)) for _ in range(2)))


@pytest.mark.parametrize("one", PASSES, ids=lambda one: one.__name__)
def test_every_pass_keeps_the_function_and_the_names(one: Pass) -> None:
    for graph in (wasteful(), random_graph(np.random.default_rng(1), 7, 80), layered(2),
                  graph_of(3, 0, 0xFF, 0xAA)):  # fmt: skip
        made = one(graph)
        assert named_tables(made) == named_tables(graph)
        assert made.input_names == graph.input_names


# The proof ---------------------------------------------------------------------------------


def chain(n: int) -> Graph:
    b = Builder()
    found = b.true
    for at in range(n):
        found = b.and_(found, b.input(f"a{at}"))
    b.output("y", found)
    return b.graph()


def tree(n: int) -> Graph:
    b = Builder()
    row = [b.input(f"a{at}") for at in range(n)]
    while len(row) > 1:
        row = [b.and_(x, y) for x, y in zip(row[::2], row[1::2], strict=True)]
    b.output("y", row[0])
    return b.graph()


def constant(n: int, value: int) -> Graph:
    return Graph(tuple(f"a{at}" for at in range(n)), ("y",), np.zeros((0, 2), np.int64),
                 np.array([value]))  # fmt: skip


def test_graphs_that_differ_in_one_vector_of_65536_are_not_equal() -> None:
    assert not prove_equal(plain(chain(16)), plain(constant(16, 0)))
    assert not prove_equal(plain(constant(16, 0)), plain(chain(16)))


def test_a_difference_in_one_output_of_many() -> None:
    first = graph_of(4, 0x1234, 0x8000, 0xFFFF)
    assert not prove_equal(plain(first), plain(graph_of(4, 0x1234, 0x0000, 0xFFFF)))
    assert not prove_equal(plain(first), plain(graph_of(4, 0x1234, 0x8000, 0x0000)))
    assert not prove_equal(plain(first), plain(graph_of(4, 0x8000, 0x1234, 0xFFFF)))
    assert prove_equal(plain(first), plain(refactor(first)))


def test_equal_graphs_of_other_structure() -> None:
    assert chain(16).depth == 15
    assert tree(16).depth == 4
    assert prove_equal(plain(chain(16)), plain(tree(16)))
    assert prove_equal(plain(constant(3, 0)), plain(constant(3, 0)))
    assert not prove_equal(plain(constant(3, 0)), plain(constant(3, 1)))


def test_another_interface_is_never_equal() -> None:
    assert not prove_equal(plain(chain(4)), plain(chain(8)))
    assert not prove_equal(plain(graph_of(3, 1, 2)), plain(graph_of(3, 1)))


def test_a_proof_out_of_time_is_no_proof() -> None:
    assert not prove_equal(plain(chain(16)), plain(tree(16)), timeout=0.01)


def test_luts_are_counted_without_wires_constants_and_inverters() -> None:
    assert count_luts(plain(graph_of(4, 0x6996))) == 1
    wires = Graph(("a0", "a1"), tuple("pqrs"), np.zeros((0, 2), np.int64), np.array([2, 5, 0, 1]))
    assert count_luts(plain(wires)) == 0
    assert count_luts(plain(chain(16))) == 5
    assert count_luts(plain(chain(6)), k=6) == 1


# The runner --------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No LUT counts: they take a start of ABC each."""
    monkeypatch.setattr(run, "count_luts", lambda *_: 0)


@pytest.mark.usefixtures("quick")
def test_a_wrong_pass_is_undone_and_recorded() -> None:
    graph = wasteful()

    def complement_an_output(graph: Graph) -> Graph:
        better = refactor(graph)
        return replace(better, outputs=better.outputs ^ [1, 0])

    found, rows = simplify(graph, "graph", (complement_an_output,), rounds=1)
    assert found is graph
    assert [(row.step, row.target, row.proof) for row in rows] == [
        ("start", "graph", "given"), ("complement_an_output", "graph", "undone: not proved"),
    ]  # fmt: skip


@pytest.mark.usefixtures("quick")
def test_a_pass_that_fails_or_gains_nothing_is_recorded() -> None:
    def fail(graph: Graph) -> Graph:
        raise ToolFailed("abc failed (signal 9): killed; log: abc.log")

    def same(graph: Graph) -> Graph:
        return graph

    graph = wasteful()
    found, rows = simplify(graph, "sections", (fail, same, refactor), rounds=1)
    assert [row.proof for row in rows] == ["given", "undone: failed", "undone: no gain", "proved"]
    assert rows[1].ands == rows[0].ands == graph.n_ands
    assert rows[-1].ands == found.n_ands < graph.n_ands
    assert named_tables(found) == named_tables(graph)


@pytest.mark.usefixtures("quick")
def test_a_proof_that_runs_out_of_budget_undoes_the_pass() -> None:
    graph = wasteful()
    found, rows = simplify(graph, "graph", (refactor,), budget=0.01, rounds=1)
    assert found is graph
    assert rows[-1].proof == "undone: not proved"


@pytest.mark.usefixtures("quick")
def test_rounds_end_when_nothing_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "prove_equal", lambda *_: True)
    calls = []

    def shave(graph: Graph) -> Graph:
        """Take away the last AND while there are more than 90 of 100."""
        calls.append(graph.n_ands)
        if graph.n_ands <= 90:
            return graph
        return Graph(graph.input_names, graph.output_names, graph.fan_in[:-1], graph.outputs)

    start = random_graph(np.random.default_rng(0), 6, 100)
    start = replace(start, outputs=start.outputs % 20)
    simplify(start, "graph", (shave,), rounds=50)
    assert calls == [*range(100, 89, -1)]
    calls.clear()
    simplify(start, "graph", (shave,), rounds=3)
    assert calls == [100, 99, 98]


def test_prove_row_says_what_was_had_or_refuses() -> None:
    first, second = chain(16), tree(16)
    row = prove_row("graph = melted", "both", first, second)
    assert (row.step, row.target, row.proof) == ("graph = melted", "both", "proved")
    assert (row.ands, row.depth, row.lut4) == (15, 4, 5)
    with pytest.raises(SimplifyError) as caught:
        prove_row("graph = melted", "both", first, constant(16, 0), 20)
    assert str(caught.value) == "graph = melted: not proved equal within 20 s"
    with pytest.raises(SimplifyError) as caught:
        prove_row("a step", "both", first, chain(8))
    assert str(caught.value) == "a step: the two graphs have different inputs or outputs"


@pytest.mark.slow
def test_both_results_are_the_melted_graph() -> None:
    melted = layered(3)
    sections, flat, ledger = simplify_both(melted, 60)
    assert named_tables(sections) == named_tables(melted)
    assert named_tables(flat) == named_tables(flatten(melted))
    assert {row.target for row in ledger.rows} == {"sections", "graph", "both"}
    assert ledger.rows[-1].proof == "proved"
    assert ledger.summary["melted"] == melted.n_ands
    assert ledger.summary["simplified"] == flat.n_ands
    assert ledger.summary["activations"] == 8


# The ledger --------------------------------------------------------------------------------

ROWS = [
    Row("start", "sections", 1234, 17, 410, 0.0, "given", 0.0),
    Row("compress", "sections", 1000, 15, 333, 1.25, "proved", 0.5),
]


def test_the_ledger_back_and_forth(tmp_path: Path) -> None:
    ledger = Ledger(ROWS, {"melted": 1234})
    ledger.write(tmp_path / "ledger.json")
    assert Ledger.read(tmp_path / "ledger.json") == ledger


@pytest.mark.parametrize("text", [
    "", "{}", '{"format": "smelt-ledger-1"}', '{"format": "smelt-ledger-1", "rows": 3}',
    '{"format": "smelt-ledger-1", "rows": [{"step": "x"}], "summary": {}}',
    '{"format": "smelt-ledger-1", "rows": [{"what": "x"}], "summary": {}}',
])  # fmt: skip
def test_a_damaged_ledger_wrong(text: str, tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_text(text)
    with pytest.raises(SmeltError, match=r"ledger\.json: "):
        Ledger.read(tmp_path / "ledger.json")


def test_rows_as_a_table() -> None:
    lines = format_rows(ROWS).splitlines()
    assert len({line.index("check") for line in lines[:1]}) == 1
    assert lines[1].split() == ["sections", "start", "1,234", "17", "410", "0.00", "given",
                                "(0.00", "s)"]  # fmt: skip
    assert lines[2].split()[:5] == ["sections", "compress", "1,000", "15", "333"]
