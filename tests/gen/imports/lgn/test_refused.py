"""Modules that are refused: the layer, why, and what to do."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torchlogix.layers import GroupSum, LogicConv2d, LogicDense

from gen.imports.errors import ImportRefused
from gen.imports.lgn import recognizes
from gen.imports.lgn.module import read_module
from gen.imports.lgn.read import read_logic


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


class Cast(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x.half() > 0.2).float()


class Thresholds(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = LogicDense(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer((x > torch.full((6,), torch.nan)).float())
        return found


ENDS = "layers of logic, comparisons, sums of groups and what moves elements are"
REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "erf": (lambda: Forward(lambda x: x.erf()), f"`erf` of bits is not read; {ENDS}"),
    "norm": (
        lambda: nn.Sequential(LogicDense(6, 6), nn.BatchNorm1d(6)),
        f"`batch_norm` of bits is not read; {ENDS}",
    ),
    "scaled input": (
        lambda: nn.Sequential(nn.Linear(6, 6), LogicDense(6, 6)),
        f"`linear` of features is not read; {ENDS}",
    ),
    "sum": (
        lambda: Forward(lambda x: x.sum()),
        "`sum` over None of bits of shape (6,); one dimension is to be left, that of the scores",
    ),
    "sums": (
        lambda: Forward(lambda x: x.view(-1, 2, 3, 1).sum(-1)),
        "`sum` over -1 of bits of shape (2, 3, 1); one dimension is to be left, that of the scores",
    ),
    "tau of zero": (
        lambda: nn.Sequential(LogicDense(6, 6), GroupSum(2, tau=0.0)),
        "scores are divided by zero: tau must be above 0",
    ),
    "head": (
        lambda: nn.Sequential(LogicDense(6, 6), nn.Linear(6, 2)),
        "its scores have weights or biases that are no small integers times one number; quantize"
        " them",
    ),
    "after": (
        lambda: nn.Sequential(LogicDense(6, 6), GroupSum(2), nn.ReLU()),
        "`relu` of scores is not read; take it out of the forward",
    ),
    "many values": (
        lambda: Forward(lambda x: (x[:, :2] + x[:, 2:4] + x[:, 4:]).sum(-1)),
        "a sum of functions of 4 values; bits are summed",
    ),
    "running sums": (
        lambda: Forward(
            lambda x: torch.stack([x[:, at % 6] * 2 ** (at + 1) for at in range(6)]).cumsum(0)
        ),
        f"`cumsum` of values is not read; {ENDS}",
    ),
    "wiring": (_wired, "0 (LogicDense): wiring[0, 3] is 6; it reads 6 bits"),
    "flatten": (
        lambda: nn.Sequential(LogicConv2d(4, 1, 2, 1), LogicDense(18, 9)),
        "1 (LogicDense): it reads bits of shape (2, 3, 3); flatten them before",
    ),
    "both": (Twice, "its input is compared with thresholds, and read as bits as well; give it bits"
        ", or compare them"),
    "nan": (Thresholds, "a threshold is not a number; train it again, or take it out"),
    "rounded": (
        lambda: nn.Sequential(Cast(), LogicDense(6, 6)),
        "its input is rounded before it is compared; compare it as it is",
    ),
    "padded": (
        lambda: Forward(lambda x: nn.functional.pad(x, (1, 1), value=-1)),
        "constants other than 0 and 1 stand beside bits",
    ),
    "padded input": (
        lambda: nn.Sequential(nn.ConstantPad1d(1, 0.5), LogicDense(8, 6)),
        "1 (LogicDense): a constant 0.5 is read as a bit; 0 and 1 are bits",
    ),
    "gumbel": (
        lambda: nn.Sequential(
            LogicDense(6, 6, connections="learnable", connections_kwargs={"gumbel": True})
        ),
        "0 (LogicDense): its wiring is drawn anew with each row (gumbel=True); set"
        " connections.gumbel = False",
    ),
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
        read_module(make(), name, (), [6] if name == "padded input" else None)
    assert str(caught.value) == said


ENCODER = {"kind": "threshold", "features": 4, "bits": 1, "thresholds": [[0.5]] * 4}
TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "key": (
        {"scale": 2},
        "'scale' is not known of a network of logic; known: shape, bits, classes, rows, encoder,"
        " care",
    ),
    "bits": (
        {"bits": 8},
        " bits: 8; a network of logic reads bits, or features that it compares: leave it out",
    ),
    "shape": ({"shape": [0]}, " shape: [0], expected sizes of a row, as [1, 28, 28]"),
    "encoder": ({"encoder": ENCODER}, " encoder: it makes 4 bits, and the model takes 6"),
    "rows": (
        {"rows": ([[0, 1, 2, 0, 0, 0]], [0])},
        " rows: x (1, 6) and y int64 (1,); expected (n, 6) of 0 and 1, or features, and n classes",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_said_and_does_not_fit(name: str) -> None:
    table, said = TABLES[name]
    with pytest.raises(ImportRefused) as caught:
        read_logic(nn.Sequential(LogicDense(6, 6)), table, name, "net.py:make()")
    assert str(caught.value).removeprefix("net.py:make()").removeprefix(": ") == said


def test_a_module_without_logic_is_not_recognized() -> None:
    assert not recognizes(nn.Sequential(nn.Linear(3, 3)))
