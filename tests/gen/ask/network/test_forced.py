"""Runs with activations held, against the frozen PyTorch network with the same ones patched."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gen.ask.network.forced import run_forced
from gen.ask.network.given import class_names, classes_of, fitting, given_bits, whole_cut
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.encode import Encoder, EncoderError
from gen.intnet.interpret import bits_to_codes, interpret, run_steps
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.nets.freezing.forced import forced_signals
from gen.nets.freezing.frozen import FrozenNet
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.logic.graphs import every_input


def two_bits() -> IntNet:
    """Three units of two bits, whose codes do not rise with the sum, on two-bit inputs."""
    rng = np.random.default_rng(8)
    first, last = (rng.integers(-2, 3, shape).astype(np.int8) for shape in ((3, 3), (3, 3)))
    edges = np.sort(rng.integers(-3, 8, (3, 3)), axis=1).astype(np.int32)
    codes = np.array([[0, 1, 2, 3], [3, 0, 1, 2], [0, 2, 2, 1]], np.int8)
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(3, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes, bits=2),
        Linear("score", ("layer1",), last, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(3, nodes, input_bits=2, meta={"classes": ["a", "b", "c"]})


def by_torch(net: IntNet, rows: np.ndarray, cut: dict[str, int]) -> dict[str, NDArray[Any]]:
    """All signals, with elements "layer1[3]" patched to values."""

    def patch(name: str, values: NDArray[Any]) -> NDArray[Any]:
        values = np.array(values)
        for one, value in cut.items():
            layer, _, at = one.rstrip("]").partition("[")
            if layer == name:
                values[:, int(at)] = value
        return values

    codes = bits_to_codes(rows, net.input_bits, net.input_signed)
    return forced_signals(FrozenNet(net), {"x": codes}, patch)


CUTS = [{}, {"layer1[0]": 1}, {"layer1[1]": 0, "layer1[2]": 1}]


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: ",".join(cut) or "none")
@pytest.mark.parametrize("net", [random_net(1), random_net(7), two_bits()], ids=["a", "b", "codes"])
def test_every_value_is_pytorchs(net: IntNet, cut: dict[str, int]) -> None:
    rows = every_input(6)
    logic = Logic.melted(net)
    found, wanted = run_forced(logic, rows, cut), by_torch(net, rows, cut)
    for name, values in found.items():
        signal, _, at = name.rstrip("]").partition("[")
        column = wanted[signal] if wanted[signal].ndim == 1 else wanted[signal][:, int(at or 0)]
        assert np.array_equal(values, column), name
    assert {"layer1[0]", "class", "score[2]"} <= set(found)
    names = class_names(logic)
    assert classes_of(logic, found) == [names[int(one)] for one in np.ravel(wanted["class"])]


def test_a_cut_changes_only_what_reads_it() -> None:
    logic, rows = Logic.melted(random_net(1)), every_input(6)
    before, after = run_forced(logic, rows), run_forced(logic, rows, {"layer1[3]": 1})
    assert (after["layer1[3]"] == 1).all()
    assert all(np.array_equal(before[f"layer1[{at}]"], after[f"layer1[{at}]"]) for at in range(3))
    assert any(not np.array_equal(before[f"score[{at}]"], after[f"score[{at}]"]) for at in range(3))


def test_one_bit_of_a_value_and_a_whole_layer() -> None:
    logic, rows = Logic.melted(two_bits()), every_input(6)
    found = run_forced(logic, rows, {"layer1[0].1": 1})["layer1[0]"]
    plain = run_forced(logic, rows)["layer1[0]"]
    assert np.array_equal(found, plain | 2)
    assert not np.array_equal(found, plain)
    whole = run_forced(logic, rows, {"layer1": 2})
    assert {int(one) for at in range(3) for one in whole[f"layer1[{at}]"]} == {2}


def test_sequences_are_as_the_integer_network_steps() -> None:
    net = random_rnn(2)
    rows = np.random.default_rng(0).integers(0, 2, (20, 4 * 3)).astype(np.uint8)
    logic = fitting(Logic.melted(net), rows)
    found = run_forced(logic, rows)
    steps = run_steps(net, rows.reshape(20, 4, 3).transpose(1, 0, 2))
    for step, values in enumerate(steps):
        for at in range(4):
            assert np.array_equal(found[f"layer1[{at}]@{step}"], values["layer1"][:, at])
    assert classes_of(logic, found) == [str(one) for one in steps[-1]["class"]]
    cut = whole_cut(logic, {"layer1[0]": 1, "layer1[1]@2": 0})
    assert cut == {f"layer1[0]@{step}": 1 for step in range(4)} | {"layer1[1]@2": 0}
    held = run_forced(logic, rows, cut)
    assert (held["layer1[0]@3"] == 1).all()
    assert not held["layer1[1]@2"].any()


def test_features_and_bits() -> None:
    net = random_net(3, inputs=4)
    net.meta["encoder"] = Encoder.alike("thermometer", np.array([[1.0, 2.0], [0.5, 7.0]])).to_dict()
    logic = Logic.melted(net)
    bits = np.array([[1, 1, 1, 0], [0, 0, 0, 0]])
    assert np.array_equal(given_bits(logic, [[2.5, 3.0], [0.0, 0.1]]), bits)
    assert np.array_equal(given_bits(logic, [2.5, 3.0]), bits[:1])
    assert np.array_equal(given_bits(logic, bits), bits)
    codes = interpret(net, bits)["class"]
    assert classes_of(logic, run_forced(logic, given_bits(logic, bits))) == [str(c) for c in codes]
    for wrong, error in (
        ([[1.0, 2.0, 3.0]], "rows of 3: the network takes 2 features or 4 input bits"),
        ([["a", "b"]], "inputs are not rows of numbers (could not convert string to float: 'a')"),
    ):
        with pytest.raises(AskError) as caught:
            given_bits(logic, wrong)
        assert str(caught.value) == error
    with pytest.raises(EncoderError, match="not a number"):
        given_bits(logic, [[np.nan, 1.0]])
    bare = Logic.melted(random_net(3, inputs=4))
    with pytest.raises(AskError, match="without an encoder: it takes input bits"):
        given_bits(bare, [[2.5, 3.0]], bits=False)


@pytest.mark.parametrize(
    ("cut", "error"),
    [
        ({"layer1[0]": 2}, "layer1[0] cut to 2: it takes whole numbers, 0 to 1"),
        ({"layer1[0]": 0.5}, "layer1[0] cut to 0.5: it takes whole numbers, 0 to 1"),
        ({"x[0]": 1}, "x[0] is no activation; only activations can be cut"),
        ({"class=1": 1}, "class=1 is no activation; only activations can be cut"),
        ({"layer7[0]": 1}, "nothing is named 'layer7[0]'; did you mean "),
    ],
)
def test_cut_wrong(cut: dict[str, Any], error: str) -> None:
    with pytest.raises(AskError) as caught:
        run_forced(Logic.melted(random_net(1)), every_input(6), cut)
    assert str(caught.value).startswith(error)


def test_bits_wrong() -> None:
    logic = Logic.melted(random_net(1))
    with pytest.raises(AskError) as caught:
        run_forced(logic, np.zeros((3, 5)))
    assert str(caught.value) == "input bits of shape (3, 5): the network takes (n, 6)"
    with pytest.raises(AskError) as caught:
        run_forced(logic, [[0, 1, 0, 1, 2, 0]])
    assert str(caught.value) == "row 0, x[4]: 2 is no bit, 0 or 1"
