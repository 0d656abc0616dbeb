"""How hard a quantized module acts: from float to exactly quantized.

Every module that is quantized offers `hardness`, a plain number that schedules set while a network
is trained: 0 acts as float, 1 exactly as it will in hardware, and what lies between is the weighted
mean of both (alpha-blending: Liu and Mattina, "Learning low-precision neural networks without
straight-through estimator", 2019, arXiv:1903.01061). It is 1 unless someone sets it, it is no part
of a saved network, and a network is frozen at 1 alone.
"""

from collections.abc import Callable

import torch
from torch import nn

__all__ = ["Quantized", "blend", "quantized_modules", "set_hardness", "softest"]


class Quantized(nn.Module):
    """A module that acts between float and quantized, as its `hardness` (0 to 1) says."""

    hardness: float = 1.0


def blend(
    hardness: float, quantized: torch.Tensor, soft: Callable[[], torch.Tensor]
) -> torch.Tensor:
    """`quantized`, untouched, at hardness 1; else the mean with `soft()`, of the same shape."""
    if hardness == 1:
        return quantized
    return hardness * quantized + (1 - hardness) * soft()


def quantized_modules(module: nn.Module) -> list[tuple[str, Quantized]]:
    """All quantized modules in `module`, itself included, with their names."""
    return [(name, one) for name, one in module.named_modules() if isinstance(one, Quantized)]


def set_hardness(module: nn.Module, hardness: float) -> None:
    """Set the hardness (0 to 1) of every quantized module in `module`."""
    for _, one in quantized_modules(module):
        one.hardness = hardness


def softest(module: nn.Module) -> tuple[str, float]:
    """Name and hardness of the softest quantized module, the first of equals; ("", 1.0) if none."""
    found = [(name, one.hardness) for name, one in quantized_modules(module)]
    return min(found, key=lambda one: one[1], default=("", 1.0))
