"""Layers of sizes drawn at random, sensible or not: frozen equal, or refused in words."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen.errors import SmeltError
from gen.nets.freezing.freeze import FreezeError, freeze_network, verify
from gen.nets.layers import (
    AvgPool2d,
    Embedding,
    GroupSum,
    Head,
    LutLayer,
    QuantConv2d,
    QuantLinear,
    SumNorm,
    SumPool2d,
    SumScale,
    UnsignedActivation,
)
from gen.nets.weights import LayerError
from tests.gen.nets.layers.cases import image, row

VALUES: tuple[Any, ...] = (
    *(0, 1, 1, 2, 2, 3, 5, -1, 100, 10**7, 2.5, True, None, "2"),
    *((1, 2), (0, 1), (3,), (1, 2, 3), np.int64(2)),
)
KINDS: dict[str, Callable[[Callable[[], Any]], nn.Module]] = {
    "conv": lambda v: QuantConv2d(v(), v(), v(), stride=v(), padding=v(), groups=v()),
    "conv of one channel": lambda v: QuantConv2d(1, 2, v(), stride=v(), padding=v()),
    "max pool": lambda v: nn.MaxPool2d(v(), v(), v(), v()),
    "max pool of 2": lambda v: nn.MaxPool2d(2, v(), v(), v()),
    "max pool of a row": lambda v: nn.MaxPool1d(v(), v()),
    "sum pool": lambda v: SumPool2d(v(), v()),
    "average pool": lambda v: AvgPool2d(v(), v()),
    "linear": lambda v: QuantLinear(v(), v(), v()),
    "lut": lambda v: LutLayer(v(), v(), v()),
    "group sum": lambda v: GroupSum(v(), v(), 1.0),
    "embedding": lambda v: Embedding(v(), v(), v(), from_bits=True),
    "unflatten": lambda v: nn.Unflatten(1, (v(), v(), v())),
}
TORCHS_OWN = ("max pool", "max pool of 2", "max pool of a row", "unflatten")
UNFORESEEN = ("as it is set", "fails on input vectors")


@pytest.mark.parametrize("kind", KINDS)
def test_any_size_is_frozen_or_refused(kind: str) -> None:
    draw = random.Random(kind)
    refused, reasons = 0, list[str]()
    bits = np.random.default_rng(0).integers(0, 2, (20, 4))
    for _ in range(60):
        try:
            module = KINDS[kind](lambda: draw.choice(VALUES))
        except LayerError:
            refused += 1
            continue
        except SmeltError:  # a class of its own, as LutError
            refused += 1
            continue
        except Exception:
            assert kind in TORCHS_OWN
            continue
        for before in ((), (image(1, 2, 2),), (image(1, 4, 1),)):
            network = row(*before, module).eval()
            try:
                verify(network, freeze_network(network, 4, {}), bits)
            except FreezeError as error:
                reasons.append(str(error))
    assert not [said for said in reasons if any(word in said for word in UNFORESEEN)]
    assert refused + len(reasons) > 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: image(1, 2, 2), "1: a MaxPool2d of kernel_size 3, stride 3, padding 0, dilation 1:"
         " a window does not fit 'x' of shape (1, 2, 2)"),
    ],
)  # fmt: skip
def test_a_window_larger_than_its_image_wrong(make: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(FreezeError) as caught:
        freeze_network(row(make(), nn.MaxPool2d(3)).eval(), 4, {})
    assert str(caught.value) == message


def normed(norm: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    network = row(QuantLinear(6, 3), norm, UnsignedActivation(2), Head(3, 2))
    network.train()
    for _ in range(5):
        network(torch.randint(0, 2, (64, 6)).float())
    return network.eval()


def test_a_norm_without_scale_and_bias_is_frozen() -> None:
    network = normed(SumNorm(3, affine=False))
    bits = np.array([[n >> k & 1 for k in range(6)] for n in range(64)])
    net = freeze_network(network, 6, {})
    verify(network, net, bits)
    norm = network[1]
    sums = network[0](torch.from_numpy(bits).float())
    with torch.no_grad():  # what batch norm is, in the words of its paper
        wanted = (sums - norm.running_mean) / torch.sqrt(norm.running_var + norm.eps)
        assert torch.equal(network[2](norm(sums)), network[2](wanted))


@pytest.mark.parametrize("affine", [True, False])
def test_a_norm_without_statistics_wrong(affine: bool) -> None:
    network = normed(SumNorm(3, affine=affine, track_running_stats=False))
    with pytest.raises(FreezeError) as caught:
        freeze_network(network, 6, {})
    assert str(caught.value) == (
        "1: a SumNorm without running statistics normalizes by whatever batch it sees; make it with"
        " track_running_stats=True and train it again"
    )


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_a_scale_that_is_no_number_wrong(factor: float) -> None:
    network = row(QuantLinear(4, 3), SumScale(factor), UnsignedActivation(1)).eval()
    with pytest.raises(FreezeError, match=f"^1: a SumScale of {factor}, which is no number"):
        freeze_network(network, 4, {})
