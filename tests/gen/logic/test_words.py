"""Words on bits against Python's integers."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.logic.graph import Builder, Signal
from gen.logic.words import (
    add_constant,
    argmax,
    at_least,
    constant_word,
    full_adder,
    greater,
)
from tests.gen.logic.graphs import all_pairs, built, every_input, numbers, value


@pytest.mark.parametrize("flips", list(itertools.product((0, 1), repeat=3)))
def test_a_full_adder_adds_in_every_polarity(flips: tuple[int, ...]) -> None:
    def adder(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        return full_adder(b, *(~s if flip else s for s, flip in zip(bits, flips, strict=True)))

    wanted = [sum(bit ^ f for bit, f in zip(row, flips, strict=True)) for row in every_input(3)]
    assert numbers(built(3, adder)) == wanted


def test_adders_of_bits_and_of_their_complements_are_one() -> None:
    def twice(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        return [*full_adder(b, *bits), *full_adder(b, *(~bit for bit in bits))]

    once = built(3, lambda b, bits: full_adder(b, *bits))
    assert built(3, twice).n_ands == once.n_ands
    assert numbers(built(3, twice)) == [s + 4 * (3 - s) for s in map(sum, every_input(3).tolist())]


@pytest.mark.parametrize("value", [-9, -8, -1, 0, 1, 5, 7, 8, 255])
def test_a_constant_word_is_the_number_modulo_its_width(value: int) -> None:
    assert numbers(built(0, lambda b, _: constant_word(b, value, 4))) == [value % 16]


@pytest.mark.parametrize("width", range(5))
def test_a_constant_added_is_modulo_the_width(width: int) -> None:
    for plus in (-(1 << 40), *range(-9, 18)):
        graph = built(width, lambda b, bits, plus=plus: add_constant(b, bits, plus))
        assert numbers(graph) == [(x + plus) % (1 << width) for x in range(1 << width)]


@pytest.mark.parametrize("width", range(6))
def test_at_least_every_bound(width: int) -> None:
    for bound in (-(1 << 40), *range(-2, (1 << width) + 3), 1 << 40):
        graph = built(width, lambda b, bits, bound=bound: [at_least(b, bits, bound)])
        assert numbers(graph) == [int(x >= bound) for x in range(1 << width)]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_greater_of_all_pairs(width: int) -> None:
    graph = built(2 * width, lambda b, bits: [greater(b, bits[:width], bits[width:])])
    assert numbers(graph) == [int(x > y) for y, x in all_pairs(width)]


@pytest.mark.parametrize(("words", "width"), [(1, 3), (2, 3), (3, 3), (4, 2), (5, 2), (7, 1)])
def test_argmax_of_everything_as_torch_has_it(words: int, width: int) -> None:
    places = max(1, (words - 1).bit_length())

    def choose(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        index, largest = argmax(b, [bits[at * width : (at + 1) * width] for at in range(words)])
        assert (len(index), len(largest)) == (places, width)
        return [*index, *largest]

    codes = every_input(words * width).reshape(-1, words, width) @ (1 << np.arange(width))
    scores = torch.from_numpy(codes)
    # Ties are many here; Python's list.index says which is first, torch's argmax must agree.
    first = [row.index(max(row)) for row in codes.tolist()]
    assert torch.argmax(scores, dim=1).tolist() == first
    wanted = [at + (max(row) << places) for at, row in zip(first, codes.tolist(), strict=True)]
    assert numbers(built(words * width, choose)) == wanted


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(2, 17), st.integers(1, 9), st.integers(0, 2**32))
def test_argmax_of_many_words(words: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = max(1, (words - 1).bit_length())

    def choose(b: Builder, bits: list[Signal]) -> Sequence[Signal]:
        return argmax(b, [bits[at * width : (at + 1) * width] for at in range(words)])[0]

    graph = built(words * width, choose)
    for _ in range(20):
        low = int(rng.integers(0, 1 << width))
        row = rng.integers(low, 1 << width, words).tolist()
        bits = [x >> k & 1 for x in row for k in range(width)]
        found = sum(bit << k for k, bit in enumerate(value(graph, bits)))
        assert found == row.index(max(row))
        assert len(graph.output_names) == places
