"""Linear layers on integer codes: hidden sums, and the head with its integer bias."""

import torch
import torch.nn.functional as F
from torch import nn

from gen.nets.weights import largest_code, quantize, straight_through

__all__ = ["Head", "QuantLinear"]

START = 0.1  # standard deviation of a new latent weight; Adam's steps are about its learning rate


class QuantLinear(nn.Module):
    """Codes (n, n_in) to integer sums (n, units), `fan_in` weights of each unit not zero."""

    def __init__(self, n_in: int, units: int, fan_in: int, weights: str = "ternary") -> None:
        super().__init__()
        self.fan_in = fan_in
        self.largest = largest_code(weights)
        self.latent = nn.Parameter(torch.randn(units, n_in) * START)

    def codes(self) -> torch.Tensor:
        """The integer weights (units, n_in), as floats; gradients pass straight through."""
        return straight_through(
            self.latent, quantize(self.latent.detach(), self.fan_in, self.largest)
        )

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
        """The bias (classes,), rounded to integers, as floats."""
        return straight_through(self.bias, self.bias.detach().round())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.codes()) + self.integer_bias()

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        return scores * self.log_temperature.exp()
