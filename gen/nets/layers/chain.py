"""Tables in chains: a unit's bit goes on into its next table, together with more of the inputs."""

import torch
from torch import nn

from gen.intnet.network import Concat
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.layers.lut import LutLayer

__all__ = ["LutChain"]


class LutChain(nn.Module):
    """Bits (n, n_in) to bits (n, units): a table of `k` inputs for each unit, then one of its bit
    and links[0] more inputs, then one of that bit and links[1] more, and so on.

    A chain of two tables of four bits reads seven inputs in two LUT4. Wiring, difference and wiring
    rule are those of all its layers (`LutLayer`).
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        k: int = 4,
        links: tuple[int, ...] = (3,),
        wiring: str = "learned",
        difference: str = "pair",
        wiring_rule: str = "softmax",
    ) -> None:
        super().__init__()
        rest = wiring, difference, wiring_rule
        made = [LutLayer(n_in, units, k, *rest)]
        made += [LutLayer(n_in + units, units, link + 1, *rest, True) for link in links]
        self.tables = nn.ModuleList(made)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, *later = self.tables
        found: torch.Tensor = first(x)
        for layer in later:
            found = layer(torch.cat([x, found], 1))
        return found


@freezes(LutChain)
def freeze_chain(at: Freezing, module: LutChain) -> None:
    """A Table for each link, which reads the inputs and the bits of the one before."""
    inputs = at.value
    for number, layer in enumerate(module.tables):
        if number:
            bits = at.value
            shape = (inputs.shape[0] + bits.shape[0],)
            size = at.signals[inputs.name].size + at.signals[bits.name].size
            at.add(Concat(at.fresh("inputs"), (inputs.name, bits.name), size), shape)
        at.walk(f"tables.{number}", layer)
