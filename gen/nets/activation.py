"""What stands between two sums: batch norm and an unsigned activation of a few bits.

Both work on each element alone, so a neuron's code is a function of its integer sum.
"""

import torch
from torch import nn

from gen.nets.hardness import Quantized, blend

__all__ = ["SumNorm", "UnsignedActivation"]


class SumNorm(nn.BatchNorm1d):
    """Batch norm whose evaluation rounds alike whatever the batch's shape.

    The library may fuse or vectorize (x - mean) * scale + bias otherwise for another shape;
    separate elementwise operations cannot, so tabulating one sum at a time is exact.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        scale = self.weight / (self.running_var + self.eps).sqrt()
        return (x - self.running_mean) * scale + self.bias


class UnsignedActivation(Quantized):
    """z to the code clamp(floor(z) + 2^(bits-1), 0, 2^bits - 1); one bit: z >= 0.

    The gradient is 1 among the steps and falls to 0 within 1 outside the outermost ones; for one
    bit that is the triangle max(0, 1 - |z|). The soft activation of hardness 0 is the integral of
    that gradient, an S of the same range, so the gradient is the same whatever the hardness.
    """

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return _Steps.apply(z, 2 ** (self.bits - 1), self.hardness)


class _Steps(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx, z: torch.Tensor, half: int, hardness: float
    ) -> torch.Tensor:
        ctx.save_for_backward(z)
        ctx.half = half  # type: ignore[attr-defined]
        hard = (z.floor() + half).clamp(0, 2 * half - 1)
        return blend(hardness, hard, lambda: _soft(z, half))

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, *gradients: torch.Tensor
    ) -> tuple[torch.Tensor, None, None]:
        (z,) = ctx.saved_tensors  # type: ignore[attr-defined]
        window = (ctx.half - z.abs()).clamp(0, 1)  # type: ignore[attr-defined]
        return gradients[0] * window, None, None


def _soft(z: torch.Tensor, half: int) -> torch.Tensor:
    """The integral of clamp(half - |z|, 0, 1), from 0 to 2 * half - 1."""
    size = z.abs().clamp(max=half)
    bent = (size - (half - 1)).clamp(min=0)  # how far into the outermost steps
    return half - 0.5 + torch.sign(z) * (size - bent**2 / 2)
