"""Tables in levels: those of a higher level read bits of those below, beside the inputs."""

from itertools import accumulate

import numpy as np
import torch
from torch import nn

from gen.intnet.network import Concat, Table
from gen.nets.layers.freezing import Freezing, Value, freezes
from gen.nets.layers.lut import LutError, LutLayer

__all__ = ["LutLevels"]


class LutLevels(nn.Module):
    """Bits (n, n_in) to the bits of all tables (n, units): unit i is of level i % `levels`, and
    reads `k` of the inputs and of the bits of lower levels' units.

    What a head counts are all of them, and consecutive groups of units have some of every level. So
    a table votes, and is a feature for others: it is there once for both. `tables` are the levels,
    lowest first; one of level l numbers its inputs 0 to n_in - 1, then the units of level 0, of
    level 1 and so on; `order` has each unit's number there, less n_in. Wiring, difference and
    wiring rule are those of each (`LutLayer`). Raises LutError where there is a level without a
    table, or wires are a tree.
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        levels: int,
        k: int = 4,
        wiring: str = "learned",
        difference: str = "pair",
        wiring_rule: str = "softmax",
    ) -> None:
        super().__init__()
        if not 1 < levels <= units:
            raise LutError(f"{levels} levels of {units} tables: 2 or more, each with a table")
        if wiring == "tree":
            raise LutError("wiring 'tree': tables in levels have no inputs of their own")
        sizes = [len(range(level, units, levels)) for level in range(levels)]
        below = list(accumulate(sizes, initial=0))[:-1]
        self.n_in, self.units = n_in, units
        self.order = [below[at % levels] + at // levels for at in range(units)]
        rest = k, wiring, difference, wiring_rule
        self.tables = nn.ModuleList(
            LutLayer(n_in + lower, size, *rest, always=lower)
            for lower, size in zip(below, sizes, strict=True)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: list[torch.Tensor] = [x]
        for layer in self.tables:
            found.append(layer(torch.cat(found, 1)))
        return torch.cat(found[1:], 1)[:, self.order]


@freezes(LutLevels)
def freeze_levels(at: Freezing, module: LutLevels) -> None:
    """A Table for each level, which reads the inputs and the bits of those before; and one of
    wires, which puts their bits in the order of the units."""
    inputs, found = at.value, list[Value]()
    for number, layer in enumerate(module.tables):
        _joined(at, "inputs", [inputs, *found])
        at.walk(f"tables.{number}", layer)
        found.append(at.value)
    _joined(at, "levels", found)
    wires = np.array(module.order, np.int32)[:, None]
    tables = np.tile(np.array([0, 1], np.int8), (module.units, 1))
    at.add(Table(at.fresh(""), (at.value.name,), wires, tables), (module.units,))


def _joined(at: Freezing, name: str, values: list[Value]) -> None:
    """Set the next value to these, one after the other."""
    if len(values) == 1:
        at.value = values[0]
        return
    size = sum(at.signals[one.name].size for one in values)
    at.add(Concat(at.fresh(name), tuple(one.name for one in values), size), (size,))
