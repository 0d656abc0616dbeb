"""Hardness: both ends and the middle of weights and activations, and what freezing asks for."""

import numpy as np
import pytest
import torch
from torch import nn

from gen.nets.freezing.freeze import FreezeError, freeze_network
from gen.nets.hardness import blend, set_hardness, softest
from gen.nets.layers.activation import UnsignedActivation
from gen.nets.layers.heads import Head
from gen.nets.layers.linear import QuantLinear
from gen.nets.weights import float_codes, quantize


def test_blend_is_the_weighted_mean_and_untouched_at_one() -> None:
    quantized, soft = torch.tensor([1.0, -1.0]), torch.tensor([0.5, 0.25])
    assert blend(1.0, quantized, lambda: soft) is quantized
    assert torch.equal(blend(0.0, quantized, lambda: soft), soft)
    assert blend(0.75, quantized, lambda: soft).tolist() == [0.875, -0.6875]


def test_float_codes_of_ternary_are_one_on_average_where_they_are_kept() -> None:
    latent = torch.tensor([[0.1, -0.9, 0.5, -0.2]])  # 0.9 and 0.5 are kept: mean 0.7
    expected = np.array([[0.1, -0.9, 0.5, -0.2]]) / 0.7
    assert np.allclose(float_codes(latent, 2, 1).numpy(), expected)


def test_float_codes_of_more_bits_round_to_the_codes() -> None:
    torch.manual_seed(2)
    latent = torch.randn(6, 9)
    dense = quantize(latent, 9, 7)  # all kept, so nothing but rounding, and no zero
    found = float_codes(latent, 9, 7)
    assert found.abs().amax(1).tolist() == pytest.approx([7.0] * 6)
    apart = (found - dense).abs()
    assert (apart[found.abs() >= 0.5] <= 0.5 + 1e-5).all()


def test_weights_of_four_axes_are_quantized_unit_by_unit() -> None:
    torch.manual_seed(3)
    latent = torch.randn(5, 2, 3, 3)
    flat = quantize(latent.reshape(5, 18), 4, 3)
    assert torch.equal(quantize(latent, 4, 3), flat.reshape(5, 2, 3, 3))
    assert float_codes(latent, 4, 1).shape == latent.shape


def test_each_unit_may_have_its_own_fan_in() -> None:
    torch.manual_seed(4)
    latent = torch.randn(4, 6)
    counts = torch.tensor([0, 1, 3, 6])
    found = quantize(latent, counts, 3)
    assert (found != 0).sum(1).tolist() == counts.tolist()
    for unit, count in enumerate(counts.tolist()):
        if count:
            assert torch.equal(found[unit], quantize(latent[unit : unit + 1], count, 3)[0])


def test_a_layer_at_hardness_zero_is_a_dense_float_product_that_learns() -> None:
    torch.manual_seed(5)
    layer = QuantLinear(6, 3, 2)
    set_hardness(layer, 0.0)
    x = torch.rand(4, 6)
    expected = x @ float_codes(layer.latent.detach(), 2, 1).T
    assert torch.allclose(layer(x), expected)
    layer(x).sum().backward()
    assert layer.latent.grad is not None
    assert torch.allclose(layer.latent.grad, x.sum(0).expand(3, 6))


def test_a_heads_bias_is_rounded_as_far_as_it_is_hard() -> None:
    head = Head(3, 2, 1)
    with torch.no_grad():
        head.bias.copy_(torch.tensor([0.4, -1.2]))
    found = {}
    for hardness in (0.0, 0.5, 1.0):
        set_hardness(head, hardness)
        found[hardness] = head.integer_bias().tolist()
    assert found[0.0] == pytest.approx([0.4, -1.2])
    assert found[0.5] == pytest.approx([0.2, -1.1])
    assert found[1.0] == [0, -1]


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_the_soft_activation_is_the_integral_of_the_gradient(bits: int) -> None:
    act = UnsignedActivation(bits)
    set_hardness(act, 0.0)
    z = torch.linspace(-6, 6, 24001, dtype=torch.float64, requires_grad=True)
    y = act(z)
    y.sum().backward()
    assert z.grad is not None
    step = 12 / 24000
    trapezoids = torch.cumsum((z.grad[1:] + z.grad[:-1]) / 2 * step, 0)
    assert torch.allclose(y.detach()[1:] - y.detach()[0], trapezoids, atol=1e-6)
    assert y[0].item() == 0
    assert y[-1].item() == 2**bits - 1


@pytest.mark.parametrize("bits", [1, 2])
def test_the_gradient_does_not_depend_on_hardness(bits: int) -> None:
    slopes = []
    for hardness in (0.0, 0.3, 1.0):
        act = UnsignedActivation(bits)
        act.hardness = hardness
        z = torch.linspace(-3, 3, 13, requires_grad=True)
        act(z).sum().backward()
        assert z.grad is not None
        slopes.append(z.grad.tolist())
    assert slopes[0] == slopes[1] == slopes[2]


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(QuantLinear(4, 3, 2), UnsignedActivation(1), Head(3, 2, 2)).eval()


def test_the_softest_module_is_named() -> None:
    net = network()
    assert softest(net)[1] == 1
    net[1].hardness = 0.5
    assert softest(net) == ("1", 0.5)
    net[2].hardness = 0.25
    assert softest(net) == ("2", 0.25)
    assert softest(nn.Linear(2, 2)) == ("", 1.0)


def test_hardness_is_no_part_of_the_state() -> None:
    net = network()
    names = set(net.state_dict())
    set_hardness(net, 0.5)
    assert set(net.state_dict()) == names
    assert not any("hard" in name or "fan_ins" in name for name in names)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_freezing_what_is_soft_wrong(place: int) -> None:
    net = network()
    freeze_network(net, 4, {})
    net[place].hardness = 0.99
    with pytest.raises(FreezeError) as caught:
        freeze_network(net, 4, {})
    assert str(caught.value) == (f"{place}: hardness is 0.99; only a network at 1 can be frozen")
