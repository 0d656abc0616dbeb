"""Weights given as whole numbers: the layer has exactly these, goes on learning, or refuses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen.intnet.interpret import interpret
from gen.nets.freezing.freeze import freeze_network, verify
from gen.nets.hardness import set_hardness
from gen.nets.layers import (
    GatedCell,
    Head,
    QuantConv1d,
    QuantConv2d,
    QuantLinear,
    Recurrent,
    RnnCell,
    SumBias,
    UnsignedActivation,
)
from gen.nets.weights import WEIGHTS, LatentWeights, LayerError, largest_code

EACH = pytest.mark.parametrize("weights", WEIGHTS)


def drawn(weights: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Codes of the whole grid, a unit of zeros and one of small weights among them."""
    rng, largest = np.random.default_rng(seed), largest_code(weights)
    if weights == "binary":
        return rng.choice([-1, 1], shape)
    codes = rng.integers(-largest, largest + 1, shape)
    codes[0] = 0
    codes[1] = rng.integers(-1, 2, shape[1:])
    return codes


@EACH
def test_linear_has_what_it_is_given_and_so_has_its_frozen_network(weights: str) -> None:
    for seed in range(5):
        layer = QuantLinear(7, 6, None, weights, bias=True)
        wanted, bias = drawn(weights, (6, 7), seed), np.arange(-3, 3)
        layer.give_codes(wanted)
        layer.bias.data.copy_(torch.from_numpy(bias))
        assert np.array_equal(layer.codes().detach().numpy(), wanted)
        x = np.random.default_rng(seed).integers(0, 2, (50, 7))
        net = freeze_network(layer.eval(), 7, {})
        verify(layer, net, x.astype(np.uint8))
        assert np.array_equal(interpret(net, x)[net.outputs[0]], x @ wanted.T + bias)


@EACH
@pytest.mark.parametrize("shape", [(5, 12), (5, 3, 2, 2)])
def test_convolution_is_that_of_torch_with_the_same_weights(
    weights: str, shape: tuple[int, ...]
) -> None:
    layer, twin = QuantConv2d(3, 5, 2, None, weights), nn.Conv2d(3, 5, 2, bias=False)
    wanted = drawn(weights, shape)
    layer.give_codes(wanted)
    twin.weight.data.copy_(torch.from_numpy(wanted.reshape(5, 3, 2, 2)))
    x = torch.randint(0, 4, (9, 3, 4, 5)).float()
    assert torch.equal(layer(x), twin(x))


def test_depthwise_convolution_of_one_dimension() -> None:
    layer = QuantConv1d(4, 4, 3, None, "4-bit", groups=4)
    twin = nn.Conv1d(4, 4, 3, groups=4, bias=False)
    layer.give_codes(wanted := drawn("4-bit", (4, 1, 3)))
    twin.weight.data.copy_(torch.from_numpy(wanted))
    x = torch.randint(0, 2, (9, 4, 6)).float()
    assert torch.equal(layer(x), twin(x))


@EACH
@pytest.mark.parametrize("cell", [RnnCell, GatedCell])
def test_recurrent_cells(weights: str, cell: Callable[..., nn.Module]) -> None:
    network = nn.Sequential(Recurrent(cell(3, 5, None, weights), 4)).eval()
    layers = [one for one in network.modules() if isinstance(one, LatentWeights)]
    wanted = [drawn(weights, (5, 8), seed) for seed in range(len(layers))]
    for layer, codes in zip(layers, wanted, strict=True):
        layer.give_codes(codes)
    net = freeze_network(network, 12, {})
    verify(network, net, np.random.default_rng(0).integers(0, 2, (50, 12)).astype(np.uint8))
    frozen = [node.weight for node in net.nodes if hasattr(node, "weight")]
    assert len(frozen) == len(wanted)
    assert all(np.array_equal(*pair) for pair in zip(frozen, wanted, strict=True))


@EACH
def test_training_goes_on_from_there(weights: str) -> None:
    torch.manual_seed(0)
    layer = QuantLinear(7, 6, None, weights)
    layer.give_codes(wanted := torch.from_numpy(drawn(weights, (6, 7))).float())
    learner = torch.optim.Adam(layer.parameters(), 0.02)
    x, target = torch.randint(0, 2, (40, 7)).float(), torch.randn(40, 6) * 3
    losses = []
    for _ in range(40):
        loss = (layer(x) - target).square().mean()
        losses.append(loss.item())
        learner.zero_grad()
        loss.backward()
        learner.step()
    codes = layer.codes().detach()
    assert losses[0] == pytest.approx((x @ wanted.T - target).square().mean().item())
    assert min(losses) < losses[0]
    assert not torch.equal(codes, wanted)
    assert torch.equal((codes != 0).sum(1), (wanted != 0).sum(1))
    assert codes.abs().max() <= layer.largest
    set_hardness(layer, 0.0)
    assert torch.isfinite(layer.codes()).all()


def test_given_twice_and_copied_from_a_parameter() -> None:
    layer = QuantLinear(4, 3, None, "3-bit")
    for codes in ([[3, 0, 0, 0]] * 3, nn.Parameter(torch.full((3, 4), -2.0)), np.eye(3, 4) * 2):
        layer.give_codes(codes)
        wanted = codes.detach().numpy() if isinstance(codes, torch.Tensor) else codes
        assert np.array_equal(layer.codes().detach().numpy(), wanted)


@pytest.mark.parametrize(
    ("layer", "codes", "message"),
    [
        (("ternary",), [[0, 1, 2]] * 2,
         "codes[0, 2] is 2; ternary weights are whole numbers -1..1"),
        (("3-bit",), [[0, 1, 3], [0.5, 1, 1]],
         "codes[1, 0] is 0.5; 3-bit weights are whole numbers -3..3"),
        (("ternary",), [[0, 1, float("nan")]] * 2,
         "codes[0, 2] is nan; ternary weights are whole numbers -1..1"),
        (("binary",), [[1, -1, 1], [1, 0, 1]], "codes[1, 1] is 0; binary weights are -1 and 1"),
        (("8-bit",), [[127, -127, 0], [-128, 0, 0]],
         "codes[1, 0] is -128; 8-bit weights are whole numbers -127..127"),
        (("ternary",), [[0, 1], [1, 0], [1, 1]],
         "codes of shape (3, 2); this layer's are (2, 3)"),
        (("ternary",), [["a"]], "codes are no array of numbers: "),
    ],
)  # fmt: skip
def test_codes_wrong(layer: tuple[str], codes: Any, message: str) -> None:
    made = QuantLinear(3, 2, None, *layer)
    before = made.codes().detach()
    with pytest.raises(LayerError) as caught:
        made.give_codes(codes)
    assert str(caught.value).startswith(message)
    assert torch.equal(made.codes().detach(), before)


def test_more_weights_than_the_layer_has_wrong() -> None:
    codes = [[1, 0, 0, -1], [1, 1, 0, 1]]
    with pytest.raises(LayerError) as caught:
        QuantLinear(4, 2, 2).give_codes(codes)
    assert str(caught.value) == (
        "codes[1] has 3 weights that are not zero; the layer's fan_in is 2"
    )
    drawn_once = QuantLinear(4, 2, 2, mask="random")
    assert drawn_once.mask is not None
    drawn_once.mask.copy_(torch.tensor([[1, 0, 0, 1], [1, 1, 0, 0]]))
    with pytest.raises(LayerError) as caught:
        drawn_once.give_codes(codes)
    assert str(caught.value) == "codes[1, 3] is 1; the layer's mask keeps it zero"
    drawn_once.give_codes([[1, 0, 0, 0], [-1, 1, 0, 0]])
    assert drawn_once.codes().tolist() == [[1, 0, 0, 0], [-1, 1, 0, 0]]


def test_a_convolution_names_both_shapes() -> None:
    with pytest.raises(LayerError) as caught:
        QuantConv2d(2, 3, (2, 1)).give_codes(np.zeros((3, 2, 1, 2)))
    assert str(caught.value) == (
        "codes of shape (3, 2, 1, 2); this layer's are (3, 4) or (3, 2, 2, 1)"
    )
    assert QuantConv1d(2, 3, 2).shapes() == ((3, 4), (3, 2, 2))


def test_the_whole_network_by_hand() -> None:
    """A parity of two bits, told by weights and thresholds that one can check by reading."""
    first, head = QuantLinear(2, 2), Head(2, 2)
    first.give_codes([[1, 1], [1, 1]])
    head.give_codes([[0, 0], [1, -1]])
    steps = SumBias(2)
    with torch.no_grad():
        steps.bias.copy_(torch.tensor([-1.0, -2.0]))
        head.bias.copy_(torch.tensor([0.0, -0.4]))
    network = nn.Sequential(first, steps, UnsignedActivation(1), head).eval()
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    net = freeze_network(network, 2, {})
    verify(network, net, x.astype(np.uint8))
    assert interpret(net, x)["class"].ravel().tolist() == [0, 1, 1, 0]
