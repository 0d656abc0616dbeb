"""The encoder on the chip: the bits of sensors' integers to the code bits that a network reads."""

import numpy as np
import torch
from torch import nn

from gen.data.sensors import Comparators as Made
from gen.intnet.lookups import NEVER, Levels
from gen.intnet.products import Words
from gen.nets.layers.freezing import Freezing, freezes

__all__ = ["Comparators", "EachStepAlike"]


MOST = 1 << 24
"""Bits that are looked at in one go, eight bytes each."""


class Comparators(nn.Module):
    """Bits of integers (n, bits in all) to code bits (n, m), as `gen.data.sensors` describes them.

    `read` says which code bits anything reads; the others are 0, so that no logic is made for them.
    Nothing here is trained: gradients end.
    """

    def __init__(self, made: Made) -> None:
        super().__init__()
        self.made = made
        self.register_buffer("read", torch.ones(len(made.first), dtype=torch.bool))
        width, place = made.width[:, None], np.arange(int(made.width.max()))
        top = (made.signed[:, None] == 1) & (place == width - 1)
        weights = np.where(place < width, np.where(top, -1, 1) << place, 0)
        at = np.where(place < width, made.first[:, None].astype(np.int64) + place, 0)
        for name, array in (
            ("at", at),
            ("weights", weights.astype(np.int64)),
            ("edges", made.edges.astype(np.int64)),
            ("codes", made.codes.astype(np.float32)),
        ):
            self.register_buffer(name, torch.from_numpy(array), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = max(1, MOST // self.get_buffer("at").numel())
        return torch.cat([self._codes(part) for part in x.split(rows)])

    def _codes(self, x: torch.Tensor) -> torch.Tensor:
        bits = x.long()[:, self.get_buffer("at")]
        integers = (bits * self.get_buffer("weights")).sum(2)
        reached = torch.searchsorted(self.get_buffer("edges"), integers.T.contiguous(), right=True)
        found = torch.gather(self.get_buffer("codes"), 1, reached).T
        return found * self.get_buffer("read")


class EachStepAlike(nn.Module):
    """Samples (n, steps * width) with a module applied to each step's values."""

    def __init__(self, steps: int, inner: nn.Module) -> None:
        super().__init__()
        self.steps, self.inner = steps, inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = x.unflatten(1, (self.steps, -1)).flatten(0, 1)
        found: torch.Tensor = self.inner(parts)
        return found.unflatten(0, (-1, self.steps)).flatten(1)


@freezes(Comparators)
def freeze_comparators(at: Freezing, module: Comparators) -> None:
    """The integers, one for each code bit, and their steps; constant 0 where nothing reads it."""
    made, given = module.made, at.signal
    bits = int((made.first.astype(np.int64) + made.width).max())
    if at.value.name != "x" or given.bits != 1 or given.signed or given.size != bits:
        raise at.error(
            f"reads the network's input, {bits} bits of sensors' integers, and gets"
            f" {given.size} elements of {at.value.name!r}"
        )
    read = module.get_buffer("read").numpy()
    width = np.where(read, made.width, 0).astype(np.int8)
    signed = np.where(read, made.signed, 0).astype(np.int8)
    at.add(Words("encoder.integer", ("x",), made.first, width, signed), (len(read),))
    edges = np.where(read[:, None], made.edges, NEVER).astype(np.int32)
    codes = np.where(read[:, None], made.codes, 0).astype(np.int8)
    at.add(Levels("encoder", ("encoder.integer",), edges, codes), (len(read),))
