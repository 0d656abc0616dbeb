"""Sums of columns and comparisons of sums: by enumeration, and their size in LUTs as mapped."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.logic.aiger import aiger_bytes
from gen.logic.count import add_columns, in_parts, reaches
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.sections import CutBuilder, cut_names, flatten
from tests.gen.logic.graphs import built, every_input, numbers, value
from tests.luts import count_luts

# A bit of a column: an input's number and whether it is complemented; None is the constant 1.
Bit = tuple[int, bool] | None

INPUTS = 8


@st.composite
def wirings(draw: st.DrawFn) -> list[list[Bit]]:
    """Columns of at most a few bits each, inputs and constants repeated at will."""
    bit = st.one_of(*[st.tuples(st.integers(0, INPUTS - 1), st.booleans())] * 4, st.none())
    heights = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    return [draw(st.lists(bit, min_size=height, max_size=height)) for height in heights]


def stages() -> st.SearchStrategy[list[list[list[Bit]]]]:
    """One to three sets of columns, counted one after the other."""
    return st.lists(wirings(), min_size=1, max_size=3)


def wired(b: Builder, bits: list[Signal], wiring: list[list[Bit]]) -> list[list[Signal]]:
    return [
        [b.true if bit is None else ~bits[bit[0]] if bit[1] else bits[bit[0]] for bit in column]
        for column in wiring
    ]


def meant(parts: list[list[list[Bit]]]) -> list[int]:
    """The sum of all columns for every input vector."""
    return [
        sum(
            (1 if bit is None else int(row[bit[0]]) ^ bit[1]) << place
            for wiring in parts
            for place, column in enumerate(wiring)
            for bit in column
        )
        for row in every_input(INPUTS).tolist()
    ]


@pytest.mark.parametrize("size", range(13))
@pytest.mark.parametrize("width", [1, 2, 4, 5])
def test_one_column_is_counted_modulo_the_width(size: int, width: int) -> None:
    graph = built(size, lambda b, bits: add_columns(b, [[bits]], width))
    assert numbers(graph) == [sum(row) % 2**width for row in every_input(size).tolist()]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(wirings(), st.integers(1, 5), st.integers(0, 8))
def test_columns_in_parts_add_up(columns: list[list[Bit]], part: int, width: int) -> None:
    def total(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        return add_columns(b, [in_parts(b, wired(b, bits, columns), part)], width)

    assert numbers(built(INPUTS, total)) == [n % 2**width for n in meant([columns])]


def test_a_count_in_parts_is_about_as_deep_as_one() -> None:
    def counted(b: Builder, bits: list[Signal], part: int) -> Sequence[Signal]:
        return add_columns(b, [in_parts(b, [bits], part)], 7)

    whole, parts = (built(64, lambda b, bits, n=n: counted(b, bits, n)) for n in (64, 16))
    assert parts.depth < whole.depth / 2
    assert parts.n_ands < 1.2 * whole.n_ands


@settings(max_examples=150, deadline=None, derandomize=True)
@given(stages(), st.integers(0, 8))
def test_columns_add_up(parts: list[list[list[Bit]]], width: int) -> None:
    def total(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        given_parts, same = ([wired(b, bits, part) for part in parts] for _ in range(2))
        word = add_columns(b, given_parts, width)
        assert given_parts == same
        assert len(word) == width
        return word

    assert numbers(built(INPUTS, total)) == [n % 2**width for n in meant(parts)]


@pytest.mark.parametrize("size", range(11))
def test_a_count_reaches_every_bound(size: int) -> None:
    for bound in range(-1, size + 3):
        graph = built(size, lambda b, bits, bound=bound: [reaches(b, [[bits]], bound)])
        assert numbers(graph) == [int(sum(row) >= bound) for row in every_input(size).tolist()]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(stages(), st.data())
def test_columns_reach_a_bound(parts: list[list[list[Bit]]], data: st.DataObject) -> None:
    most = sum(len(column) << place for part in parts for place, column in enumerate(part))
    bound = data.draw(st.integers(-1, most + 2))

    def reached(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        given_parts, same = ([wired(b, bits, part) for part in parts] for _ in range(2))
        found = reaches(b, given_parts, bound)
        assert given_parts == same
        return [found]

    assert numbers(built(INPUTS, reached)) == [int(n >= bound) for n in meant(parts)]


@pytest.mark.parametrize("bound", [0, 1, 3])
def test_no_columns_reach_nothing(bound: int) -> None:
    for stages in ([], [[]], [[[]], [[], []]]):
        assert numbers(built(0, lambda b, _, s=stages: [reaches(b, s, bound)])) == [bound == 0]


@pytest.mark.parametrize("heights", [[40], [31, 7], [5, 20, 9], [64, 0, 1]])
def test_many_bits(heights: list[int]) -> None:
    rng = np.random.default_rng(len(heights))
    size, width = sum(heights), 9

    def both(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        ends = np.cumsum(heights)
        columns = [bits[end - height : end] for end, height in zip(ends, heights, strict=True)]
        return [*add_columns(b, [columns], width), reaches(b, [columns], size // 2)]

    graph = built(size, both)
    worth = np.repeat(1 << np.arange(len(heights)), heights)
    for density in rng.random(200):
        row = (rng.random(size) < density).astype(int)
        found = value(graph, row.tolist())
        total = int(row @ worth)
        assert sum(bit << place for place, bit in enumerate(found[:-1])) == total
        assert found[-1] == (total >= size // 2)


# Figures measured when the count was written: full adders two LUTs each took 8, 15, 42 and 90.
@pytest.mark.parametrize(("size", "most"), [(3, 2), (5, 5), (7, 7), (12, 15), (24, 32), (48, 65)])
def test_a_count_takes_few_luts(size: int, most: int) -> None:
    graph = built(size, lambda b, bits: add_columns(b, [[bits]], size.bit_length()))
    assert count_luts(aiger_bytes(graph, symbols=False)) <= most


def test_counts_of_bits_and_of_their_complements_share_their_values() -> None:
    def both(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        return [*add_columns(b, [[bits]], 2), *add_columns(b, [[[~bit for bit in bits]]], 2)]

    once = built(6, lambda b, bits: add_columns(b, [[bits]], 2))
    shared, alone = (count_luts(aiger_bytes(g, symbols=False)) for g in (built(6, both), once))
    assert shared < 2 * alone


def test_sums_that_begin_alike_share_their_beginning_whatever_the_constant() -> None:
    def both(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        first = [bits[:7], bits[7:9]]
        lasts = [[[bits[9 + at]], [bits[11 + at], *[b.true] * at]] for at in (0, 1)]
        return sum((add_columns(b, [first, last], 4) for last in lasts), [])

    def one(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        return add_columns(b, [[bits[:7], bits[7:9]], [[bits[9]], [bits[11]]]], 4)

    together, alone = (
        count_luts(aiger_bytes(built(13, make), symbols=False)) for make in (both, one)
    )
    # The beginning alone takes 9 LUTs.
    assert together <= 2 * alone - 7


@given(stages(), st.integers(1, 6))
@settings(max_examples=60)
def test_a_count_cut_at_its_luts_is_the_same(parts: list[list[list[Bit]]], width: int) -> None:
    b = CutBuilder()
    bits = [b.input(f"x[{at}]") for at in range(INPUTS)]
    word = add_columns(b, [wired(b, bits, wiring) for wiring in parts], width)
    for place, bit in enumerate(word):
        b.output(f"y.{place}", bit)
    assert numbers(flatten(b.graph())) == [one % 2**width for one in meant(parts)]


@pytest.mark.parametrize(("size", "luts"), [(7, 6), (8, 9), (16, 18), (31, 36), (54, 66)])
def test_every_signal_that_is_kept_is_one_lut(size: int, luts: int) -> None:
    """n / 3 for the lowest bit, n / 2, n / 4 and so on for those above, and few more or less."""
    b = CutBuilder()
    word = add_columns(b, [[[b.input(f"x[{at}]") for at in range(size)]]], size.bit_length())
    for place, bit in enumerate(word):
        b.output(f"y.{place}", bit)
    graph = b.graph()
    assert len(cut_names(graph)) == luts
    for name, end in zip(graph.output_names, graph.outputs.tolist(), strict=True):
        assert name not in cut_names(graph) or len(inputs_read(graph, end)) <= 4


def inputs_read(graph: Graph, literal: int) -> set[int]:
    """Inputs that a literal is a function of, as its gates have them."""
    node = literal >> 1
    if node < graph.first_and:
        return {node}
    return set().union(*(inputs_read(graph, one) for one in graph.fan_in[node - graph.first_and]))
