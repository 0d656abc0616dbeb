"""The estimate of gates, against real mappings recorded here."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gen.nets.gates import (
    Counted,
    argmax_lut4,
    counted_layers,
    estimate,
    integer_codes,
    live_weights,
    unit_bits,
    unit_lut4,
)
from gen.nets.hardness import Quantized, set_hardness
from gen.nets.layers import SumNorm, UnsignedActivation
from gen.nets.layers.heads import Head
from gen.nets.layers.linear import QuantLinear
from gen.nets.model import build
from gen.nets.recipe import RecipeError
from tests.gen.nets.conftest import tiny


@given(st.integers(-127, 127), st.integers(1, 4))
def test_digits_are_of_the_weight_and_as_few_as_there_are(weight: int, bits: int) -> None:
    reachable = {0: {0}}  # non-zero digits -> values; the fewest that reach the weight
    count = 0
    while weight not in reachable[count]:
        reachable[count + 1] = {
            value + sign * 2**place
            for value in reachable[count]
            for place in range(9)
            for sign in (-1, 1)
        }
        count += 1
    score = Counted("score", QuantLinear(2, 2, weights="8-bit"), bits)
    assert unit_bits(score, np.array(weight)) == count * bits


def network(*latents: list[list[float]], fan_in: int, bits: int = 1) -> nn.Sequential:
    """Hidden layers and a head with given latent weights, all of one fan-in."""
    modules: list[nn.Module] = []
    for number, latent in enumerate(latents):
        units, n_in = len(latent), len(latent[0])
        last = number == len(latents) - 1
        layer = (Head if last else QuantLinear)(n_in, units, min(fan_in, n_in))
        with torch.no_grad():
            layer.latent.copy_(torch.tensor(latent))
        modules += [layer] if last else [layer, SumNorm(units), UnsignedActivation(bits)]
    return nn.Sequential(*modules).eval()


def test_layers_know_their_bits() -> None:
    found = counted_layers(build(tiny(), 8, 3))
    assert [(one.name, one.input_bits, one.code_bits) for one in found] == [
        ("layer1", 1, 2),
        ("layer2", 2, 1),
        ("score", 1, 0),
    ]


def test_live_weights() -> None:
    first = np.array([[1, 0, -1], [0, 0, 0], [1, 1, 0]])  # unit 1 is constant
    second = np.array([[1, 1, 0], [0, 1, 0], [0, -1, 1]])  # unit 1 reads a constant alone
    last = np.array([[1, 1, 0], [-1, 0, 0]])  # nobody reads unit 2
    live = live_weights([first, second, last])
    assert live[2].tolist() == [[True, False, False], [True, False, False]]
    assert live[1].tolist() == [[True, False, False], [False] * 3, [False] * 3]
    assert live[0].tolist() == [[True, False, True], [False] * 3, [False] * 3]


def test_what_nobody_reads_costs_nothing() -> None:
    rows = [[0.1 * (i + j + 1) for j in range(7)] for i in range(3)]
    both = network(rows, [[1.0, 1, 0.1], [1, 1, 0.1]], fan_in=7)
    with_all = estimate(both)
    both[-1].give_own_fan_ins()
    both[-1].fan_ins[:] = 2  # the third unit is read no more
    assert estimate(both)["2"] == pytest.approx(with_all["2"] * 2 / 3)


def test_units_without_weights_cost_nothing_and_nor_do_their_readers() -> None:
    rows = [[0.1 * (i + j + 1) for j in range(7)] for i in range(2)]
    net = network(rows, [[1.0, 1], [1, 1]], fan_in=7)
    net[0].give_own_fan_ins()
    net[0].fan_ins[:] = 0
    assert sum(estimate(net).values()) == 0


def test_small_units_are_one_lut_a_bit() -> None:
    one = counted_layers(network([[1.0] * 9] * 2, [[1.0, 1]], fan_in=9))[0]
    assert unit_lut4(one, np.arange(6)).tolist()[:5] == [0, 0, 1, 1, 1]
    two = counted_layers(network([[1.0] * 9] * 2, [[1.0, 1]], fan_in=9, bits=2))[0]
    assert unit_lut4(two, np.arange(6)).tolist()[:5] == [0, 0, 2, 2, 2]


def test_argmax_grows_with_classes_and_bits() -> None:
    one = counted_layers(network([[1.0] * 8] * 2, [[1.0, 1]], fan_in=8))[1]
    few = argmax_lut4(one, np.ones((2, 7), np.int64))
    assert argmax_lut4(one, np.ones((3, 7), np.int64)) == pytest.approx(2 * few)
    assert argmax_lut4(one, np.ones((2, 8), np.int64)) == pytest.approx(few * 4 / 3)
    assert argmax_lut4(one, np.zeros((2, 8), np.int64)) == 0


# What mapping gave: inputs of a unit, bits of its code, units, LUT4.
HIDDEN = [(3, 1, 96, 93), (5, 1, 64, 178), (6, 1, 64, 185), (7, 1, 64, 270), (8, 1, 64, 394),
          (9, 1, 64, 450), (10, 1, 32, 278), (12, 1, 48, 528), (4, 2, 64, 128),
          (7, 2, 64, 487)]  # fmt: skip


@pytest.mark.parametrize(("inputs", "bits", "units", "mapped"), HIDDEN)
def test_hidden_layers_are_near_their_mappings(
    inputs: int, bits: int, units: int, mapped: int
) -> None:
    net = network([[1.0] * inputs] * 2, [[1.0, 1]], fan_in=inputs, bits=bits)
    found = units * float(unit_lut4(counted_layers(net)[0], np.array(inputs)))
    assert found == pytest.approx(mapped, rel=0.05)


@pytest.mark.parametrize(
    ("bits", "mapped"),
    [(10, 11.5), (12, 13.7), (14, 16.5), (18, 20.4), (24, 26.4), (28.2, 34.5), (32, 38.5)],
)
def test_scores_are_near_their_mappings(bits: float, mapped: float) -> None:
    net = network([[1.0] * 2] * 2, [[1.0, 1]], fan_in=2)
    found = float(unit_lut4(counted_layers(net)[1], np.array(bits)))
    assert found == pytest.approx(mapped, rel=0.07)


def test_signs_alone_count_before_a_comparison_and_digits_before_a_score() -> None:
    hidden, score = counted_layers(network([[1.0] * 2] * 2, [[1.0, 1]], fan_in=2))
    weights = np.array([3, -3, 2, 0])
    assert unit_bits(hidden, weights).sum() == 3
    assert unit_bits(score, weights).sum() == 5  # 3 = 4 - 1


def test_codes_are_those_of_hardware_whatever_the_hardness() -> None:
    torch.manual_seed(1)
    layer = QuantLinear(6, 4, 3, "3-bit")
    expected = layer.codes().detach().numpy()
    set_hardness(layer, 0.25)
    assert np.array_equal(integer_codes(layer), expected)
    assert layer.hardness == 0.25


def test_a_layer_without_an_estimate_wrong() -> None:
    class Strange(Quantized):
        pass

    with pytest.raises(RecipeError) as caught:
        estimate(nn.Sequential(QuantLinear(2, 2, 1), Strange()))
    assert str(caught.value) == (
        "[schedule] gate_budget: 1 is a Strange; only linear layers have an estimate of their gates"
    )
