"""What acts on each sum alone before an activation: batch norm, bias, scale.

None of these has a node of its own: the activation that follows is tabulated with them.
"""

import math

import torch
from torch import nn

from gen.nets.layers.freezing import Freezing, freezes

__all__ = ["SumAffine", "SumBias", "SumNorm", "SumScale", "per_channel"]


def per_channel(value: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """A vector (channels,) as it must be to act on x (n, channels, ...)."""
    return value.view(-1, *[1] * (x.ndim - 2))


class SumNorm(nn.BatchNorm1d):
    """Batch norm whose evaluation rounds alike whatever the batch's shape.

    Takes (n, channels), (n, channels, length) or (n, channels, height, width). The library may
    fuse or vectorize (x - mean) * scale + bias otherwise for another shape; separate elementwise
    operations cannot, so tabulating one sum at a time is exact. Training normalizes by the batch's
    own statistics, evaluation by their running averages.
    """

    def _check_input_dim(self, x: torch.Tensor) -> None:
        if x.ndim not in (2, 3, 4):
            raise ValueError(f"expected 2 to 4 dimensions, got {x.ndim}")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            return super().forward(x)
        if self.running_mean is None or self.running_var is None:
            return super().forward(x)  # By the batch's own statistics: it cannot be frozen.
        spread = (self.running_var + self.eps).sqrt()
        scale = (torch.ones_like(spread) if self.weight is None else self.weight) / spread
        centred = x - per_channel(self.running_mean, x)
        scaled = centred * per_channel(scale, x)
        return scaled if self.bias is None else scaled + per_channel(self.bias, x)


class SumBias(nn.Module):
    """A learned float bias for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + per_channel(self.bias, x)


class SumAffine(nn.Module):
    """A learned float scale and bias for each channel, the same in training and evaluation.

    For recurrent layers, whose steps have no batch statistics in common. `start` is the first
    scale, say 1 / sqrt(fan_in).
    """

    def __init__(self, channels: int, start: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), start))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * per_channel(self.weight, x) + per_channel(self.bias, x)


class SumScale(nn.Module):
    """Multiplication by one number, say 1/area to make an average of a sum."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor


@freezes(SumNorm, SumBias, SumAffine)
def freeze_per_channel(at: Freezing, module: SumNorm | SumBias | SumAffine) -> None:
    """One of each channel's own: it waits for the activation."""
    if isinstance(module, SumNorm):
        if module.running_mean is None or module.running_var is None:
            raise at.error(
                "a SumNorm without running statistics normalizes by whatever batch it sees; make it"
                " with track_running_stats=True and train it again"
            )
        channels = len(module.running_mean)
    else:
        channels = len(module.get_parameter("bias"))
    given = at.value.shape[0]
    if channels != given:
        raise at.error(f"has {channels} channels, but {at.value.name!r} has {given}")
    at.wait(module)


@freezes(SumScale)
def freeze_scale(at: Freezing, module: SumScale) -> None:
    """It waits for the activation."""
    if not math.isfinite(module.factor):
        raise at.error(f"a SumScale of {module.factor}, which is no number to multiply by")
    at.wait(module)


@freezes(nn.BatchNorm1d, nn.BatchNorm2d)
def freeze_library_norm(at: Freezing, module: nn.Module) -> None:
    """Refused: see SumNorm."""
    raise at.error(
        f"a {type(module).__name__} may round otherwise for another batch; use SumNorm instead"
    )
