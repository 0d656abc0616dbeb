"""Modules of one's own, with weights and statistics drawn, and all their inputs."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from gen.imports.imported import Imported
from gen.imports.module.read import read_module
from gen.intnet.interpret import interpret
from gen.intnet.network import Integers, code_range

__all__ = ["Binary", "Clamped", "all_inputs", "drawn", "imported", "same_everywhere"]


class Binary(nn.Linear):
    """Weights that the forward makes -1 and +1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, torch.where(self.weight >= 0, 1.0, -1.0), self.bias)


class Sign(nn.Module):
    """-1 and +1, never 0."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x >= 0, 1.0, -1.0)


class Clamped(nn.Sequential):
    """Three binary layers, each followed by batch norm and an activation of a few values."""

    def __init__(self, sizes: tuple[int, ...], activation: nn.Module | None = None) -> None:
        layers: list[nn.Module] = []
        for n_in, n_out in zip(sizes[:-2], sizes[1:-1], strict=True):
            norm = nn.BatchNorm1d(n_out)
            layers += [Binary(n_in, n_out, bias=False), norm, activation or Sign()]
        super().__init__(*layers, Binary(sizes[-2], sizes[-1], bias=False))


def drawn(module: nn.Module, seed: int = 0) -> nn.Module:
    """The module with all weights and statistics drawn, in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for one in module.parameters():
            one.uniform_(-1, 1, generator=generator)
        for norm in module.modules():
            if isinstance(norm, _BatchNorm):
                assert norm.running_mean is not None
                assert norm.running_var is not None
                norm.running_mean.uniform_(-2, 2, generator=generator)
                norm.running_var.uniform_(0.5, 3, generator=generator)
    return module.eval()


def imported(module: nn.Module, shape: tuple[int, ...], **said: Any) -> Imported:
    """The module read, its inputs as they are said."""
    return read_module(module, {"shape": list(shape), **said}, Path(__file__), "nets.py:make()")


def all_inputs(found: Imported) -> Integers:
    """Every input of a small network."""
    low, high = code_range(1, found.net.input_bits, found.net.input_signed)
    codes = range(int(low[0]), int(high[0]) + 1)
    return np.array(list(product(codes, repeat=found.net.n_inputs)))


def same_everywhere(
    module: nn.Module, found: Imported, x: torch.Tensor, codes: Integers, near: float = 0.0
) -> None:
    """The network's class is the module's on every input, and its scores are in the order that
    the module's are in, equal where these are equal: those `near` one another, where the module
    adds up what float32 rounds."""
    with torch.no_grad():
        wanted = module(x).numpy()
    values = interpret(found.net, codes)
    scores = values[found.net.score]
    chosen = wanted[np.arange(len(wanted)), values["class"]]
    assert (chosen + near >= wanted.max(axis=1)).all()
    assert near or (values["class"] == wanted.argmax(axis=1)).all()
    ints, floats = scores.reshape(-1), wanted.reshape(-1)
    order = np.lexsort((floats, ints))
    rises, grows = np.diff(ints[order]) > 0, np.diff(floats[order]) > near
    assert (rises == grows).all()
    assert found.runtime is not None
    assert (found.runtime(codes) == scores).all()
