"""Weights as signed digits, sums as columns, steps as comparators: all by enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.intnet.network import NEVER, Levels, Linear
from gen.logic.graph import Builder, Graph
from gen.logic.words import Word
from gen.melt.levels import lower_levels
from gen.melt.linear import Sum, lower_linear, score_words, signed_digits
from tests.gen.intnet.nets import every_code, i8, i32
from tests.gen.logic.graphs import every_input, tables


def numbers(graph: Graph) -> list[int]:
    """All outputs as one unsigned number for every input vector."""
    columns = tables(graph)
    rows = range(1 << graph.n_inputs)
    return [sum((t >> v & 1) << at for at, t in enumerate(columns)) for v in rows]


@pytest.mark.parametrize("weight", range(-128, 129))
def test_signed_digits_are_the_number_and_never_adjacent(weight: int) -> None:
    digits = list(signed_digits(weight))
    assert sum(digit << place for place, digit in digits) == weight
    assert all(digit in (1, -1) for _, digit in digits)
    places = [place for place, _ in digits]
    assert all(b - a >= 2 for a, b in itertools.pairwise(places))


def fewest_digits(limit: int) -> dict[int, int]:
    """Fewest terms +-2**k that make every number up to a limit, by breadth-first search."""
    found, edge = {0: 0}, [0]
    while edge:
        ahead = []
        for number, k, sign in itertools.product(edge, range(9), (1, -1)):
            made = number + sign * (1 << k)
            if abs(made) <= 2 * limit and made not in found:
                found[made] = found[number] + 1
                ahead.append(made)
        edge = ahead
    return found


def test_signed_digits_are_as_few_as_can_be() -> None:
    fewest = fewest_digits(128)
    for weight in range(-128, 128):
        assert len(list(signed_digits(weight))) == fewest[weight]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.integers(-128, 127), min_size=1, max_size=4), st.integers(-500, 500),
       st.sampled_from([(1, False), (2, False), (2, True), (1, True)]))  # fmt: skip
def test_a_sum_is_its_dot_product(row: list[int], bias: int, kind: tuple[int, bool]) -> None:
    bits, signed = kind
    b = Builder()
    words = [[b.input(f"x{i}.{k}") for k in range(bits)] for i in range(len(row))]
    node = Linear("s", ("x",), i8([row]), i32([bias]))
    (found,) = lower_linear(node, words, signed)
    for at, bit in enumerate(found.word(b)):
        b.output(f"y{at}", bit)
    assert all(number <= found.top for number in numbers(b.graph()))
    got = [number + found.offset for number in numbers(b.graph())]
    bits_of = every_input(len(row) * bits).reshape(-1, len(row), bits)
    weights = 1 << np.arange(bits)
    if signed:
        weights[-1] *= -1
    wanted = (bits_of @ weights) @ np.array(row) + bias
    assert got == wanted.tolist()


def test_ternary_weights_are_a_popcount() -> None:
    b = Builder()
    words: list[Word] = [[b.input(f"x{i}")] for i in range(4)]
    (found,) = lower_linear(Linear("s", ("x",), i8([[1, -1, 0, -1]]), i32([5])), words, False)
    assert [len(column) for column in found.columns] == [3]
    assert (found.offset, found.top) == (3, 3)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.integers(-20, 20), min_size=3, max_size=3), min_size=1, max_size=3),
       st.lists(st.integers(-60, 60), min_size=3, max_size=3), st.integers(1, 9),
       st.integers(-90, 90))  # fmt: skip
def test_score_words_are_sums_modulo_the_width(
    rows: list[list[int]], biases: list[int], width: int, shift: int
) -> None:
    b = Builder()
    words: list[Word] = [[b.input(f"x{i}")] for i in range(3)]
    node = Linear("s", ("x",), i8(rows), i32(biases[: len(rows)]))
    made = score_words(b, lower_linear(node, words, False), width, shift)
    assert [len(word) for word in made] == [width] * len(rows)
    for c, word in enumerate(made):
        for k, bit in enumerate(word):
            b.output(f"{c}.{k}", bit)
    found = numbers(b.graph())
    for v, x in enumerate(every_input(3)):
        sums = np.array(rows) @ x + np.array(biases[: len(rows)]) + shift
        assert found[v] == sum(int(s) % 2**width << width * c for c, s in enumerate(sums))


# Levels ------------------------------------------------------------------------------------


def lowered(edges: list[int], codes: list[int], bits: int, n: int, offset: int) -> list[int]:
    """Codes for sums offset + 0..n of n input bits, by the number of bits that are set."""
    b = Builder()
    column = [b.input(f"x{i}") for i in range(n)]
    node = Levels("h", ("s",), i32([edges]), i8([codes]), bits=bits, signed=True)
    ranges = np.array([offset]), np.array([offset + n])
    (word,) = lower_levels(b, node, [Sum([column], offset, n)], ranges)
    assert len(word) == bits
    for k, bit in enumerate(word):
        b.output(f"y{k}", bit)
    found = numbers(b.graph())
    by_count = [found[(1 << count) - 1] for count in range(n + 1)]
    assert all(number == by_count[v.bit_count()] for v, number in enumerate(found))
    return [number - (number >> (bits - 1) << bits) for number in by_count]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_levels_are_the_step_function(data: st.DataObject) -> None:
    n, offset = data.draw(st.integers(1, 6)), data.draw(st.integers(-9, 9))
    inside = st.integers(offset - 3, offset + n + 3)
    edge = st.one_of(inside, inside, st.sampled_from([NEVER, -(1 << 31)]))
    edges = sorted(data.draw(st.lists(edge, max_size=6)))
    code = st.integers(-4, 3)
    codes = data.draw(st.lists(code, min_size=len(edges) + 1, max_size=len(edges) + 1))
    wanted = [codes[sum(e <= offset + k for e in edges)] for k in range(n + 1)]
    assert lowered(edges, codes, 3, n, offset) == wanted


def test_a_step_that_is_not_reached_costs_nothing() -> None:
    b = Builder()
    column = [b.input(f"x{i}") for i in range(4)]
    node = Levels("h", ("s",), i32([[-3, 0, 5, NEVER]]), i8([[0, 1, 0, 1, 0]]))
    ranges = np.array([0]), np.array([4])
    (word,) = lower_levels(b, node, [Sum([column], 0, 4)], ranges)
    b.output("y", word[0])
    assert b.graph().n_ands == 0
    assert tables(b.graph()) == [0]


def test_equal_codes_on_both_sides_of_an_edge_need_no_comparator() -> None:
    assert lowered([1, 2], [3, 3, 3], 3, 3, 0) == [3, 3, 3, 3]
    assert lowered([1, 2], [0, 1, 0], 3, 3, 0) == [0, 1, 0, 0]


def test_every_code_of_the_enumeration_is_a_list_of_integers() -> None:
    # The helper of these tests, checked once: products in order, signed where asked.
    assert every_code(1, 2, True).tolist() == [[-2], [-1], [0], [1]]
