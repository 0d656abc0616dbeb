"""Dense modules against their own forward, on every input."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gen.imports.errors import ImportRefused
from gen.intnet.interpret import interpret
from tests.gen.imports.module.nets import Binary, Clamped, Sign, all_inputs, drawn, imported
from tests.gen.imports.module.nets import same_everywhere as same


class Staircase(nn.Module):
    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.round(F.hardtanh(x) * self.levels) / self.levels


class Floored(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.floor(F.relu6(x)).clamp(0, 3)


class Straight(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
        return (x > 0).float()

    @staticmethod
    def backward(ctx: object, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0]


class Estimated(nn.Module):
    """A straight-through estimator as a class of autograd."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = Straight.apply(x)
        return made


class Detached(nn.Module):
    """A straight-through estimator as a difference that has no gradient, which float32 rounds."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + (x.round().clamp(-1, 2) - x).detach()


ACTIVATIONS = {
    "sign": None,
    "round": Staircase(3),
    "floor": Floored(),
    "sigmoid": nn.Sequential(nn.Sigmoid(), Staircase(4)),
    "estimated": Estimated(),
    "detached": Detached(),
    "hardsigmoid": nn.Sequential(nn.Hardsigmoid(), Staircase(2)),
}
NEAR = {"round": 1e-4, "detached": 1e-4}
"""Values that float32 rounds, so that sums of them are only nearly equal."""


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_every_input_has_the_modules_answer(activation: str, seed: int) -> None:
    module = drawn(Clamped((10, 7, 6, 3), ACTIVATIONS[activation]), seed)
    found = imported(module, (10,))
    codes = all_inputs(found)
    same(module, found, torch.from_numpy(codes).float(), codes, NEAR.get(activation, 0.0))


@pytest.mark.parametrize(
    ("bits", "signed", "scale", "offset"),
    [(1, False, 2.0, -1.0), (2, True, 1.0, 0.0), (3, False, 0.25, -0.5), (3, False, 1 / 7, 0.0)],
)
def test_codes_are_the_values_that_are_said(
    bits: int, signed: bool, scale: float, offset: float
) -> None:
    module = drawn(Clamped((4, 7, 3)), 5)
    found = imported(module, (4,), bits=bits, signed=signed, scale=scale, offset=offset)
    codes = all_inputs(found)
    values = torch.from_numpy(codes).double() * scale + offset
    same(module, found, values.float(), codes)


class Words(nn.Module):
    """Functional forms, a residual connection, a concatenation, reshapes, and weights of a few
    bits with a scale for each output."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.empty(8, 8))
        self.second = nn.Parameter(torch.empty(8, 8))
        self.last = nn.Parameter(torch.empty(4, 16))
        self.mean = nn.Parameter(torch.empty(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.view(x.size(0), -1)
        w = torch.round(self.first * 3) * 2.0 ** torch.arange(-4, 4).view(-1, 1)
        first = (x @ w.t() - self.mean > 0).float()
        second = torch.clamp(torch.floor(first @ torch.round(self.second * 2).t() / 2), -1, 2)
        both = torch.cat((first + second, second[:, [1, 0, 2, 3, 7, 6, 5, 4]] - first), dim=1)
        scores = F.linear(both.reshape(-1, 4, 4).transpose(1, 2).flatten(1), torch.sign(self.last))
        return F.softmax(scores * 0.1, dim=-1)


@pytest.mark.parametrize("seed", range(4))
def test_functional_forms(seed: int) -> None:
    module = drawn(Words(), seed)
    found = imported(module, (2, 4))
    codes = all_inputs(found)
    wanted = module(torch.from_numpy(codes).float().view(-1, 2, 4)).argmax(1)
    assert (interpret(found.net, codes)["class"] == wanted.numpy()).all()
    assert found.runtime is not None
    assert (found.runtime(codes) == interpret(found.net, codes)[found.net.score]).all()
    assert len(wanted.unique()) > 1


def test_biases_of_hidden_layers_are_exact() -> None:
    module = drawn(nn.Sequential(Binary(10, 6), nn.ReLU(), Staircase(1), Binary(6, 3, False)), 4)
    found = imported(module, (10,))
    codes = all_inputs(found)
    same(module, found, torch.from_numpy(codes).float(), codes)


class Learned(nn.Module):
    """A quantizer with a step of its own, as of learned step sizes: nothing is exact in float32."""

    def __init__(self, low: int, high: int, step: float) -> None:
        super().__init__()
        self.low, self.high, self.step = low, high, step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        v = torch.clamp(x / self.step, self.low, self.high)
        return ((v.round() - v).detach() + v) * self.step


class Stepped(nn.Linear):
    """Weights of a learned step, times a scale of each output."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = Learned(-2, 2, 0.31)(self.weight)
        return F.linear(x, weight * self.weight.abs().mean(1, keepdim=True))


@pytest.mark.parametrize("seed", range(3))
def test_learned_steps(seed: int) -> None:
    layers = (Stepped(10, 7), nn.BatchNorm1d(7), nn.ReLU(), Learned(0, 3, 0.23))
    module = drawn(nn.Sequential(*layers, Binary(7, 3, bias=False)), seed)
    found = imported(module, (10,))
    codes = all_inputs(found)
    same(module, found, torch.from_numpy(codes).float(), codes, 1e-4)
    assert "of scores that are equal but for float32's rounding the first wins" in found.notes[-1]


def test_a_tie_that_rounding_decides_is_refused() -> None:
    module = drawn(nn.Sequential(Stepped(10, 7), Sign(), Binary(7, 3, bias=False)))
    with pytest.raises(ImportRefused, match="float32's rounding of a sum decides"):
        imported(module, (10,))
