"""Integer weights from latent float ones, with a straight-through gradient.

The grid of a format is symmetric: `binary` -1 and 1 without a zero, `ternary` -1..1, `k-bit`
-(2^(k-1) - 1)..2^(k-1) - 1, so 2-bit is ternary and 3-bit is -3..3. Each unit keeps exactly
`fan_in` weights that are not zero, those of largest magnitude, or those of a mask drawn once; all
latent weights receive the gradient, so one that was left out can come back. Where gates are
budgeted or weights given, each unit has its own `fan_ins`, at most `fan_in`. The straight-through
estimator is that of Bengio, Leonard and Courville, 2013 (arXiv:1308.3432).
"""

from numbers import Integral
from typing import Any

import torch
from torch import nn

from gen.errors import SmeltError
from gen.nets.hardness import Quantized, blend

__all__ = [
    "MASKS",
    "WEIGHTS",
    "LatentWeights",
    "LayerError",
    "check_sizes",
    "float_codes",
    "largest_code",
    "quantize",
    "straight_through",
]

LARGEST_SIZE = 1 << 22
"""More units, inputs or pixels than this are no layer's: `gen.intnet` reads no more."""

WEIGHTS = ("binary", "ternary", *(f"{k}-bit" for k in range(2, 9)))
MASKS = ("learned", "random")
REACH = 0.3  # latent of the largest weight of a given grid: three deviations of a new latent


class LayerError(SmeltError):
    """A layer was asked for that there cannot be."""


class LatentWeights(Quantized):
    """A module with latent weights (units, ...) and `codes`, the weights that it works with.

    `latent` is the parameter, the first axis the units; `fan_in` counts the weights of a unit over
    all other axes, None means all. `mask` "random" draws once which they are; "learned" takes the
    largest latents. The buffers `fan_ins` int64 (units,), without a budget, `mask`, where it is
    learned, and `step`, the latent size of a weight 1, where each unit's largest latent says it,
    are None and not saved. Raises LayerError for a format, fan-in or mask that is none.
    """

    fan_ins: torch.Tensor | None
    mask: torch.Tensor | None
    step: torch.Tensor | None

    def __init__(
        self,
        latent: torch.Tensor,
        fan_in: int | None,
        weights: str = "ternary",
        mask: str = "learned",
    ) -> None:
        super().__init__()
        if mask not in MASKS:
            raise LayerError(f"mask {mask!r}: known are {', '.join(MASKS)}")
        self.weights = weights
        self.largest = largest_code(weights)
        self.fan_in = _checked_fan_in(latent[0].numel(), fan_in, weights)
        self.latent = nn.Parameter(latent)
        self.register_buffer("fan_ins", None)
        self.register_buffer("step", None)
        drawn = _random_mask(latent, self.fan_in) if mask == "random" else None
        self.register_buffer("mask", drawn)

    def codes(self) -> torch.Tensor:
        """The weights, shaped as `latent`: whole numbers at hardness 1; gradients pass straight."""
        latent = self.latent.detach()
        if self.mask is not None:
            latent = latent * self.mask
        rounded = quantize(latent, self.kept(), self.largest, self.mask, self.step)
        acting = blend(
            self.hardness,
            rounded,
            lambda: float_codes(latent, self.fan_in, self.largest, self.step),
        )
        return straight_through(self.latent, acting)

    def give_codes(self, codes: Any) -> None:
        """Make these whole numbers, shaped as `latent`, the weights: `codes()` then is equal to
        them. Training may go on from there, each unit with as many weights as it was given.

        Raises LayerError naming the first that the layer cannot have, and changes nothing then.
        """
        given = self._checked_codes(codes)
        counts = (given.flatten(1) != 0).sum(1)
        if self.fan_ins is not None or (counts != self.fan_in).any():
            self.fan_ins = counts
        step = torch.tensor(REACH / self.largest)
        self.step = step if self.largest > 1 else None
        with torch.no_grad():
            self.latent.copy_(given * step)

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes that codes may be given in, each of the same order."""
        return (tuple(self.latent.shape),)

    def _checked_codes(self, codes: Any) -> torch.Tensor:
        """The codes as floats, shaped as `latent`."""
        try:
            given = torch.as_tensor(codes, dtype=torch.float64, device="cpu").detach()
        except (TypeError, ValueError, RuntimeError) as error:
            raise LayerError(f"codes are no array of numbers: {error}") from None
        if tuple(given.shape) not in self.shapes():
            wanted = " or ".join(str(shape) for shape in self.shapes())
            raise LayerError(f"codes of shape {tuple(given.shape)}; this layer's are {wanted}")
        off = (given != given.round()) | (given.abs() > self.largest)
        grid = f"whole numbers -{self.largest}..{self.largest}"
        if self.weights == "binary":
            off, grid = given.abs() != 1, "-1 and 1"
        _refuse(given, off, f"{self.weights} weights are {grid}")
        if self.mask is not None:
            outside = (given.reshape(self.mask.shape) != 0) & (self.mask == 0)
            _refuse(given, outside.reshape(given.shape), "the layer's mask keeps it zero")
        counts = (given.flatten(1) != 0).sum(1)
        if (counts > self.fan_in).any():
            unit = int((counts > self.fan_in).nonzero()[0])
            raise LayerError(
                f"codes[{unit}] has {counts[unit]} weights that are not zero; the layer's fan_in is"
                f" {self.fan_in}"
            )
        return given.reshape(self.latent.shape).to(self.latent.dtype)

    def kept(self) -> int | torch.Tensor:
        """How many weights of a unit are not zero: one number, or one for each unit."""
        return self.fan_in if self.fan_ins is None else self.fan_ins

    def give_own_fan_ins(self) -> None:
        """Let each unit have its own fan-in, `fan_in` to begin with."""
        self.fan_ins = torch.full((len(self.latent),), self.fan_in)


def check_sizes(least: int = 1, **sizes: Any) -> None:
    """Raise LayerError for a size that is no whole number, or less than `least`."""
    for name, one in sizes.items():
        whole = isinstance(one, Integral) and not isinstance(one, bool)
        if not whole or not least <= one < LARGEST_SIZE:
            raise LayerError(f"{name} {one!r}: a whole number from {least} on is allowed")


def largest_code(weights: str) -> int:
    """The largest weight of a format of the recipe: 1 for `ternary`, 3 for `3-bit`, ..."""
    if weights not in WEIGHTS:
        raise LayerError(f"weights {weights!r}: known are {', '.join(WEIGHTS)}")
    if weights in ("binary", "ternary"):
        return 1
    largest: int = 2 ** (int(weights.removesuffix("-bit")) - 1) - 1
    return largest


def _refuse(given: torch.Tensor, wrong: torch.Tensor, reason: str) -> None:
    """Raise LayerError naming the first wrong code."""
    if wrong.any():
        place = wrong.nonzero()[0].tolist()
        raise LayerError(f"codes{place} is {given[tuple(place)].item():g}; {reason}")


def _checked_fan_in(n_in: int, fan_in: int | None, weights: str) -> int:
    if fan_in is None:
        return n_in
    if not isinstance(fan_in, Integral) or not 1 <= fan_in <= n_in:
        raise LayerError(f"fan_in {fan_in}: a neuron has 1..{n_in} inputs here")
    if weights == "binary" and fan_in != n_in:
        raise LayerError(
            f"fan_in {fan_in} of {n_in} with binary weights, which are never zero; use ternary"
        )
    return fan_in


def _random_mask(latent: torch.Tensor, fan_in: int) -> torch.Tensor:
    """Float, shaped as `latent`, with `fan_in` ones for each unit, else zeros."""
    size = torch.rand(len(latent), latent[0].numel())
    return _chosen(size, fan_in).reshape(latent.shape)


def quantize(
    latent: torch.Tensor,
    fan_in: int | torch.Tensor,
    largest: int,
    mask: torch.Tensor | None = None,
    step: torch.Tensor | None = None,
) -> torch.Tensor:
    """Integer codes, a float tensor (units, ...), `fan_in` of a unit not zero, -largest..largest.

    `fan_in` is one number, or int64 (units,). A latent of size `step` becomes 1; without a step, a
    unit is scaled so that its largest latent weight becomes `largest`. A chosen weight that would
    round to zero becomes -1 or 1 (1 for a latent zero). With a mask, shaped as `latent`, only its
    ones are chosen.
    """
    rows = latent.flatten(1)
    size = rows.abs()
    sign = torch.where(rows < 0, -1.0, 1.0)
    order = size if mask is None else size.masked_fill(mask.flatten(1) == 0, -1.0)
    codes = sign * _chosen(order, fan_in)
    if largest > 1:
        if step is None:
            step = size.amax(dim=1, keepdim=True).clamp(min=_tiny(latent)) / largest
        codes = codes * (size / step).round().clamp(1, largest)
    return codes.reshape(latent.shape)


def float_codes(
    latent: torch.Tensor, fan_in: int, largest: int, step: torch.Tensor | None = None
) -> torch.Tensor:
    """What `quantize` rounds: all latent weights (units, ...) in the units of the codes.

    k-bit: scaled as `quantize` does. Ternary: scaled so that the `fan_in` weights of largest
    magnitude, which become -1 or 1, are 1 on average.
    """
    if step is not None:
        return latent / step
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
