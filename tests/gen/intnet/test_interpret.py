"""The interpreter against PyTorch's forward, and ranges against all inputs of small networks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.intnet.interpret import bits_to_codes, codes_to_bits, interpret
from gen.intnet.network import IntNet, NetError
from tests.gen.intnet.nets import every_code, forward, i8, random_net, small

KINDS = [(1, False), (2, False), (3, True), (1, True), (7, False)]


@pytest.mark.parametrize("weights", ["ternary", "3-bit", "8-bit"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("input_kind", [(1, False), (2, False), (3, True)])
def test_every_signal_is_pytorchs(
    weights: str, kind: tuple[int, bool], input_kind: tuple[int, bool]
) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        net = random_net(rng, 3, input_kind, (5, 4), kind, weights, 3)
        codes = every_code(3, *input_kind)
        found, wanted = interpret(net, codes), forward(net, codes)
        assert found.keys() == wanted.keys()
        for name, array in found.items():
            assert array.dtype == np.int64
            assert (array == wanted[name]).all(), name


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from(KINDS), st.sampled_from(["ternary", "8-bit"]))
def test_ranges_hold_and_are_reached_in_the_first_layer(
    seed: int, kind: tuple[int, bool], weights: str
) -> None:
    rng = np.random.default_rng(seed)
    net = random_net(rng, 4, (2, bool(seed % 2)), (3, 3), kind, weights)
    values = interpret(net, every_code(4, 2, bool(seed % 2)))
    for name, array in values.items():
        low, high = net.ranges[name]
        assert (array >= low).all(), name
        assert (array <= high).all(), name
    # Inputs are independent, so the first sums reach both ends.
    low, high = net.ranges["layer1.sum"]
    assert values["layer1.sum"].min(axis=0).tolist() == low.tolist()
    assert values["layer1.sum"].max(axis=0).tolist() == high.tolist()


def test_worked_out_by_hand() -> None:
    # x = 1, 1, 0: sums 2, 0; activations 1, 0; scores 0, 1; class 1.
    found = interpret(small(), np.array([[1, 1, 0], [0, 0, 0]]))
    assert found["layer1.sum"].tolist() == [[2, 0], [0, 1]]
    assert found["layer1"].tolist() == [[1, 0], [0, 1]]
    assert found["score"].tolist() == [[0, 1], [0, -1]]
    assert found["class"].tolist() == [1, 0]


def test_no_vectors_give_no_rows() -> None:
    found = interpret(small(), np.zeros((0, 3), dtype=np.int64))
    assert {name: array.shape for name, array in found.items()} == {
        "x": (0, 3), "layer1.sum": (0, 2), "layer1": (0, 2), "score": (0, 2), "class": (0,),
    }  # fmt: skip


def test_codes_of_all_kinds_of_integers() -> None:
    codes = every_code(3, 1, False)
    for kind in (np.uint8, np.int8, bool, np.int64):
        found = interpret(small(), codes.astype(kind))
        assert (found["score"] == forward(small(), codes)["score"]).all()


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((2, 4)), "input of shape (2, 4), expected (*, 3)"),
        (np.zeros(3), "input of shape (3,), expected (*, 3)"),
        (np.full((1, 3), 2), "input codes outside 0..1"),
        (np.full((1, 3), -1), "input codes outside 0..1"),
    ],
)
def test_codes_that_do_not_fit_wrong(codes: np.ndarray, message: str) -> None:
    with pytest.raises(NetError) as caught:
        interpret(small(), codes)
    assert str(caught.value) == message


def test_signed_codes_have_their_own_bounds() -> None:
    net = IntNet(3, small().nodes, input_bits=3, input_signed=True)
    assert (interpret(net, np.full((1, 3), -4))["layer1.sum"] == [[-4, 1]]).all()
    with pytest.raises(NetError, match=r"^input codes outside -4\.\.3$"):
        interpret(net, np.full((1, 3), 4))


@pytest.mark.parametrize("bits", [1, 2, 3, 8])
@pytest.mark.parametrize("signed", [False, True])
def test_bits_and_codes_are_inverse_and_lowest_bit_first(bits: int, signed: bool) -> None:
    codes = np.arange(1 << bits).reshape(-1, 1) - (signed << (bits - 1))
    spread = codes_to_bits(codes, bits)
    assert spread.shape == (1 << bits, bits)
    for code, row in zip(codes[:, 0].tolist(), spread.tolist(), strict=True):
        assert row == [code >> k & 1 for k in range(bits)]
    assert (bits_to_codes(spread, bits, signed) == codes).all()


def test_bits_of_several_codes_lie_side_by_side() -> None:
    assert codes_to_bits(np.array([[1, 2], [3, 0]]), 2).tolist() == [[1, 0, 0, 1], [1, 1, 0, 0]]
    assert bits_to_codes(i8([[1, 0, 0, 1]]), 2).tolist() == [[1, 2]]
