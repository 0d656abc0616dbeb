"""Rows with sums of two terms taken out are the same integers; layers of them cost less."""

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet, Linear
from gen.logic.evaluate import evaluate
from gen.melt.melt import melt
from gen.melt.proof.check import check_melted
from gen.melt.rules import digits
from gen.melt.rules.digits import Term, share_pairs
from tests.gen.intnet.nets import i8, i32


def value(row: list[Term], words: list[int]) -> int:
    return sum(sign * (words[word] << shift) for word, shift, sign in row)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_rows_are_the_same_integers(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    term = st.tuples(st.integers(0, count - 1), st.integers(0, 4), st.sampled_from([1, -1]))
    row = st.lists(term, max_size=8, unique_by=lambda one: one[:2])
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    widths = data.draw(st.lists(st.integers(1, 8), min_size=count, max_size=count))
    words = [data.draw(st.integers(0, (1 << width) - 1)) for width in widths]
    found = share_pairs(rows, widths)
    made = list(words)
    for first, second, shift, sign in found.pairs:
        made.append((made[first] << max(0, -shift)) + sign * (made[second] << max(0, shift)))
    assert [value(one, made) for one in found.rows] == [value(one, words) for one in rows]
    terms = [sum(map(len, one)) for one in (found.rows, rows)]
    assert terms[0] + len(found.pairs) <= terms[1]


def test_by_hand() -> None:
    """3 a - b and 6 a - 2 b + c, the digits 4 a - a - b and 8 a - 2 a - 2 b: one sum of two, then
    with the third, used twice."""
    rows = [[(0, 2, 1), (0, 0, -1), (1, 0, -1)], [(0, 3, 1), (0, 1, -1), (1, 1, -1), (2, 0, 1)]]
    found = share_pairs(rows, [8, 8, 8])
    assert len(found.pairs) == 2
    assert sorted(map(len, found.rows)) == [1, 2]


def test_codes_of_one_bit_share_no_pairs() -> None:
    assert share_pairs([[(0, 0, 1), (1, 0, 1)]] * 5, [1, 1]).pairs == []


def layer(seed: int, size: int, weights: int, bits: int, signed: bool) -> IntNet:
    rng = np.random.default_rng(seed)
    weight = rng.integers(-weights, weights, (size, size))
    return IntNet(size, (Linear("s", ("x",), i8(weight), i32(rng.integers(-9, 9, size))),), bits,
                  signed)  # fmt: skip


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("weights", "bits"), [(8, 3), (128, 4), (2, 8)])
def test_a_layer_is_its_product(weights: int, bits: int, signed: bool) -> None:
    net = layer(bits, 5, weights, bits, signed)
    graph = melt(net)
    rows = np.random.default_rng(0).integers(0, 2, (500, graph.n_inputs)).astype(np.uint8)
    codes = rows.reshape(500, 5, bits) @ (1 << np.arange(bits))
    codes -= signed * (codes >> bits - 1 << bits)
    found = evaluate(graph, rows).astype(np.int64).reshape(500, 5, -1)
    width = found.shape[2]
    sums = (found << np.arange(width)).sum(axis=2)
    sums -= sums >> width - 1 << width
    assert np.array_equal(sums, interpret(net, codes)["s"])


def test_a_layer_is_proved_and_smaller() -> None:
    """A tenth of the gates of 12 sums of 12 codes of eight bits with weights of eight bits."""
    net = layer(1, 12, 128, 8, False)
    graph = melt(net)
    with patch.object(digits, "MOST_PAIRS", 0):
        plain = melt(net)
    assert graph.n_ands < 0.9 * plain.n_ands
    small = replace(layer(2, 3, 8, 3, True), outputs=("s",))
    checks = check_melted(small, melt(small))
    assert checks[0]["how"].startswith("exhaustive for 3 of 3")
