"""Counts for LUTs of six inputs, against numbers that are added up."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Signal
from gen.logic.wide import add_columns, reaches
from gen.logic.words import truth_table
from gen.map.luts import map_all


def every(count: int) -> NDArray[np.uint8]:
    return (np.arange(1 << count)[:, None] >> np.arange(count) & 1).astype(np.uint8)


def bits_of(b: Builder, count: int, roomy: int = 0) -> list[Signal]:
    """Inputs, of which some are noted as signals of LUTs with room."""
    found = [b.input(f"x[{at}]") for at in range(count)]
    b.roomy |= {b.aig.node_to_index(b.aig.get_node(bit)) for bit in found[-roomy:] if roomy}
    return found


def values(b: Builder, word: list[Signal], bits: NDArray[np.uint8]) -> NDArray[np.int64]:
    for place, bit in enumerate(word):
        b.output(f"y[{place}]", bit)
    return evaluate(b.graph(), bits).astype(np.int64) @ (1 << np.arange(len(word)))


@pytest.mark.parametrize("roomy", [0, 3, 99])
@pytest.mark.parametrize("count", [1, 2, 5, 6, 7, 9, 10, 11, 13])
def test_a_column_is_counted_on_all_inputs(count: int, roomy: int) -> None:
    for constant in (0, 1, 3, 7):
        b = Builder(6)
        bits = bits_of(b, count, min(roomy, count))
        ones = [[b.true] * (constant >> place & 1) for place in range(3)]
        word = add_columns(b, [[bits], ones], 5)
        rows = every(count)
        assert (values(b, word, rows) == rows.sum(axis=1) + constant).all()


@pytest.mark.parametrize("count", [1, 4, 7, 12])
def test_every_bound_is_reached_where_the_sum_is_that_large(count: int) -> None:
    rows = every(count)
    for bound in range(-1, count + 3):
        b = Builder(6)
        found = values(b, [reaches(b, [[bits_of(b, count)]], bound)], rows)
        assert (found == (rows.sum(axis=1) >= bound)).all()


def test_columns_of_any_weight_with_complements_and_constants() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        b = Builder(6)
        places = rng.integers(0, 4, rng.integers(1, 60))
        flips = rng.integers(0, 2, len(places))
        bits = bits_of(b, len(places), int(rng.integers(0, 9)))
        columns: list[list[Signal]] = [[], [], [b.true] * int(rng.integers(0, 2)), []]
        constant = 4 * len(columns[2])
        for bit, place, flip in zip(bits, places, flips, strict=True):
            columns[place].append(~bit if flip else bit)
        rows = (rng.random((200, len(places))) < rng.random((200, 1))).astype(np.uint8)
        sums = ((rows ^ flips) << places).sum(axis=1) + constant
        width, bound = int(rng.integers(1, 9)), int(rng.integers(0, sums.max() + 2))
        half = [[*column[::2]] for column in columns], [[*column[1::2]] for column in columns]
        word = add_columns(b, half, width)
        found = values(b, [*word, reaches(b, half, bound)], rows)
        assert (found % (1 << width) == sums % (1 << width)).all()
        assert (found >> width == (sums >= bound)).all()


def luts(b: Builder) -> int:
    return min(len(one.cells) for one, _ in map_all(b.graph(), [], 6))


def test_a_bit_costs_thirteen_fifteenths_of_a_lut() -> None:
    """By the docstring's account, but for the ends; compressors of six to three take one."""
    b = Builder(6)
    for place, bit in enumerate(add_columns(b, [[bits_of(b, 54)]], 6)):
        b.output(f"y[{place}]", bit)
    assert luts(b) <= 44


def test_bits_of_a_few_inputs_cost_two_thirds_of_a_lut_besides_their_own() -> None:
    b, rng = Builder(6), np.random.default_rng(1)
    made = []
    for at in range(27):
        read = [b.input(f"x[{at}].{k}") for k in range(4)]
        made.append(truth_table(b, int(rng.integers(1, 1 << 16)), read))
    b.roomy |= {b.aig.node_to_index(b.aig.get_node(bit)) for bit in made}
    for place, bit in enumerate(add_columns(b, [[made]], 5)):
        b.output(f"y[{place}]", bit)
    assert luts(b) <= 27 + 18
