"""Diagrams in every order are the functions; good orders are found; costs are what is built."""

import itertools

import numpy as np
import pytest

from gen.logic.graph import Builder, Graph
from gen.logic.ordered import Diagram, best_order, diagram, packed
from tests.gen.logic.graphs import tables


def built(found: Diagram, count: int) -> Graph:
    b = Builder()
    for at, bit in enumerate(found.build(b, [b.input(f"x{at}") for at in range(count)])):
        b.output(f"y{at}", bit)
    return b.graph()


def random_functions(seed: int, count: int, size: int) -> np.ndarray:
    """Random ones, a constant, one bit, and the complement of the first."""
    rng = np.random.default_rng(seed)
    functions = rng.integers(0, 2, (count, 1 << size)).astype(np.uint8)
    address = np.arange(1 << size)
    more = [address * 0, address >> size // 2 & 1, 1 - functions[0]]
    return np.concatenate([functions, np.array(more, np.uint8)])


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_diagram_is_its_functions_in_every_order(order: tuple[int, ...]) -> None:
    functions = random_functions(sum(order[:2]), 3, 4)
    found = diagram(functions, order)
    graph = built(found, 4)
    assert tables(graph) == [packed(function) for function in functions]
    assert graph.n_ands <= found.cost


def test_functions_of_no_bit_are_constants() -> None:
    assert tables(built(diagram(np.array([[0], [1]], np.uint8), []), 0)) == [0, 1]


@pytest.mark.parametrize("tries", [1, 2, 7, 100])
def test_the_best_order_is_the_functions_and_no_worse(tries: int) -> None:
    functions = random_functions(5, 4, 6)
    found = best_order(functions, tries, 3)
    assert tables(built(found, 6)) == [packed(function) for function in functions]
    assert found.cost <= diagram(functions, [5, 4, 3, 2, 1, 0]).cost


def test_a_comparison_of_two_codes_is_small() -> None:
    """By hand: two nodes for each of eight pairs of bits but the last, where one is enough."""
    address = np.arange(1 << 16)
    above = ((address >> 8) > (address & 255)).astype(np.uint8)[None]
    assert best_order(above, 2, 8).cost <= 8 * 5
    assert diagram(above, list(reversed(range(16)))).cost > 1000


def test_sifting_finds_pairs_that_are_apart() -> None:
    """a & b | c & d | e & f, the pairs' bits three apart: pair by pair it is small."""
    address = np.arange(64)
    bits = address >> np.arange(6)[:, None] & 1
    either = (bits[0] & bits[3] | bits[1] & bits[4] | bits[2] & bits[5]).astype(np.uint8)[None]
    assert best_order(either, 100, 6).cost < diagram(either, [5, 4, 3, 2, 1, 0]).cost
    assert built(best_order(either, 100, 6), 6).n_ands < 12
