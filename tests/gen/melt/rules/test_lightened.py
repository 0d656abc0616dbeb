"""Rows of lighter weights: the steps behind them are the same, and fewer bits are added."""

from dataclasses import replace

import numpy as np
import pytest

from gen.intnet.interpret import interpret
from gen.intnet.network import NEVER, Add, Argmax, Conv, IntNet, Levels, Linear
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.melt.rules.lightened import lightened
from gen.melt.rules.lighter import lightest
from tests.gen.intnet.nets import every_code, i8, i32

INPUTS = 9


def _stepped(seed: int, conv: bool) -> IntNet:
    """Rows times 1, 3, 6 and 2, one of zeros, with steps at and between the sums' values."""
    rng = np.random.default_rng(seed)
    factors = np.array([1, 3, 6, 2, 5])
    weight = rng.integers(-2, 3, (5, INPUTS)) * factors[:, None]
    weight[4] = 0
    bias, shape = i32(rng.integers(-9, 10, 5)), (1, 3, 3)
    sums = (
        Conv("sum", ("x",), i8(weight.reshape(5, 1, 3, 3)), bias, shape, padding=(1, 1))
        if conv
        else Linear("sum", ("x",), i8(weight), bias)
    )
    edges = np.sort(rng.integers(-14, 15, (sums.size, 3)), axis=1)
    edges[rng.random(sums.size) < 0.3, 2] = NEVER
    codes = i8(np.tile([0, 2, 1, 3], (sums.size, 1)))
    steps = Levels("layer1", ("sum",), i32(edges), codes, bits=2, signed=False)
    return IntNet(INPUTS, (sums, steps), outputs=("layer1",))


@pytest.mark.parametrize("conv", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_steps_behind_divided_rows_are_the_same(seed: int, conv: bool) -> None:
    net = _stepped(seed, conv)
    divided = lightened(net)
    assert np.abs(divided.nodes[0].weight).max() <= 2  # type: ignore[attr-defined]
    x = every_code(INPUTS, 1, signed=False)
    wanted = interpret(net, x)["layer1"]
    assert (interpret(divided, x)["layer1"] == wanted).all()
    bits = evaluate(flatten(melt(net)), x.astype(np.uint8))
    assert (bits[:, ::2] + 2 * bits[:, 1::2] == wanted).all()


def test_a_row_of_threes_takes_no_more_gates_than_one_of_ones() -> None:
    def net(factor: int) -> IntNet:
        sums = Linear("sum", ("x",), i8(np.full((1, INPUTS), factor)), i32([0]))
        steps = Levels("h", ("sum",), i32([[2, 5, 7]]) * factor, i8([[0, 1, 2, 3]]), bits=2)
        return IntNet(INPUTS, (sums, steps), outputs=("h",))

    assert melt(net(3)).n_ands == melt(net(7)).n_ands == melt(net(1)).n_ands


def test_steps_that_no_sum_comes_near_are_no_trouble() -> None:
    sums = Linear("sum", ("x",), i8([[7, -5, 6]]), i32([1 << 23]))
    edges = i32([[-(1 << 31), (1 << 23) + 2, (1 << 31) - 2]])
    steps = Levels("h", ("sum",), edges, i8([[0, 1, 2, 3]]), bits=2, signed=False)
    net = IntNet(3, (sums, steps), outputs=("h",))
    x = every_code(3, 1, signed=False)
    assert (interpret(lightened(net), x)["h"] == interpret(net, x)["h"]).all()


def test_sums_that_more_than_steps_need_stay_as_they_are() -> None:
    net = _stepped(0, conv=False)
    assert lightened(replace(net, outputs=("sum", "layer1"))).nodes == net.nodes
    added = (*net.nodes, Add("both", ("sum", "sum"), 5), Argmax("class", ("both",)))
    assert lightened(replace(net, nodes=added, outputs=("layer1", "class"))).nodes == added


def _nearly_equal(seed: int, bits: int, signed: bool) -> IntNet:
    """Rows of four weights that are nearly equal, as training leaves them, and rough steps."""
    rng = np.random.default_rng(seed)
    weight = i32(rng.integers(90, 128, (6, 4)) * rng.choice([-1, 1], (6, 4)))
    bias = i32(rng.integers(-100, 100, 6))
    edges = np.sort(rng.integers(-900, 900, (6, 3)), axis=1) >> (3 - bits)
    edges[0, 2] = NEVER
    codes = i8(rng.integers(0, 4, (6, 4)))
    sums = Linear("sum", ("x",), weight, bias)
    steps = Levels("layer1", ("sum",), i32(edges), codes, bits=2, signed=False)
    return IntNet(4, (sums, steps), bits, signed, outputs=("layer1",))


@pytest.mark.parametrize(("bits", "signed"), [(1, False), (2, False), (2, True)])
@pytest.mark.parametrize("seed", range(4))
def test_lighter_weights_tell_the_same_steps_apart(seed: int, bits: int, signed: bool) -> None:
    net = _nearly_equal(seed, bits, signed)
    light = lightened(net)
    weights = [np.abs(one.nodes[0].weight).sum() for one in (light, net)]  # type: ignore[attr-defined]
    assert weights[0] < weights[1]
    x = every_code(4, bits, signed)
    wanted = interpret(net, x)["layer1"]
    assert (interpret(light, x)["layer1"] == wanted).all()
    columns = (x[:, :, None] >> np.arange(bits) & 1).reshape(len(x), -1).astype(np.uint8)
    made = evaluate(flatten(melt(net)), columns)
    assert (made[:, ::2] + 2 * made[:, 1::2] == wanted).all()


@pytest.mark.parametrize(
    ("weights", "edges", "light"),
    [
        ((127, 126, 126, -124), (-60, 60, 180), (1, 1, 1, -1)),
        ((5, 3), (3, 5, 8), (2, 1)),  # The four sums of two bits are told apart.
        ((9, 4, 5), (9,), (2, 1, 1)),  # One, or both of the others.
        ((7, 3), (7,), (1, 0)),  # The second never matters.
        ((2, 1), (1, 2, 3), None),
        ((3, 3), (NEVER,), (0, 0)),
    ],
)
def test_the_lightest_weights_are_found(
    weights: tuple[int, ...], edges: tuple[int, ...], light: tuple[int, ...] | None
) -> None:
    found = lightest(weights, ((0, 1),) * len(weights), edges)
    assert (found and found[0]) == light
