"""Linear layers on integer codes: hidden sums, and the head with its integer bias."""

import torch
import torch.nn.functional as F
from torch import nn

from gen.nets.hardness import blend
from gen.nets.weights import LatentWeights, straight_through

__all__ = ["Head", "QuantLinear"]

START = 0.1  # standard deviation of a new latent weight; Adam's steps are about its learning rate


class QuantLinear(LatentWeights):
    """Codes (n, n_in) to integer sums (n, units), `fan_in` weights of each unit not zero."""

    def __init__(self, n_in: int, units: int, fan_in: int, weights: str = "ternary") -> None:
        super().__init__(torch.randn(units, n_in) * START, fan_in, weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.codes())


class Head(QuantLinear):
    """Codes (n, n_in) to integer scores (n, classes), on one grid for all classes.

    The bias is rounded to an integer. `logits` multiplies all scores by one learned number, which
    cannot change their order, for the loss alone.
    """

    def __init__(self, n_in: int, units: int, fan_in: int, weights: str = "ternary") -> None:
        super().__init__(n_in, units, fan_in, weights)
        self.bias = nn.Parameter(torch.zeros(units))
        self.log_temperature = nn.Parameter(torch.zeros(()))

    def integer_bias(self) -> torch.Tensor:
        """The bias (classes,), rounded to integers at hardness 1, as floats."""
        bias = self.bias.detach()
        return straight_through(self.bias, blend(self.hardness, bias.round(), lambda: bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.codes()) + self.integer_bias()

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        return scores * self.log_temperature.exp()
