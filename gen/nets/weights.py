"""Integer weights from latent float ones, with a straight-through gradient.

The grid of a format is symmetric: `binary` -1 and 1 without a zero, `ternary` -1..1, `k-bit`
-(2^(k-1) - 1)..2^(k-1) - 1, so 2-bit is ternary and 3-bit is -3..3. Each neuron keeps exactly
`fan_in` weights that are not zero, those of largest magnitude, or those of a mask drawn once; all
latent weights receive the gradient, so one that was left out can come back. The straight-through
estimator is that of Bengio, Leonard and Courville, 2013 (arXiv:1308.3432).
"""

import torch

from gen.errors import SmeltError

__all__ = [
    "MASKS",
    "WEIGHTS",
    "LayerError",
    "checked_fan_in",
    "largest_code",
    "quantize",
    "random_mask",
    "straight_through",
]

WEIGHTS = ("binary", "ternary", *(f"{k}-bit" for k in range(2, 9)))
MASKS = ("learned", "random")


class LayerError(SmeltError):
    """A layer was asked for that there cannot be."""


def largest_code(weights: str) -> int:
    """The largest weight of a format of the recipe: 1 for `ternary`, 3 for `3-bit`, ..."""
    if weights not in WEIGHTS:
        raise LayerError(f"weights {weights!r}: known are {', '.join(WEIGHTS)}")
    if weights in ("binary", "ternary"):
        return 1
    largest: int = 2 ** (int(weights.removesuffix("-bit")) - 1) - 1
    return largest


def checked_fan_in(n_in: int, fan_in: int | None, weights: str) -> int:
    """How many weights of a neuron are not zero; None means all of `n_in`."""
    if fan_in is None:
        return n_in
    if not 1 <= fan_in <= n_in:
        raise LayerError(f"fan_in {fan_in}: a neuron has 1..{n_in} inputs here")
    if weights == "binary" and fan_in != n_in:
        raise LayerError(
            f"fan_in {fan_in} of {n_in} with binary weights, which are never zero; use ternary"
        )
    return fan_in


def random_mask(units: int, n_in: int, fan_in: int) -> torch.Tensor:
    """Which weights may be other than zero: float (units, n_in), `fan_in` ones in each row."""
    order = torch.rand(units, n_in).topk(fan_in, dim=1).indices
    return torch.zeros(units, n_in).scatter(1, order, 1.0)


def quantize(
    latent: torch.Tensor, fan_in: int, largest: int, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Integer codes, a float tensor (out, in), `fan_in` of a row not zero, in -largest..largest.

    A row is scaled so that its largest latent weight becomes `largest`. A chosen weight that would
    round to zero becomes -1 or 1 (1 for a latent zero). With a mask, only its ones are chosen.
    """
    size = latent.abs()
    order = size if mask is None else size.masked_fill(mask == 0, -1.0)
    chosen = torch.zeros_like(latent).scatter(1, order.topk(fan_in, dim=1).indices, 1.0)
    sign = torch.where(latent < 0, -1.0, 1.0)
    if largest == 1:
        return sign * chosen
    top = (size * chosen).amax(dim=1, keepdim=True)
    scale = top.clamp(min=torch.finfo(latent.dtype).tiny) / largest
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
