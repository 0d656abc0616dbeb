"""A head without weights: the features are dealt out to the classes, and each class counts its own.

Petersen et al., "Deep Differentiable Logic Gate Networks", NeurIPS 2022 (arXiv:2210.08277).
"""

import torch
from torch import nn

from gen.errors import SmeltError

__all__ = ["GroupError", "GroupSum"]


class GroupError(SmeltError):
    """Features cannot be dealt out evenly."""


class GroupSum(nn.Module):
    """Codes (n, features) to integer scores (n, classes): class c sums its consecutive group.

    Features c * g to c * g + g - 1, where g = features / classes. There are no weights; as with
    `Head`, `logits` multiplies all scores by one learned number for the loss alone.
    """

    def __init__(self, features: int, classes: int, temperature: float = 0.15) -> None:
        super().__init__()
        if classes < 1 or features < 1 or features % classes:
            raise GroupError(f"{features} features are not a multiple of {classes} classes")
        self.features, self.classes = features, classes
        self.log_temperature = nn.Parameter(torch.tensor(float(temperature)).log())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, (self.classes, -1)).sum(2)

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        return scores * self.log_temperature.exp()

    def codes(self) -> torch.Tensor:
        """The same head as ternary weights (classes, features): ones in each class's group."""
        return torch.eye(self.classes).repeat_interleave(self.features // self.classes, dim=1)
