"""Modules that are refused: the layer, why, and what to do."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torchlogix.layers import GroupSum, LogicConv2d, LogicDense

from gen.imports.errors import ImportRefused
from gen.imports.lgn import recognizes
from gen.imports.lgn.module import read_module


class Forward(nn.Module):
    """One layer, and a function after it."""

    def __init__(self, after: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.layer, self.after = LogicDense(6, 6), after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.after(self.layer(x))


def _wired() -> nn.Module:
    layer = LogicDense(6, 6)
    layer.connections.indices[0, 3] = 6
    return nn.Sequential(layer)


def _both(x: torch.Tensor) -> torch.Tensor:
    return (x > 0.5).float()


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = LogicDense(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer(x) * self.layer((x > 0.2).float())
        return found


class Thresholds(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = LogicDense(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer((x > torch.full((6,), torch.nan)).float())
        return found


ENDS = "layers of logic, comparisons, sums of groups and what moves elements are"
REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "mean": (lambda: Forward(lambda x: x.mean(-1)), f"`mean` of bits is not read; {ENDS}"),
    "norm": (
        lambda: nn.Sequential(LogicDense(6, 6), nn.BatchNorm1d(6)),
        f"`batch_norm` of bits is not read; {ENDS}",
    ),
    "scaled input": (
        lambda: nn.Sequential(nn.Linear(6, 6), LogicDense(6, 6)),
        f"`linear` of features is not read; {ENDS}",
    ),
    "sum": (
        lambda: Forward(lambda x: x.sum(-1)),
        "`sum` over -1 of bits of shape (6,); groups of bits are summed over the last of two"
        " dimensions",
    ),
    "tau": (
        lambda: nn.Sequential(LogicDense(6, 6), GroupSum(2, tau=-1.0)),
        "scores are multiplied by -1: tau must be above 0",
    ),
    "tau of zero": (
        lambda: nn.Sequential(LogicDense(6, 6), GroupSum(2, tau=0.0)),
        "scores are divided by zero: tau must be above 0",
    ),
    "argmax": (
        lambda: Forward(lambda x: x.view(-1, 2, 3).sum(-1).argmax(-1)),
        "answer the scores: the class is added, the first of equal ones",
    ),
    "wiring": (_wired, "0 (LogicDense): wiring[0, 3] is 6; it reads 6 bits"),
    "flatten": (
        lambda: nn.Sequential(LogicConv2d(4, 1, 2, 1), LogicDense(18, 9)),
        "1 (LogicDense): it reads bits of shape (2, 3, 3); flatten them before",
    ),
    "both": (Twice, "its input is compared with thresholds, and read as bits as well; give it bits"
        ", or compare them"),
    "nan": (Thresholds, "a threshold is not a number; train it again, or take it out"),
    "fails": (
        lambda: nn.Sequential(LogicDense(6, 6), GroupSum(4)),
        "its forward fails on a row of shape (6,) (AssertionError: The number of input features"
        " must be divisible by k.); say the `shape` of a row, or give a module whose forward only"
        " passes layers on",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    make, said = REFUSED[name]
    with pytest.raises(ImportRefused) as caught:
        read_module(make(), name, (), None)
    assert str(caught.value) == said


def test_a_module_without_logic_is_not_recognized() -> None:
    assert not recognizes(nn.Sequential(nn.Linear(3, 3)))
