"""Passes against all inputs; the runner that trusts none of them; and the proof it asks for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Builder, Graph
from gen.logic.sections import flatten
from gen.simplify import both, passes, run
from gen.simplify.both import simplify_both
from gen.simplify.ledger import Ledger, Row, format_rows
from gen.simplify.parts import Part, join
from gen.simplify.passes import PASSES, Pass, compress, orchestrate, resubstitute, sweep, usable
from gen.simplify.proved import Result, Tried, Workers
from gen.simplify.run import NotProved, SimplifyError, prove_row, prove_sections, simplify
from gen.tools.abc import prove_equal
from tests.gen.logic.graphs import graph_of, named_tables, random_graph
from tests.gen.map.netlists import layered
from tests.gen.sent import Sent
from tests.luts import count_luts


def plain(graph: Graph) -> bytes:
    return aiger_bytes(graph, symbols=False)


def patchwork(seed: int) -> Graph:
    """A sectioned graph of two layers of six functions of four inputs, as sums of minterms."""
    rng = np.random.default_rng(seed)
    b = Builder()
    signals = [b.input(f"x[{at}]") for at in range(8)]
    for layer in (1, 2):
        names = [f"layer{layer}[{at}]" for at in range(6)]
        for name in names:
            table = graph_of(4, int(rng.integers(1, 1 << 16)))
            chosen = [signals[at] for at in rng.choice(len(signals), 4, replace=False)]
            b.output(name, b.import_graph(table, chosen)[0])
        signals = [b.input(name) for name in names] if layer == 1 else []
    return b.graph()


def wasteful(seed: int = 0) -> Graph:
    """Sums of minterms: much to gain for every pass."""
    rng = np.random.default_rng(seed)
    return graph_of(5, *(int(rng.integers(0, 1 << 32)) for _ in range(2)))


@pytest.mark.parametrize(
    "one", dict.fromkeys([*usable(PASSES), resubstitute]), ids=lambda one: one.name
)
def test_every_pass_keeps_the_function_and_the_names(one: Pass) -> None:
    for graph in (wasteful(), random_graph(np.random.default_rng(1), 7, 80), layered(2),
                  graph_of(3, 0, 0xFF, 0xAA)):  # fmt: skip
        made = one(graph)
        assert named_tables(made) == named_tables(graph)
        assert made.input_names == graph.input_names


def test_a_native_abc_without_a_command_gets_another_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "native", lambda: False)
    assert usable(PASSES) == PASSES
    monkeypatch.setattr(passes, "native", lambda: True)
    monkeypatch.setattr(passes, "_works", lambda one: one is not orchestrate)
    assert usable((sweep, orchestrate, compress)) == (sweep, resubstitute, compress)


def test_whether_a_pass_works_is_tried() -> None:
    assert passes._works(compress)
    assert not passes._works(Pass("broken", ("no_such_command",)))


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
    assert prove_equal(plain(first), plain(compress(first)))


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


def test_a_wrong_pass_is_undone_and_recorded() -> None:
    graph = wasteful()
    found, rows = simplify(graph, "graph", None, (Pass("wrong", ("zeropo -N 0",)),), rounds=1)
    assert named_tables(found) == named_tables(graph)
    assert found.n_ands == graph.n_ands
    assert [(row.step, row.target, row.proof, row.undone) for row in rows] == [
        ("start", "graph", "given", 0), ("wrong", "graph", "undone: not proved", 1),
    ]  # fmt: skip


def test_a_pass_that_fails_or_gains_nothing_is_recorded() -> None:
    passes = (Pass("fail", ("no_such_command",)), Pass("same", ()), compress)
    graph = patchwork(0)
    found, rows = simplify(graph, "sections", None, passes, rounds=1)
    assert [row.proof for row in rows] == ["given", "undone: failed", "undone: no gain", "proved"]
    assert rows[2].ands == rows[1].ands == rows[0].ands
    assert rows[-1].ands == found.n_ands < graph.n_ands
    assert rows[-1].depth == found.depth
    assert named_tables(found) == named_tables(graph)


def test_a_budget_of_nothing_undoes_every_pass() -> None:
    graph = wasteful()
    found, rows = simplify(graph, "graph", Workers(budget=0.01), (compress,), rounds=1)
    assert found is graph
    assert (rows[-1].proof, rows[-1].undone) == ("undone: out of time", 1)


def test_rounds_end_when_nothing_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([98, 96, 95, 95, 90])
    asked = []

    def shave(graphs, passes, *_):  # noqa: ANN001, ANN002, ANN202
        (graph,) = graphs
        asked.append(graph.n_ands)
        ands = next(counts)
        fewer = Graph(graph.input_names, graph.output_names, graph.fan_in[:ands], graph.outputs)
        return [Result(fewer, 0, [Tried(ands, 1, 0, 0.0, "proved", 0.0)] * len(passes))]

    monkeypatch.setattr(run, "run_passes", shave)
    monkeypatch.setattr(run, "join", lambda graph, parts, graphs: graphs[0])
    start = chain(101)
    start = replace(start, outputs=start.outputs * 0 + 2 * 102)
    monkeypatch.setattr(run, "split", lambda graph, size: [Part(graph, *[np.zeros(0, int)] * 2)])
    simplify(start, "graph", None, (compress,), rounds=50)
    # A round that took away more than one in a hundred is followed by another.
    assert asked == [100, 98, 96, 95]


def test_in_parts_the_function_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small parts, every pass proved on each, and what one part cannot prove undone."""
    graph = patchwork(1)
    found, rows = simplify(graph, "sections", None, (sweep, compress), rounds=1, sizes=(50, 20))
    assert named_tables(found) == named_tables(graph)
    assert [row.step for row in rows] == ["start", "sweep", "compress", "join"]
    assert rows[1].parts == rows[2].parts > 3
    assert rows[-1].proof == "simulated 1,024"
    assert found.n_ands == rows[-1].ands <= rows[2].ands < graph.n_ands
    assert {row.undone for row in rows} == {0}
    assert rows[2].budget == 300


def test_a_wrong_join_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "join", lambda *args: _turn_last(join(*args)))
    with pytest.raises(SimplifyError) as caught:
        simplify(patchwork(1), "sections", None, (compress,), rounds=1, sizes=(50, 20))
    assert (
        str(caught.value) == "layer2[5]: differs after joining parts; this is a defect of simplify"
    )


def _turn_last(graph: Graph) -> Graph:
    outputs = graph.outputs.copy()
    outputs[-1] ^= 1
    return replace(graph, outputs=outputs)


def test_nothing_to_simplify() -> None:
    graph = constant(3, 1)
    found, rows = simplify(graph, "graph")
    assert found is graph
    assert rows[0].ands == rows[-1].ands == 0
    assert {row.proof for row in rows[1:]} <= {"undone: no gain"}


def test_prove_row_says_what_was_had_or_refuses() -> None:
    first, second = chain(16), tree(16)
    row = prove_row("graph = melted", "both", first, second)
    assert (row.step, row.target, row.proof) == ("graph = melted", "both", "proved")
    assert (row.ands, row.depth, row.lut4) == (15, 4, None)
    with pytest.raises(SimplifyError) as caught:
        prove_row("graph = melted", "both", first, constant(16, 0), 20)
    assert str(caught.value) == "graph = melted: not proved equal within 20 s"
    with pytest.raises(SimplifyError) as caught:
        prove_row("a step", "both", first, chain(8))
    assert str(caught.value) == "a step: the two graphs have different inputs or outputs"


@pytest.mark.slow
def test_both_results_are_the_melted_graph() -> None:
    melted = layered(3)
    sections, flat, ledger = simplify_both(melted, Workers(budget=60))
    assert named_tables(sections) == named_tables(melted)
    assert named_tables(flat) == named_tables(flatten(melted))
    assert {row.target for row in ledger.rows} == {"sections", "graph", "both"}
    assert ledger.rows[-1].proof == "proved"
    assert ledger.summary["melted"] == melted.n_ands
    assert ledger.summary["simplified"] == flat.n_ands
    assert ledger.summary["activations"] == 8


def test_sections_are_proved_in_groups_and_a_difference_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "PART", 10)
    melted = patchwork(2)
    row = prove_sections("sections = melted", "sections", melted, compress(melted), Workers())
    assert (row.proof, row.ands) == ("proved", compress(melted).n_ands)
    assert row.parts > 1
    at = melted.output_names.index("layer2[1]")
    outputs = melted.outputs.copy()
    outputs[at] ^= 1
    with pytest.raises(NotProved, match="not proved equal within 300 s"):
        prove_sections("a step", "sections", melted, replace(melted, outputs=outputs), Workers())
    other = melted.renamed(melted.input_names, [f"{name}?" for name in melted.output_names])
    with pytest.raises(SimplifyError, match="different inputs or outputs"):
        prove_sections("a step", "sections", melted, other, Workers())


@pytest.mark.slow
def test_both_results_of_a_large_network_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(both, "SECTIONS", (40, 15))
    monkeypatch.setattr(both, "FLAT", (40, 15))
    monkeypatch.setattr(run, "PART", 15)
    melted = patchwork(3)
    sections, flat, ledger = simplify_both(melted)
    assert named_tables(flatten(sections)) == named_tables(flatten(melted)) == named_tables(flat)
    assert [(row.target, row.step) for row in ledger.rows][-2:] == [
        ("sections", "sections = melted"), ("both", "graph = melted"),
    ]  # fmt: skip
    assert ledger.rows[-1].proof == "proved by parts, simulated 1,024"
    assert max(row.parts for row in ledger.rows) > 2


@pytest.mark.slow
def test_where_the_whole_is_not_proved_sections_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(step: str, *_: object) -> None:
        raise NotProved(f"{step}: not proved equal within 1 s")

    monkeypatch.setattr(both, "prove_row", give_up)
    _, flat, ledger = simplify_both(layered(3))
    assert named_tables(flat) == named_tables(flatten(layered(3)))
    assert [row.proof for row in ledger.rows][-2:] == [
        "proved", "proved by parts, simulated 1,024"
    ]  # fmt: skip


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
    assert lines[1].split() == ["sections", "start", "1,234", "17", "410", "0.00", "1", "given",
                                "(0.00", "s)"]  # fmt: skip
    assert lines[2].split()[:5] == ["sections", "compress", "1,000", "15", "333"]
    parted = Row("sweep", "graph", 12, None, None, 9.0, "proved", 1.0, 260, 3, 300)
    (_, line) = format_rows([parted]).splitlines()
    assert line.split() == ["graph", "sweep", "12", "-", "-", "9.00", "260", "proved,", "3", "of",
                            "260", "parts", "undone", "(1.00", "s)"]  # fmt: skip


def test_parts_that_are_sent_elsewhere_become_the_same() -> None:
    elsewhere = Sent()
    graph, sizes = patchwork(1), (50, 20)
    told = [
        simplify(graph, "sections", workers, (compress,), rounds=1, sizes=sizes)
        for workers in (Workers(), Workers(executor=elsewhere))
    ]
    (here, rows), (there, others) = told
    assert aiger_bytes(here) == aiger_bytes(there)
    assert [row.proof for row in rows] == [row.proof for row in others]
    assert elsewhere.count > 2


def test_the_workers_that_are_given_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """With their budget and their checkpoints, from the first pass on."""
    given, seen = Workers(budget=7), []

    def stopped(graph: Graph, target: str, workers: Workers, *rest: object) -> None:
        seen.append(workers)
        raise SimplifyError("far enough")

    monkeypatch.setattr("gen.simplify.both.simplify", stopped)
    for workers in (given, None):
        with pytest.raises(SimplifyError, match="far enough"):
            simplify_both(layered(3), workers)
    assert seen[0] is given
    assert seen[1].budget == Workers().budget


@pytest.mark.parametrize(
    ("proofs", "said"),
    [
        (["undone: no gain"], "undone: no gain"),
        (["undone: no gain", "undone: out of time"], "undone: out of time"),
        (["undone: not proved", "undone: no gain", "undone: failed"], "undone: not proved"),
        (["undone: no gain", "undone: failed", "proved"], "proved"),
    ],
)
def test_of_parts_what_went_wrong_is_said(proofs: list[str], said: str) -> None:
    tried = [Tried(1, None, None, 0.0, proof, 0.0) for proof in proofs]
    assert run._summary(tried) == said
