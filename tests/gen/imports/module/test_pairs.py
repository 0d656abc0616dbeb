"""Two tensors of few bits put together, and one score for two classes, on every input."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from gen.intnet.interpret import interpret
from tests.gen.imports.module.nets import Binary, Sign, all_inputs, drawn, imported
from tests.gen.imports.module.nets import same_everywhere as same

Pair = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
PAIRS: dict[str, Pair] = {
    "product": torch.mul,
    "smaller": torch.minimum,
    "larger": torch.maximum,
    "gated": lambda a, b: torch.where(b > 0, a, torch.tensor(1.0)),
    "xor": lambda a, b: torch.logical_xor(a > 0, b > 0).float(),
}


class Paired(nn.Module):
    def __init__(self, function: Pair) -> None:
        super().__init__()
        self.function = function
        self.a, self.b, self.c = (Binary(*one, bias=False) for one in ((5, 4), (5, 4), (4, 3)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = torch.clamp(self.a(x[:, :5]), -2, 1)
        b = torch.clamp(self.b(x[:, 5:]), -1, 2)
        made: torch.Tensor = self.c(self.function(a, b))
        return made


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str) -> None:
    module = drawn(Paired(PAIRS[name]))
    found = imported(module, (10,))
    codes = all_inputs(found)
    same(module, found, torch.from_numpy(codes).float(), codes)


@pytest.mark.parametrize("last", [nn.Identity(), nn.Sigmoid()])
def test_one_score_is_two_classes(last: nn.Module) -> None:
    layers = (Binary(8, 6, bias=False), Sign(), Binary(6, 1, bias=False), last)
    module = drawn(nn.Sequential(*layers))
    threshold = 0.5 if isinstance(last, nn.Sigmoid) else 0.0
    found = imported(module, (8,), classes=["no", "yes"], threshold=threshold)
    codes = all_inputs(found)
    wanted = module(torch.from_numpy(codes).float())[:, 0] > threshold
    values = interpret(found.net, codes)
    assert (values["class"] == wanted.numpy()).all()
    assert found.runtime is not None
    assert (values[found.net.score] == found.runtime(codes)).all()
