"""Integer weights from latent float ones, with a straight-through gradient.

The grid of a format is symmetric: `ternary` -1..1, `k-bit` -(2^(k-1) - 1)..2^(k-1) - 1, so 3-bit
is -3..3. Each unit keeps exactly `fan_in` weights that are not zero, those of largest magnitude;
all latent weights receive the gradient, so one that was left out can come back. Where gates are
budgeted, each unit has its own `fan_ins`, at most `fan_in`. The straight-through estimator is that
of Bengio, Leonard and Courville, 2013 (arXiv:1308.3432).
"""

import torch
from torch import nn

from gen.nets.hardness import Quantized, blend

__all__ = ["LatentWeights", "float_codes", "largest_code", "quantize", "straight_through"]


class LatentWeights(Quantized):
    """A module with latent weights (units, ...) and `codes`, the weights that it works with.

    `latent` is the parameter, the first axis the units; `fan_in` counts the weights of a unit over
    all other axes. The buffer `fan_ins` int64 (units,) is None, and not saved, without a budget.
    """

    fan_ins: torch.Tensor | None

    def __init__(self, latent: torch.Tensor, fan_in: int, weights: str = "ternary") -> None:
        super().__init__()
        self.fan_in = fan_in
        self.largest = largest_code(weights)
        self.latent = nn.Parameter(latent)
        self.register_buffer("fan_ins", None)

    def codes(self) -> torch.Tensor:
        """The weights, shaped as `latent`: whole numbers at hardness 1; gradients pass straight."""
        latent = self.latent.detach()
        rounded = quantize(latent, self.kept(), self.largest)
        acting = blend(
            self.hardness, rounded, lambda: float_codes(latent, self.fan_in, self.largest)
        )
        return straight_through(self.latent, acting)

    def kept(self) -> int | torch.Tensor:
        """How many weights of a unit are not zero: one number, or one for each unit."""
        return self.fan_in if self.fan_ins is None else self.fan_ins

    def give_own_fan_ins(self) -> None:
        """Let each unit have its own fan-in, `fan_in` to begin with."""
        self.fan_ins = torch.full((len(self.latent),), self.fan_in)


def largest_code(weights: str) -> int:
    """The largest weight of a format of the recipe: 1 for `ternary`, 3 for `3-bit`, ..."""
    return 1 if weights == "ternary" else 2 ** (int(weights.removesuffix("-bit")) - 1) - 1


def quantize(latent: torch.Tensor, fan_in: int | torch.Tensor, largest: int) -> torch.Tensor:
    """Integer codes, a float tensor (units, ...), `fan_in` of a unit not zero, -largest..largest.

    `fan_in` is one number, or int64 (units,). A unit is scaled so that its largest latent weight
    becomes `largest`. A chosen weight that would round to zero becomes -1 or 1 (1 for a latent
    zero).
    """
    rows = latent.flatten(1)
    size = rows.abs()
    sign = torch.where(rows < 0, -1.0, 1.0)
    codes = sign * _chosen(size, fan_in)
    if largest > 1:
        scale = size.amax(dim=1, keepdim=True).clamp(min=_tiny(latent)) / largest
        codes = codes * (size / scale).round().clamp(1, largest)
    return codes.reshape(latent.shape)


def float_codes(latent: torch.Tensor, fan_in: int, largest: int) -> torch.Tensor:
    """What `quantize` rounds: all latent weights (units, ...) in the units of the codes.

    k-bit: scaled as `quantize` does. Ternary: scaled so that the `fan_in` weights of largest
    magnitude, which become -1 or 1, are 1 on average.
    """
    size = latent.flatten(1).abs()
    if largest > 1:
        scale = size.amax(dim=1) / largest
    else:
        scale = size.topk(fan_in, dim=1).values.mean(dim=1)
    return latent / scale.clamp(min=_tiny(latent)).reshape(-1, *[1] * (latent.dim() - 1))


def _chosen(size: torch.Tensor, fan_in: int | torch.Tensor) -> torch.Tensor:
    """1.0 for the `fan_in` largest of each row of sizes (units, n), else 0.0."""
    if isinstance(fan_in, int):
        return torch.zeros_like(size).scatter(1, size.topk(fan_in, dim=1).indices, 1.0)
    order = size.topk(int(fan_in.max()), dim=1).indices
    among = torch.arange(order.shape[1]) < fan_in[:, None]
    return torch.zeros_like(size).scatter(1, order, among.to(size.dtype))


def _tiny(latent: torch.Tensor) -> float:
    return torch.finfo(latent.dtype).tiny


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
