"""Learned truth tables: how layers of them are frozen, whichever module trains them."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import nn

from gen.intnet.network import Table
from gen.nets.layers.freezing import Freezing, freezes

__all__ = ["TruthTables"]


@runtime_checkable
class TruthTables(Protocol):
    """What a module of truth tables has: of bits (n, n_in) it makes bits (n, units), unit i being
    tables[i, address], and bit j of the address input element wiring[i, j]."""

    n_in: int

    @property
    def wiring(self) -> NDArray[Any]:
        """Input elements, integers (units, k)."""

    @property
    def tables(self) -> NDArray[Any]:
        """Output bits (units, 2^k)."""


@freezes(TruthTables)
def freeze_tables(at: Freezing, module: TruthTables) -> None:
    """A Table of one-bit codes."""
    assert isinstance(module, nn.Module)
    at.need_integers(module)
    (given,) = at.need_shape(module, 1)
    if given != module.n_in:
        raise at.error(f"takes {module.n_in} inputs, but {at.value.name!r} has {given}")
    if at.value.signs or at.signal.bits != 1 or at.signal.signed:
        raise at.error(f"truth tables read bits 0 and 1, which {at.value.name!r} does not hold")
    wiring, tables = np.asarray(module.wiring), np.asarray(module.tables)
    if not np.isin(tables, (0, 1)).all():
        raise at.error("a truth table holds other values than 0 and 1")
    node = Table(at.fresh(""), (at.value.name,), wiring.astype(np.int32), tables.astype(np.int8))
    at.add(node, (len(tables),))
