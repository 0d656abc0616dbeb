"""Heads: what a network answers with.

A network may also end in any module of integers, which then are its outputs.
"""

import numpy as np
import torch
from torch import nn

from gen.intnet.network import Argmax, Levels, Max
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.layers.linear import QuantLinear, add_linear

__all__ = ["Head", "Scores", "ThresholdHead", "TopScore", "decide"]


class Scores(QuantLinear):
    """Codes (n, n_in) to integer scores (n, units), with an integer bias. Outputs: `score`.

    `logits` multiplies all scores by one learned number, which cannot change their order, for the
    loss alone.
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        fan_in: int | None = None,
        weights: str = "ternary",
        mask: str = "learned",
    ) -> None:
        super().__init__(n_in, units, fan_in, weights, mask, bias=True)
        self.log_temperature = nn.Parameter(torch.zeros(()))

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        return scores * self.log_temperature.exp()


class Head(Scores):
    """Scores on one grid for all classes. Outputs: `class`, the first of the largest, `score`."""


class ThresholdHead(Head):
    """A decision between two classes: 1 where a sum reaches its threshold. Output: `class`, a bit.

    Gives scores (n, 2): 0, and sum + bias + 1, which is the larger one from sum >= -bias on.
    """

    def __init__(
        self, n_in: int, fan_in: int | None = None, weights: str = "ternary", mask: str = "learned"
    ) -> None:
        super().__init__(n_in, 1, fan_in, weights, mask)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        margin = super().forward(x) + 1
        return torch.cat([torch.zeros_like(margin), margin], 1)


class TopScore(nn.Module):
    """Integers (n, size) to the largest of them, (n, 1). Output: `top`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax(1, keepdim=True)


@freezes(Scores)
def freeze_scores(at: Freezing, module: Scores) -> None:
    """The scores, raw."""
    add_linear(at, module, "score")


@freezes(Head)
def freeze_head(at: Freezing, module: Head) -> None:
    """The scores and the class."""
    add_linear(at, module, "score")
    decide(at, module)


@freezes(ThresholdHead)
def freeze_threshold(at: Freezing, module: ThresholdHead) -> None:
    """The margin's sign as a code."""
    add_linear(at, module, "margin")
    at.mark(module, lambda scores: scores[:, 1:] - 1)
    edges, codes = np.zeros((1, 1), np.int32), np.array([[0, 1]], np.int8)
    at.add(Levels("class", ("margin",), edges, codes), (1,))
    at.outputs = ("class",)


@freezes(TopScore)
def freeze_top(at: Freezing, module: TopScore) -> None:
    """One Max of all; -1 and +1 become numbers first."""
    at.need_integers(module)
    (size,) = at.need_shape(module, 1)
    at.plain()
    at.add(Max("top", (at.value.name,), np.arange(size, dtype=np.int32)[None]), (1,))
    at.mark(module)
    at.outputs = ("top",)


def decide(at: Freezing, module: nn.Module) -> None:
    """End the network in `class`, of the scores that the module gave, and these scores."""
    at.mark(module)
    at.add(Argmax("class", ("score",)), (1,))
    at.outputs = ("class", "score")
