"""Layers of checkpoints as modules: what their own packages, which need CUDA, do with the tensors.

Written from the packages' documentation and kernels (torch_dwn: Bacellar et al., ICML 2024;
difflogic: Petersen et al., NeurIPS 2022). They are the second reading of a checkpoint: they compute
on float tensors, where the network has tables.
"""

import torch
from torch import nn

__all__ = ["GroupSum", "LUTLayer", "LogicLayer", "Thermometer", "lut_forward"]


class Thermometer(nn.Module):
    """torch_dwn's binarization: `thresholds` (features, bits), or (bits,) for all features alike;
    a bit is 1 where the feature is above."""

    def __init__(self, thresholds: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("thresholds", thresholds)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x.unsqueeze(-1) > self.get_buffer("thresholds")).float().flatten(1)


class LUTLayer(nn.Module):
    """torch_dwn's layer: `luts` (out, 2^n), `mapping` (out, n); an entry above 0 is a 1.
    `input_size` is how many bits it reads, where that is known."""

    def __init__(
        self, mapping: torch.Tensor, luts: torch.Tensor, input_size: int | None = None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.register_buffer("mapping", mapping)
        self.register_buffer("luts", luts)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return lut_forward(x, self.get_buffer("mapping"), self.get_buffer("luts"))


def lut_forward(x: torch.Tensor, mapping: torch.Tensor, luts: torch.Tensor) -> torch.Tensor:
    """What a LUTLayer answers: input l of a table is bit l of the address."""
    address = torch.zeros((len(x), len(luts)), dtype=torch.long)
    for place, wired in enumerate(mapping.long().T):
        address |= (x[:, wired] > 0).long() << place
    return (luts[torch.arange(len(luts)), address] > 0).float()


class LogicLayer(nn.Module):
    """difflogic's layer: `weights` (out, 16), of which the greatest says the operator, and
    `indices` (2, out)."""

    def __init__(self, weights: torch.Tensor, indices: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weights", weights)
        self.register_buffer("indices", indices)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second = self.get_buffer("indices")
        a, b = x[..., first], x[..., second]
        both, kinds = a * b, self.get_buffer("weights").argmax(-1)
        ways = [0 * a, both, a - both, a, b - both, b, a + b - 2 * both, a + b - both]
        ways += [1 - one for one in reversed(ways)]
        return torch.stack(ways, -1).gather(-1, kinds.expand(a.shape)[..., None]).squeeze(-1)


class GroupSum(nn.Module):
    """Sums of `k` groups of one size, the last filled up with zeros."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.pad(x, (0, -x.shape[-1] % self.k))
        found: torch.Tensor = x.view(len(x), self.k, -1).sum(-1)
        return found
