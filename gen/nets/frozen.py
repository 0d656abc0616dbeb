"""The frozen network in PyTorch: an integer network run by torch operations alone.

This is the reference that everything after freezing is compared with. Codes and sums are float32
tensors that hold integers (|sum| < 2^24), so each operation is exact.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError, Node

__all__ = ["FrozenNet"]


class FrozenNet(nn.Module):
    """Codes (n, n_inputs), any number type, to classes int64 (n,); made from an IntNet."""

    def __init__(self, net: IntNet) -> None:
        super().__init__()
        self.reads = [node.inputs[0] for node in net.nodes]
        self.names = [node.name for node in net.nodes]
        self.nodes = nn.ModuleList(_module(node) for node in net.nodes)

    def signals(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every node's output by name: float32 (n, size), the last int64 (n,)."""
        found = {"x": x.float()}
        for name, read, node in zip(self.names, self.reads, self.nodes, strict=True):
            found[name] = node(found[read])
        return found

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.signals(x)[self.names[-1]]


class FrozenLinear(nn.Module):
    """sum = x @ weight.T + bias."""

    def __init__(self, node: Linear) -> None:
        super().__init__()
        self.register_buffer("weight", _tensor(node.weight))
        self.register_buffer("bias", _tensor(node.bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.get_buffer("weight"), self.get_buffer("bias"))


class FrozenLevels(nn.Module):
    """codes[i, number of edges[i] that are <= sum[i]]."""

    def __init__(self, node: Levels) -> None:
        super().__init__()
        # searchsorted in float64: the padding 2^31 - 1 is no float32.
        self.register_buffer("edges", torch.from_numpy(node.edges.astype(np.float64)))
        self.register_buffer("codes", _tensor(node.codes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sums = x.T.double().contiguous()
        reached = torch.searchsorted(self.get_buffer("edges"), sums, right=True)
        return torch.gather(self.get_buffer("codes"), 1, reached).T


class FrozenArgmax(nn.Module):
    """The class; the lowest index wins a tie."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.argmax(1)


def _module(node: Node) -> nn.Module:
    match node:
        case Linear():
            return FrozenLinear(node)
        case Levels():
            return FrozenLevels(node)
        case Argmax():
            return FrozenArgmax()
    raise NetError(f"{node.name}: no torch module for a {type(node).__name__}")


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32))
