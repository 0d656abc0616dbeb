"""Shared adders: the same sums, by enumeration, with fewer gates where rows have bits in common."""

import numpy as np
import pytest

from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph, Signal
from gen.melt.rules import triples
from gen.melt.rules.linear import Sum
from gen.melt.rules.share import share_adders
from tests.gen.logic.graphs import every_input, tables

# A bit of a hand-made sum: input number, complemented or not; None is the constant 1.
Bit = tuple[int, int] | None
Rows = list[list[list[Bit]]]


def sums_of(b: Builder, inputs: list[Signal], rows: Rows) -> list[Sum]:
    made = []
    for row in rows:
        columns = [
            [b.true if bit is None else ~inputs[bit[0]] if bit[1] else inputs[bit[0]]
             for bit in column]
            for column in row
        ]  # fmt: skip
        top = sum(len(column) << place for place, column in enumerate(columns))
        made.append(Sum(columns, 0, top))
    return made


def graphs_of(rows: Rows, n: int) -> tuple[Graph, Graph]:
    """The sums as words, added as they are, and after sharing."""
    pair = []
    for prepare in (lambda b, sums: sums, share_adders):
        b = Builder()
        sums = sums_of(b, [b.input(f"a{i}") for i in range(n)], rows)
        for index, one in enumerate(prepare(b, sums)):
            for k, bit in enumerate(one.word(b)):
                b.output(f"{index}.{k}", bit)
        pair.append(b.graph())
    return pair[0], pair[1]


def assert_values(graph: Graph, rows: Rows, n: int) -> None:
    words = dict(zip(graph.output_names, tables(graph), strict=True))
    for v, x in enumerate(every_input(n).tolist()):
        for index, row in enumerate(rows):
            wanted = sum(
                (1 if bit is None else x[bit[0]] ^ bit[1]) << place
                for place, column in enumerate(row)
                for bit in column
            )
            mine = [name for name in words if name.startswith(f"{index}.")]
            found = sum((words[name] >> v & 1) << int(name.split(".")[1]) for name in mine)
            assert found == wanted


PLAIN: list[Bit] = [(0, 0), (1, 0), (2, 0)]
TURNED: list[Bit] = [(0, 1), (1, 1), (2, 1)]
MIXED: list[Bit] = [(0, 0), (1, 1), (2, 0)]


@pytest.mark.parametrize(
    ("first", "second"),
    [(PLAIN, PLAIN), (PLAIN, TURNED), (TURNED, PLAIN), (MIXED, [(0, 1), (1, 0), (2, 1)])],
)
def test_two_rows_with_a_triple_share_its_adder(first: list[Bit], second: list[Bit]) -> None:
    # The triple lies apart in each row, so that adding from the left would not find it.
    rows: Rows = [
        [[first[0], (3, 0), first[1], (4, 0), first[2]]],
        [[(5, 0), second[2], (6, 0), second[1], second[0]]],
    ]
    apart, shared = graphs_of(rows, 7)
    assert_values(shared, rows, 7)
    assert_values(apart, rows, 7)
    assert shared.n_ands < apart.n_ands


def test_a_triple_of_other_polarities_is_not_shared() -> None:
    rows: Rows = [[[(0, 0), (1, 0), (2, 0)]], [[(0, 0), (1, 1), (2, 0)]]]
    b = Builder()
    sums = sums_of(b, [b.input(f"a{i}") for i in range(3)], rows)
    assert [one.columns for one in share_adders(b, sums)] == [one.columns for one in sums]


def test_repeated_bits_and_constants_stay() -> None:
    rows: Rows = [
        [[(0, 0), (0, 0), (1, 0), (2, 0), None, (0, 1)], [None, (1, 1)]],
        [[(0, 0), (1, 0), (2, 0), None, None], [], [(0, 0), (1, 0), (2, 0)]],
        [[], [(0, 1), (1, 1), (2, 1)]],
        [[]],
        [],
    ]
    apart, shared = graphs_of(rows, 3)
    assert_values(shared, rows, 3)
    assert_values(apart, rows, 3)


@pytest.mark.parametrize("seed", range(30))
def test_random_sums_keep_their_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, rows = 8, []
    for _ in range(int(rng.integers(1, 6))):
        row: list[list[Bit]] = []
        for _ in range(int(rng.integers(1, 4))):
            bits = [(int(rng.integers(n)), int(rng.integers(2))) for _ in range(rng.integers(0, 9))]
            row.append([*bits, None] if rng.random() < 0.2 else bits)  # type: ignore[list-item]
        rows.append(row)
    apart, shared = graphs_of(rows, n)
    assert_values(shared, rows, n)
    assert_values(apart, rows, n)


def test_every_row_has_the_same_bits() -> None:
    rows: Rows = [[[(i, 0) for i in range(7)]]] * 4
    apart, shared = graphs_of(rows, 7)
    assert_values(shared, rows, 7)
    assert shared.n_ands <= apart.n_ands
    b = Builder()
    sums = sums_of(b, [b.input(f"a{i}") for i in range(7)], rows)
    found = share_adders(b, sums)
    assert [one.top for one in found] == [7] * 4
    assert [one.offset for one in found] == [0] * 4


def test_sharing_is_the_same_every_time() -> None:
    rng = np.random.default_rng(5)
    rows: Rows = [[[(int(i), int(rng.integers(2))) for i in rng.permutation(9)[:6]]] * 2
                  for _ in range(5)]  # fmt: skip
    first, second = graphs_of(rows, 9)[1], graphs_of(rows, 9)[1]
    assert first.fan_in.tolist() == second.fan_in.tolist()
    assert first.outputs.tolist() == second.outputs.tolist()


def test_a_layer_with_too_many_triples_shares_within_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(triples, "FEWEST", 20)
    monkeypatch.setattr(triples, "PER_BIT", 0)
    # Twelve bits in common, and bits that only every other row has: 680 triples in each row.
    rows: Rows = [[[(i, i & turn) for i in range(12)] + [(12 + i, 0) for i in range(5)]]
                  for turn in (0, 1, 0)]  # fmt: skip
    apart, shared = graphs_of(rows, 17)
    assert shared.n_ands < apart.n_ands
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (500, 17)).astype(np.uint8)
    assert (evaluate(shared, bits) == evaluate(apart, bits)).all()


def test_no_sums_and_empty_sums() -> None:
    b = Builder()
    assert share_adders(b, []) == []
    assert share_adders(b, [Sum([], 4, 0)]) == [Sum([], 4, 0)]
