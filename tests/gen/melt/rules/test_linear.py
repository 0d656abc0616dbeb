"""Weights as signed digits, sums as columns, steps as comparators: all by enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.intnet.interpret import interpret
from gen.intnet.network import NEVER, Argmax, IntNet, Levels, Linear, Words
from gen.logic.graph import Builder, Graph
from gen.logic.words import Word
from gen.melt.melt import melt
from gen.melt.rules.levels import lower_levels
from gen.melt.rules.linear import Sum, score_words, signed_digits, without_common
from gen.melt.rules.products import lower_linear
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
    (found,) = lower_linear(b, node, words, signed, range(node.size))
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
    (found,) = lower_linear(
        b, Linear("s", ("x",), i8([[1, -1, 0, -1]]), i32([5])), words, False, [0]
    )
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
    made = score_words(b, lower_linear(b, node, words, False, range(node.size)), width, shift)
    assert [len(word) for word in made] == [width] * len(rows)
    for c, word in enumerate(made):
        for k, bit in enumerate(word):
            b.output(f"{c}.{k}", bit)
    found = numbers(b.graph())
    for v, x in enumerate(every_input(3)):
        sums = np.array(rows) @ x + np.array(biases[: len(rows)]) + shift
        assert found[v] == sum(int(s) % 2**width << width * c for c, s in enumerate(sums))


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("size", [1, 5, 9])
def test_a_sum_counted_either_way_is_the_integer(size: int, inverted: bool) -> None:
    for add, width in [(0, 4), (3, 4), (-7, 5), (1, 2), (0, None)]:
        b = Builder()
        bits = [b.input(f"x{i}") for i in range(size)]
        counted = [~bit for bit in bits] if inverted else bits
        one = Sum([counted[2:]], 100, size, [[counted[:2]]], inverted)
        word = one.word(b, add, width)
        for k, bit in enumerate(word):
            b.output(f"y{k}", bit)
        for bound in range(-1, size + 2):
            b.output(f"z{bound}", one.reaches(b, bound))
        for x, number in zip(every_input(size), numbers(b.graph()), strict=True):
            assert number % (1 << len(word)) == (int(x.sum()) + add) % (1 << len(word))
            reached = [number >> len(word) >> at & 1 for at in range(size + 3)]
            assert reached == [int(x.sum() >= bound) for bound in range(-1, size + 2)]


def test_which_comparisons_keep_to_themselves() -> None:
    b = Builder()
    bits = [b.input(f"x{i}") for i in range(9)]
    ternary = Sum([bits[:7]], 0, 7)
    assert [ternary.keeps_to_itself(b, [bound]) for bound in (3, 4, 5)] == [True, False, True]
    assert not ternary.keeps_to_itself(b, [3, 5])
    assert not Sum([bits[:7]], 0, 7, [[bits[7:]]]).keeps_to_itself(b, [3])
    for count, alone in ((8, True), (9, False)):
        weighted = Sum([bits[:count], bits[:2]], 0, count + 4)
        assert weighted.keeps_to_itself(b, [4, 7]) is alone
    assert Sum([[]], 0, 0).keeps_to_itself(b, [])


def scored(weight: list[list[int]], bias: list[int], *more: Levels) -> IntNet:
    n, classes = len(weight[0]), len(weight)
    linear = Linear("score", ("x",), i8(weight), i32(bias))
    assert len(bias) == classes
    return IntNet(n, (linear, *more, Argmax("class", ("score",))))


def digits_of(net: IntNet) -> int:
    assert isinstance(net.node(net.score), Linear)
    return sum(len(list(signed_digits(w))) for w in net.node(net.score).weight.ravel().tolist())


@pytest.mark.parametrize("seed", range(12))
def test_scores_without_what_is_common_have_the_same_winner(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes, n = int(rng.integers(2, 7)), 8
    weight = rng.choice([-1, 0, 1] if seed % 2 else [-128, -3, 1, 2, 127], (classes, n))
    net = scored(weight.tolist(), rng.integers(-3, 4, classes).tolist())
    slim = without_common(net)
    x = every_input(n)
    assert (interpret(net, x)["class"] == interpret(slim, x)["class"]).all()
    assert digits_of(slim) <= digits_of(net)


def test_what_is_common_goes() -> None:
    slim = without_common(scored([[1, 1, 0], [1, 1, 2], [1, 0, 0], [1, -1, 2]], [0, 0, 0, 0]))
    assert isinstance(slim.node(slim.score), Linear)
    # A column of ones goes; one digit of four is no reason; two twos become two others.
    assert slim.node(slim.score).weight.T.tolist() == [[0, 0, 0, 0], [1, 1, 0, -1], [0, 2, 0, 2]]
    two = without_common(scored([[1, -1, 1], [-1, 1, 1]], [0, 0]))
    assert digits_of(two) == 2


def test_scores_that_others_read_stay() -> None:
    more = Levels("h", ("score",), i32([[0], [0]]), i8([[0, 1], [0, 1]]))
    net = scored([[1, 1], [1, 1]], [0, 1], more)
    assert without_common(net) is net


# Levels ------------------------------------------------------------------------------------


def lowered(edges: list[int], codes: list[int], bits: int, n: int, offset: int) -> list[int]:
    """Codes for sums offset + 0..n of n input bits, by the number of bits that are set."""
    b = Builder()
    column = [b.input(f"x{i}") for i in range(n)]
    node = Levels("h", ("s",), i32([edges]), i8([codes]), bits=bits, signed=True)
    ranges = np.array([offset]), np.array([offset + n])
    (word,) = lower_levels(b, node, [Sum([column], offset, n)], ranges, [0])
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
    (word,) = lower_levels(b, node, [Sum([column], 0, 4)], ranges, [0])
    b.output("y", word[0])
    assert b.graph().n_ands == 0
    assert tables(b.graph()) == [0]


def test_equal_codes_on_both_sides_of_an_edge_need_no_comparator() -> None:
    assert lowered([1, 2], [3, 3, 3], 3, 3, 0) == [3, 3, 3, 3]
    assert lowered([1, 2], [0, 1, 0], 3, 3, 0) == [0, 1, 0, 0]


def test_every_code_of_the_enumeration_is_a_list_of_integers() -> None:
    # The helper of these tests, checked once: products in order, signed where asked.
    assert every_code(1, 2, True).tolist() == [[-2], [-1], [0], [1]]


@pytest.mark.parametrize("signed", [0, 1])
def test_an_integer_is_compared_by_an_and_or_or_for_each_bit(signed: int) -> None:
    """By hand: as many gates as bits above the lowest one that the bound has, less one."""
    bounds = [1, 2, 3, 513, 640, 768, 1023]
    n = len(bounds)
    words = Words("s", ("x",), i32([10 * at for at in range(n)]), i8([10] * n), i8([signed] * n))
    edges = i32([[bound - 512 * signed] for bound in bounds])
    graph = melt(IntNet(10 * n, (words, Levels("h", ("s",), edges, i8([[0, 1]] * n)))))
    assert graph.n_ands == sum([9, 8, 9, 9, 2, 1, 9])


def test_a_bit_of_an_integer_is_a_wire() -> None:
    words = Words("s", ("x",), i32([0, 0, 4]), i8([4, 4, 1]), i8([1, 0, 0]))
    edges = i32([[0], [8], [1]])
    graph = melt(IntNet(5, (words, Levels("h", ("s",), edges, i8([[1, 0], [0, 1], [0, 1]])))))
    assert graph.n_ands == 0
