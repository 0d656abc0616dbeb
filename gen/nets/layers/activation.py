"""Activations of a few bits, and the table of steps that each becomes.

A layer accumulates integers; what follows a sum (batch norm, bias, activation) acts on each
element alone. So it is evaluated by the modules' own operations at every integer that the sum can
take, and kept as a table of steps, whatever its shape: rising, falling or neither. Elements of one
channel share their modules, so a channel is evaluated once.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from gen.intnet.lookups import step_arrays
from gen.intnet.network import Levels
from gen.nets.hardness import Quantized, blend
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.weights import LayerError

__all__ = ["Activation", "SignActivation", "SignedActivation", "UnsignedActivation"]

BLOCK = 1 << 22  # values that are tabulated at a time


class Activation(Quantized):
    """From real values to codes of `bits` bits, element by element.

    With `signs` a module gives -1 and +1, which stand for codes 0 and 1.
    """

    signed = False
    signs = False

    def __init__(self, bits: int) -> None:
        super().__init__()
        if type(bits) is not int or not 1 <= bits <= 7:
            raise LayerError(f"an activation of {bits} bits; 1 to 7 are allowed")
        self.bits = bits


class UnsignedActivation(Activation):
    """z to the code clamp(floor(z) + 2^(bits-1), 0, 2^bits - 1); one bit: z >= 0.

    The gradient is 1 among the steps and falls to 0 within 1 outside the outermost ones; for one
    bit that is the triangle max(0, 1 - |z|). The soft activation of hardness 0 is the integral of
    that gradient, an S of the same range, so the gradient is the same whatever the hardness.
    """

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return _Steps.apply(z, 2 ** (self.bits - 1), self.hardness)


class SignedActivation(Activation):
    """z to the code clamp(floor(z), -2^(bits-1), 2^(bits-1) - 1), two's complement.

    The gradient is that of UnsignedActivation.
    """

    signed = True

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        half = 2 ** (self.bits - 1)
        return _Steps.apply(z, half, self.hardness) - half


class SignActivation(Activation):
    """z to +1 where z >= 0, else -1: code 1 or 0. The gradient is 2 max(0, 1 - |z|)."""

    signs = True

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return 2 * _Steps.apply(z, 1, self.hardness) - 1


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


@freezes(Activation)
def freeze_activation(at: Freezing, module: Activation) -> None:
    """The steps of every channel, for each of its elements."""
    shape, channels = at.value.shape, at.value.shape[0]
    low = at.signal.low.reshape(channels, -1).min(1)
    high = at.signal.high.reshape(channels, -1).max(1)
    sums = np.arange(low.min(), high.max() + 1)
    codes = _tabulate(at, sums, (*at.value.waiting, module))
    edges, table = step_arrays(sums, codes, low, high)
    channel = np.repeat(np.arange(channels), at.signal.size // channels)
    node = Levels(
        at.fresh(""),
        (at.value.name,),
        edges[channel],
        table[channel],
        bits=module.bits,
        signed=module.signed,
    )
    at.add(node, shape, module.signs)


def _tabulate(at: Freezing, sums: np.ndarray, modules: Sequence[nn.Module]) -> np.ndarray:
    """Codes int64 (sums, channels): what the modules make of each sum in each channel."""
    shape = at.value.shape
    found = []
    for start in range(0, len(sums), max(1, BLOCK // shape[0])):
        part = sums[start : start + max(1, BLOCK // shape[0])].astype(np.float32)
        value = torch.from_numpy(2 * part - 1 if at.value.signs else part)
        value = value.view(-1, *[1] * len(shape)).expand(-1, shape[0], *[1] * (len(shape) - 1))
        for module in modules:
            value = module(value)
        codes = at.whole(value.reshape(len(part), -1), "code")
        found.append((codes + 1) // 2 if getattr(modules[-1], "signs", False) else codes)
    return np.concatenate(found)
