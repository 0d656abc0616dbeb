"""Integer weights from latent float ones, with a straight-through gradient.

The grid of a format is symmetric: `ternary` -1..1, `k-bit` -(2^(k-1) - 1)..2^(k-1) - 1, so 3-bit
is -3..3. Each neuron keeps exactly `fan_in` weights that are not zero, those of largest magnitude;
all latent weights receive the gradient, so one that was left out can come back. The
straight-through estimator is that of Bengio, Leonard and Courville, 2013 (arXiv:1308.3432).
"""

import torch

__all__ = ["largest_code", "quantize", "straight_through"]


def largest_code(weights: str) -> int:
    """The largest weight of a format of the recipe: 1 for `ternary`, 3 for `3-bit`, ..."""
    return 1 if weights == "ternary" else 2 ** (int(weights.removesuffix("-bit")) - 1) - 1


def quantize(latent: torch.Tensor, fan_in: int, largest: int) -> torch.Tensor:
    """Integer codes, a float tensor (out, in), `fan_in` of a row not zero, in -largest..largest.

    A row is scaled so that its largest latent weight becomes `largest`. A chosen weight that would
    round to zero becomes -1 or 1 (1 for a latent zero).
    """
    size = latent.abs()
    chosen = torch.zeros_like(latent).scatter(1, size.topk(fan_in, dim=1).indices, 1.0)
    sign = torch.where(latent < 0, -1.0, 1.0)
    if largest == 1:
        return sign * chosen
    scale = size.amax(dim=1, keepdim=True).clamp(min=torch.finfo(latent.dtype).tiny) / largest
    return sign * (size / scale).round().clamp(1, largest) * chosen


def straight_through(value: torch.Tensor, rounded: torch.Tensor) -> torch.Tensor:
    """`rounded` going forward, the gradient of `value` going back.

    A float subtraction would not do: value + (rounded - value) may miss the integer by an ulp.
    """
    return _StraightThrough.apply(value, rounded)


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, value: torch.Tensor, rounded: torch.Tensor) -> torch.Tensor:
        return rounded.clone()

    @staticmethod
    def backward(ctx: object, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0], None
