"""Convolutions, pools and residual connections against the module's own forward."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.gen.imports.module.nets import Sign, all_inputs, drawn, imported
from tests.gen.imports.module.nets import same_everywhere as same


class Ternary(nn.Conv2d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(x, torch.round(self.weight), self.bias)


class Lines(nn.Conv1d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(x, torch.round(self.weight * 2), self.bias)


class Last(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, torch.round(self.weight * 3))


class Block(nn.Module):
    """A residual block, its shortcut padded with channels of zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = Ternary(2, 4, 3, padding=1, bias=False), Ternary(4, 4, 1, bias=False)
        self.n, self.m = nn.BatchNorm2d(4), nn.BatchNorm2d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu6(torch.round(self.n(self.a(x))))
        y = torch.clamp(torch.round(self.m(self.b(y))), -2, 1)
        return y + F.pad(x, (0, 0, 0, 0, 1, 1))


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.n = Lines(1, 4, 3, stride=2, dilation=2, bias=True), nn.BatchNorm1d(4)
        self.c = Last(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.floor(F.hardtanh(self.n(self.a(x)), 0, 3))
        x = F.avg_pool1d(x, 2) if x.shape[-1] > 3 else F.max_pool1d(x, 2, 1)
        return self.c(x.flatten(1))


IMAGES: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "pool of codes": (
        nn.Sequential(
            *(Ternary(1, 3, 2, bias=False), nn.BatchNorm2d(3), Sign(), nn.MaxPool2d(2)),
            *(nn.Flatten(), Last(3, 3)),
        ),
        (1, 3, 4),
    ),
    "pool of sums": (
        nn.Sequential(
            *(Ternary(1, 3, (2, 3), padding=1), nn.MaxPool2d(2, 1), nn.BatchNorm2d(3), Sign()),
            *(nn.Flatten(), Last(27, 3)),
        ),
        (1, 3, 4),
    ),
    "pool before the sign": (
        nn.Sequential(
            *(Ternary(1, 3, 2, bias=False), nn.BatchNorm2d(3), nn.MaxPool2d((1, 2)), Sign()),
            *(nn.Flatten(), Last(6, 3)),
        ),
        (1, 3, 4),
    ),
    "average": (
        nn.Sequential(
            *(
                Ternary(1, 4, 2, padding=(1, 0), bias=False),
                nn.Hardtanh(-1, 2),
                nn.AvgPool2d((2, 3)),
            ),
            *(nn.ReLU(), nn.Flatten(), nn.Unflatten(1, (2, 4)), nn.Flatten(), Last(8, 3)),
        ),
        (1, 3, 4),
    ),
    "global": (
        nn.Sequential(
            *(Ternary(1, 2, 2, stride=(2, 1), bias=False), nn.BatchNorm2d(2), nn.Hardsigmoid()),
            *(Staircase(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Hardtanh(0, 2), Last(2, 3)),
        )
        if (Staircase := type("Staircase", (nn.Module,), {"forward": lambda _, x: (x * 4).floor()}))
        else nn.Identity(),
        (1, 3, 4),
    ),
    "residual": (
        nn.Sequential(nn.Flatten(), nn.Unflatten(1, (2, 2, 3)), Block(), nn.Flatten(), Last(24, 3)),
        (12,),
    ),
    "line": (Line(), (1, 11)),
}


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("seed", range(2))
def test_every_image_has_the_modules_answer(name: str, seed: int) -> None:
    module, shape = IMAGES[name]
    module = drawn(module, seed)
    found = imported(module, shape)
    codes = all_inputs(found)
    near = 1e-5 if name == "average" else 0.0  # sixths, which float32 rounds
    same(module, found, torch.from_numpy(codes).float().view(-1, *shape), codes, near)
