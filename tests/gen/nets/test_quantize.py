"""Quantizers against definitions written out, and their gradients against hand-made ones."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen.nets.layers import Head, QuantLinear, SumNorm, UnsignedActivation
from gen.nets.weights import largest_code, quantize, straight_through


def test_grids() -> None:
    assert [largest_code(name) for name in ("ternary", "3-bit", "4-bit", "8-bit")] == [1, 3, 7, 127]


def test_ternary_keeps_the_largest_magnitudes() -> None:
    latent = torch.tensor([[0.1, -0.9, 0.5, -0.2], [3.0, 1.0, -2.0, 0.0]])
    assert quantize(latent, 2, 1).tolist() == [[0, -1, 1, 0], [1, 0, -1, 0]]


def test_three_bits_scale_the_row_to_minus_three_to_three() -> None:
    latent = torch.tensor(
        [[0.9, -0.61, 0.1, 0.02, -0.3]]
    )  # in thirds of 0.9: 3, -2.03, .33, .07, -1
    assert quantize(latent, 3, 3).tolist() == [[3, -2, 0, 0, -1]]
    assert quantize(latent, 4, 3).tolist() == [[3, -2, 1, 0, -1]]  # kept, so not zero


@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.sampled_from([1, 3, 7, 127]))
def test_every_row_has_its_count_of_non_zero_weights(seed: int, fan_in: int, largest: int) -> None:
    latent = torch.from_numpy(np.random.default_rng(seed).normal(size=(5, 7)))
    codes = quantize(latent, fan_in, largest)
    assert ((codes != 0).sum(1) == fan_in).all()
    assert (codes == codes.round()).all()
    assert codes.abs().max() <= largest
    assert (codes * latent >= 0).all()


def test_a_row_of_zeros_still_has_its_count() -> None:
    assert ((quantize(torch.zeros(2, 4), 3, 3) != 0).sum(1) == 3).all()


def test_straight_through_is_exactly_the_integer() -> None:
    value = torch.tensor([0.1, 1e-8, 123456.7], requires_grad=True)
    rounded = value.detach().round()
    out = straight_through(value, rounded)
    assert torch.equal(out, rounded)
    out.backward(torch.tensor([1.0, 2.0, 3.0]))
    assert value.grad is not None
    assert value.grad.tolist() == [1, 2, 3]


def test_linear_is_an_integer_product_and_all_weights_learn() -> None:
    torch.manual_seed(0)
    layer = QuantLinear(6, 3, 2)
    x = torch.tensor([[1.0, 0, 1, 1, 0, 1]])
    codes = quantize(layer.latent.detach(), 2, 1).numpy().astype(int)
    assert (
        layer(x).detach().numpy().astype(int).tolist() == (x.numpy().astype(int) @ codes.T).tolist()
    )
    layer(x).sum().backward()
    assert layer.latent.grad is not None
    assert layer.latent.grad.tolist() == x.repeat(3, 1).tolist()


def test_head_rounds_its_bias_half_to_even() -> None:
    head = Head(3, 4, 1)
    with torch.no_grad():
        head.bias.copy_(torch.tensor([0.5, 1.5, -0.7, 2.2]))
    assert head.integer_bias().tolist() == [0, 2, -1, 2]
    assert torch.equal(head(torch.zeros(1, 3))[0], head.integer_bias())


def test_temperature_scales_logits_alone() -> None:
    head = Head(3, 2, 1)
    with torch.no_grad():
        head.log_temperature.copy_(torch.tensor(2.0).log())
    scores = torch.tensor([[3.0, -1.0]])
    assert head.logits(scores).tolist() == [pytest.approx([6.0, -2.0])]


@pytest.mark.parametrize(
    ("bits", "codes"),
    [
        (1, [0, 0, 0, 0, 1, 1, 1, 1]),
        (2, [0, 0, 1, 1, 2, 2, 3, 3]),
        (3, [0, 2, 3, 3, 4, 4, 5, 7]),
    ],
)
def test_activation_codes(bits: int, codes: list[int]) -> None:
    z = torch.tensor([-9.0, -1.5, -1.0, -0.001, 0.0, 0.999, 1.0, 9.0])
    assert UnsignedActivation(bits)(z).tolist() == codes


@pytest.mark.parametrize(
    ("bits", "slopes"),
    [(1, [0, 0, 0.5, 1, 0.25, 0, 0]), (2, [0, 0.5, 1, 1, 1, 1, 0.25])],
)
def test_activation_gradient(bits: int, slopes: list[float]) -> None:
    z = torch.tensor([-3.0, -1.5, -0.5, 0.0, 0.75, 1.0, 1.75], requires_grad=True)
    UnsignedActivation(bits)(z).sum().backward()
    assert z.grad is not None
    assert z.grad.tolist() == slopes


def test_norm_agrees_with_the_librarys_and_rounds_alike_in_any_shape() -> None:
    torch.manual_seed(1)
    norm, library = SumNorm(37), torch.nn.BatchNorm1d(37)
    x = torch.randint(-9, 9, (500, 37)).float()
    for module in (norm, library):
        module.train()
        module(x)
        module.eval()
    assert torch.allclose(norm(x), library(x), atol=1e-5)
    assert torch.equal(norm(x)[123:124], norm(x[123:124]))
