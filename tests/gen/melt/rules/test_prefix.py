"""Common beginnings: the same sums, by enumeration, in fewer LUTs where much is in common."""

import numpy as np
import pytest

from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Builder, Graph, Signal
from gen.melt.rules import prefix
from gen.melt.rules.linear import Sum
from gen.melt.rules.prefix import share_counts
from tests.gen.logic.graphs import every_input, numbers
from tests.luts import count_luts

# A sum's columns: (input, complemented), or None for the constant 1.
Bit = tuple[int, int] | None
Columns = list[list[Bit]]
OFFSET = 3


def sums_of(b: Builder, inputs: list[Signal], rows: list[Columns]) -> list[Sum]:
    def signal(bit: Bit) -> Signal:
        if bit is None:
            return b.true
        return ~inputs[bit[0]] if bit[1] else inputs[bit[0]]

    made = []
    for row in rows:
        top = sum(len(column) << place for place, column in enumerate(row))
        made.append(Sum([[signal(bit) for bit in column] for column in row], OFFSET, top))
    return made


def meant(rows: list[Columns], n: int) -> list[list[int]]:
    """Every row's sum, for every input vector."""
    return [
        [
            sum(
                (1 if bit is None else int(x[bit[0]]) ^ bit[1]) << place
                for place, column in enumerate(row)
                for bit in column
            )
            for row in rows
        ]
        for x in every_input(n).tolist()
    ]


def words_graph(rows: list[Columns], n: int, width: int, share: bool = True) -> Graph:
    b = Builder()
    sums = sums_of(b, [b.input(f"a{i}") for i in range(n)], rows)
    for at, one in enumerate(share_counts(b, sums) if share else sums):
        for k, bit in enumerate(one.word(b, 0, width)):
            b.output(f"{at}.{k}", bit)
    return b.graph()


def assert_words(rows: list[Columns], n: int, width: int = 6) -> None:
    found = numbers(words_graph(rows, n, width))
    for number, row in zip(found, meant(rows, n), strict=True):
        assert number == sum(value % 2**width << width * at for at, value in enumerate(row))


def random_rows(seed: int, n: int) -> list[Columns]:
    """Rows with parts of each other, turned over or not, and constants and repeated bits."""
    rng = np.random.default_rng(seed)
    base = [(int(i), int(rng.integers(2))) for i in rng.permutation(n)]
    rows = []
    for _ in range(int(rng.integers(1, 6))):
        part, turn = base[: int(rng.integers(3, n + 1))], int(rng.integers(2))
        columns: Columns = [[], [], []]
        for i, flip in part:
            columns[int(rng.random() < 0.15)].append((i, flip ^ turn))
        extra = [None, (int(rng.integers(n)), 0), (int(rng.integers(n)), 1)]
        columns[int(rng.integers(3))] += extra[: int(rng.integers(4))]
        rows.append(columns)
    return rows


@pytest.mark.parametrize("pays", [1, 3, 6])
@pytest.mark.parametrize("seed", range(15))
def test_random_rows_keep_their_values(
    seed: int, pays: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix, "PAYS", pays)
    assert_words(random_rows(seed, 9), 9)


@pytest.mark.parametrize("seed", range(15))
def test_random_rows_reach_their_bounds(seed: int) -> None:
    rows = random_rows(seed, 9)
    rng = np.random.default_rng(seed)
    b = Builder()
    sums = sums_of(b, [b.input(f"a{i}") for i in range(9)], rows)
    bounds = [int(rng.integers(-1, one.top + 2)) for one in sums]
    for at, (one, bound) in enumerate(zip(share_counts(b, sums), bounds, strict=True)):
        b.output(f"{at}", one.reaches(b, bound))
    for number, row in zip(numbers(b.graph()), meant(rows, 9), strict=True):
        assert [number >> at & 1 for at in range(len(rows))] == [
            value >= bound for value, bound in zip(row, bounds, strict=True)
        ]


def bits(numbers_of: range, flip: int = 0) -> list[Bit]:
    return [(i, flip) for i in numbers_of]


@pytest.mark.parametrize("turned", [0, 1])
def test_two_sums_with_a_common_part_count_it_once(turned: int) -> None:
    # In another order, so that counting from the left would not find it.
    rows = [[bits(range(8))], [[*bits(range(8, 10)), *bits(range(7), turned)]]]
    assert_words(rows, 10)
    b = Builder()
    first, second = share_counts(b, sums_of(b, [b.input(f"a{i}") for i in range(10)], rows))
    assert first.before == second.before != []
    assert first.inverted != second.inverted or not turned
    shared, apart = (words_graph(rows, 10, 4, share) for share in (True, False))
    sizes = [count_luts(aiger_bytes(graph, symbols=False)) for graph in (shared, apart)]
    assert sizes[0] < sizes[1]


def test_a_part_of_three_sums_comes_before_a_part_of_two() -> None:
    rows = [[bits(range(9))], [[*bits(range(8)), (9, 0)]], [[*bits(range(6)), (10, 0)]]]
    assert_words(rows, 11)
    b = Builder()
    found = share_counts(b, sums_of(b, [b.input(f"a{i}") for i in range(11)], rows))
    assert [len(one.before) for one in found] == [2, 2, 1]
    assert found[0].before[0] == found[1].before[0] == found[2].before[0]


@pytest.mark.parametrize("seed", range(10))
def test_what_two_sums_have_in_common_is_that_of_their_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, most = (int(rng.integers(1, 40)) for _ in range(2))
    rows = [
        {int(i): int(rng.integers(2)) for i in rng.choice(size, min(size, int(n)), replace=False)}
        for n in rng.integers(0, most + 1, 12)
    ]
    masks = [
        (sum(1 << i for i in row if not row[i]), sum(1 << i for i in row if row[i])) for row in rows
    ]
    wanted = set()
    for later, second in enumerate(rows):
        for earlier, first in enumerate(rows[:later]):
            same = len(first.items() & second.items())
            over = len(first.items() & {(i, 1 - flip) for i, flip in second.items()})
            if max(same, over) >= prefix.PAYS:
                wanted.add((-max(same, over), earlier, later, over >= same))
    found = list(prefix._pairs(masks))
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_little_in_common_is_left() -> None:
    rows = [[bits(range(7))], [bits(range(2, 9))]]
    b = Builder()
    found = share_counts(b, sums_of(b, [b.input(f"a{i}") for i in range(9)], rows))
    assert [one.before for one in found] == [[], []]


def test_a_sum_that_is_wholly_a_part_of_another() -> None:
    assert_words([[bits(range(7))], [bits(range(9))], [bits(range(7))], [[]], []], 9)


def test_no_sums() -> None:
    assert share_counts(Builder(), []) == []


def test_offsets_and_tops_stay() -> None:
    b = Builder()
    rows = [[bits(range(8))], [bits(range(8), 1)]]
    found = share_counts(b, sums_of(b, [b.input(f"a{i}") for i in range(8)], rows))
    assert [(one.offset, one.top) for one in found] == [(OFFSET, 8)] * 2
