"""Functions made anew from their tables: equal by enumeration, smaller, or left as they were."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gen.logic.graph import Builder, Graph
from gen.simplify import tables
from gen.simplify.proved import Result, Workers
from gen.simplify.tables import from_tables
from tests.gen.logic.graphs import graph_of, named_tables, random_graph


def clumsy(inputs: int = 8) -> Graph:
    """Whether half of the inputs are set, as a sum of minterms; and all of them at once."""
    b = Builder()
    signals = [b.input(f"x[{at}]") for at in range(inputs)]
    found, every = b.false, b.true
    for row in range(1 << inputs):
        if row.bit_count() == inputs // 2:
            term = b.true
            for at, signal in enumerate(signals):
                term = b.and_(term, signal if row >> at & 1 else ~signal)
            found = b.or_(found, term)
    for signal in signals:
        every = b.and_(every, signal)
    b.output("half", found)
    b.output("every", every)
    return b.graph()


def test_a_clumsy_function_is_made_anew() -> None:
    graph = clumsy()
    made, row = from_tables(graph, Workers())
    assert named_tables(made) == named_tables(graph)
    assert (made.input_names, made.output_names) == (graph.input_names, graph.output_names)
    # Eight inputs and five counts: under 40 choices of three ANDs each.
    assert made.n_ands < 120 < graph.n_ands
    assert (row.step, row.proof, row.ands, row.depth) == (
        "tables", "exhaustive", made.n_ands, made.depth
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_random_functions_stay_what_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, int(rng.integers(2, 9)), 60, 5)
    made, row = from_tables(graph, Workers())
    assert named_tables(made) == named_tables(graph)
    assert made.n_ands <= graph.n_ands
    assert (row.proof == "exhaustive") == (made.n_ands < graph.n_ands)


@pytest.mark.parametrize("limit", ["MOST_INPUTS", "LISTED"])
def test_functions_too_wide_to_list_are_left(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, limit, 7)
    graph = clumsy()
    made, row = from_tables(graph, Workers())
    assert made is graph
    assert row.proof == "undone: no gain"


def test_constants_and_wires_are_left() -> None:
    b = Builder()
    x = b.input("x")
    for name, signal in (("zero", b.false), ("one", b.true), ("same", x), ("not", ~x)):
        b.output(name, signal)
    graph = b.graph()
    assert from_tables(graph, Workers())[0] is graph


def test_what_is_wrong_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(graphs: Sequence[Graph], *_: object) -> list[Result]:
        (graph,) = graphs
        other = graph_of(8, *(int(i == 0) for i in range(2)))
        return [Result(other.renamed(graph.input_names, graph.output_names))]

    monkeypatch.setattr(tables, "run_passes", wrong)
    graph = clumsy()
    made, row = from_tables(graph, Workers())
    assert made is graph
    assert (row.proof, row.ands) == ("undone: not proved", graph.n_ands)


def test_one_wrong_row_of_many_is_seen() -> None:
    graph = clumsy()
    listed = list(tables._listed(graph))
    assert tables._same(listed, graph)
    flipped = listed[1].values.copy()
    flipped[77] ^= 1
    assert not tables._same([listed[0], replace(listed[1], values=flipped)], graph)
