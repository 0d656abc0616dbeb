"""Layers of learned look-up tables: each unit reads `k` input bits and looks its bit up.

Nothing is relaxed: in training, too, bits go forward and the bit of a table is the sign of its
latent entry, so what is trained is what is frozen. Gradients are those of a weightless network
(Bacellar et al., "Differentiable Weightless Neural Networks", ICML 2024, arXiv:2410.11112):

- a table entry that was looked up gets the gradient of the unit's output (straight-through);
- an input bit gets the finite difference of the two entries that it chooses between;
- a learned wire is the largest of a row of latents, one for each input; going back it counts as
  the mean of all inputs, weighted by the softmax of the row, so that inputs which would have
  lowered the loss rise until one of them takes over. A table's wires are kept distinct.

The finite differences are of the latent entries within -1..1, not of their signs, and of the one
pair that was looked at: the sum over all pairs, weighted by distance, which the paper takes, was
not needed here.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gen.errors import SmeltError
from gen.intnet.network import Table
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.weights import check_sizes

__all__ = ["WIRINGS", "LutError", "LutLayer"]

WIRINGS = ("learned", "random", "tree")
START = 0.01  # standard deviation of a new wiring latent: all inputs are about as likely


class LutError(SmeltError):
    """A LUT layer's sizes do not fit together."""


class LutLayer(nn.Module):
    """Bits (n, n_in) to bits (n, units), floats that are 0 or 1: tables[i][address].

    Bit j of unit i's address is input wiring[i][j], j = 0 the lowest; the k are distinct. `wiring`
    is "learned"; or "random", drawn once, every input read about equally often; or "tree", where
    unit i reads the k inputs from k * i on. Raises LutError where the sizes do not allow that.
    """

    def __init__(self, n_in: int, units: int, k: int = 4, wiring: str = "learned") -> None:
        super().__init__()
        _check(n_in, units, k, wiring)
        self.n_in, self.units, self.k = n_in, units, k
        self.table_latent = nn.Parameter(torch.rand(units, 2**k) * 2 - 1)
        self.wiring_latent: nn.Parameter | None = None
        if wiring == "learned":
            self.wiring_latent = nn.Parameter(torch.randn(units * k, n_in) * START)
        else:
            wires = torch.arange(n_in) if wiring == "tree" else _even(n_in, units, k)
            self.register_buffer("fixed_wires", wires)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = _LookUp.apply(x, self.wiring_latent, self.table_latent, self._wires())
        return found

    @property
    def wiring(self) -> NDArray[np.int64]:
        """Input numbers (units, k)."""
        found: NDArray[np.int64] = self._wires().view(self.units, self.k).numpy()
        return found

    @property
    def tables(self) -> NDArray[np.uint8]:
        """Output bits (units, 2^k) by address."""
        found: NDArray[np.uint8] = _bits(self.table_latent.detach()).numpy().astype(np.uint8)
        return found

    def _wires(self) -> torch.Tensor:
        """The input of each table's each address bit, int64 (units * k,)."""
        if self.wiring_latent is None:
            return self.get_buffer("fixed_wires")
        return _largest(self.wiring_latent.detach().unflatten(0, (self.units, self.k))).flatten()


class _LookUp(torch.autograd.Function):
    """Works on (features, n), where picking inputs is copying rows."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        x: torch.Tensor,
        wiring: torch.Tensor | None,
        table: torch.Tensor,
        wires: torch.Tensor,
    ) -> torch.Tensor:
        columns = x.detach().T.contiguous()
        address = _addresses(columns, wires, len(table))
        ctx.save_for_backward(columns, wiring, table, wires, address)  # type: ignore[arg-type]
        return _bits(table).gather(1, address).T

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, *gradients: torch.Tensor
    ) -> tuple[torch.Tensor | None, ...]:
        columns, wiring, table, wires, address = ctx.saved_tensors  # type: ignore[attr-defined]
        gradient = gradients[0].T.contiguous()
        to_wires = _differences(table.clamp(-1, 1), address) * gradient[:, None]
        to_wires = to_wires.flatten(0, 1)
        to_x = to_wiring = None
        if ctx.needs_input_grad[0]:  # type: ignore[attr-defined]
            to_x = torch.zeros_like(columns).index_add_(0, wires, to_wires).T
        if wiring is not None:
            to_wiring = _through_softmax(wiring, to_wires @ columns.T)
        return to_x, to_wiring, _to_table(table, address, gradient), None


def _addresses(columns: torch.Tensor, wires: torch.Tensor, units: int) -> torch.Tensor:
    """Addresses int64 (units, n) for input bits (n_in, n)."""
    picked = columns.index_select(0, wires).unflatten(0, (units, -1))
    address = picked[:, 0].clone()
    for place in range(1, picked.shape[1]):
        address.add_(picked[:, place], alpha=2**place)
    return address.long()


def _differences(values: torch.Tensor, address: torch.Tensor) -> torch.Tensor:
    """(units, k, n): by how much setting address bit j, rather than clearing it, raises the value.

    values (units, 2^k) on -1..1 stand for 0..1, so differences are halved.
    """
    rows = torch.arange(values.shape[1])
    found = []
    for place in range(values.shape[1].bit_length() - 1):
        bit = 1 << place
        step = (values[:, rows | bit] - values[:, rows & ~bit]) / 2
        found.append(step.gather(1, address))
    return torch.stack(found, 1)


def _to_table(table: torch.Tensor, address: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Straight-through, but for entries that are to leave -1..1."""
    found = torch.zeros_like(table).scatter_add_(1, address, gradient)
    leaving = (table.abs() >= 1) & (found * table < 0)
    return found.masked_fill(leaving, 0)


def _through_softmax(latent: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Of softmax(latent), given the gradient of each input's weight."""
    share = torch.softmax(latent, 1)
    return share * (gradient - (share * gradient).sum(1, keepdim=True))


def _bits(latent: torch.Tensor) -> torch.Tensor:
    return (latent > 0).float()


def _largest(latent: torch.Tensor) -> torch.Tensor:
    """Input numbers (units, k) from latents (units, k, n_in): each wire's largest.

    Where two wires of a unit want one input, the unit's wires choose in turn from what is left.
    """
    chosen = torch.from_numpy(latent.numpy().argmax(2))  # ten times as fast as torch's
    ordered = chosen.sort(1).values
    clash = (ordered[:, 1:] == ordered[:, :-1]).any(1)
    if clash.any():
        chosen[clash] = _in_turn(latent[clash])
    return chosen


def _in_turn(latent: torch.Tensor) -> torch.Tensor:
    found: list[torch.Tensor] = []
    for wire in latent.unbind(1):
        taken = torch.stack(found, 1) if found else torch.empty(len(latent), 0, dtype=torch.int64)
        found.append(wire.scatter(1, taken, -torch.inf).argmax(1))
    return torch.stack(found, 1)


def _even(n_in: int, units: int, k: int) -> torch.Tensor:
    """Input numbers (units * k,), distinct within a unit, uses differing by one at most."""
    wires: list[int] = []
    left: list[int] = []
    for _ in range(units):
        own: list[int] = []
        while len(own) < k:
            left = left or torch.randperm(n_in).tolist()
            own.append(left.pop(next(i for i, wire in enumerate(left) if wire not in own)))
        wires += own
    return torch.tensor(wires)


def _check(n_in: int, units: int, k: int, wiring: str) -> None:
    if wiring not in WIRINGS:
        raise LutError(f"wiring {wiring!r}: it is one of {', '.join(WIRINGS)}")
    check_sizes(0, n_in=n_in, units=units, k=k)
    if not 2 <= k <= 6:
        raise LutError(f"k = {k}: a table has 2 to 6 inputs")
    if units < 1 or n_in < k:
        raise LutError(f"{units} tables of {k} distinct inputs out of {n_in}")
    if wiring == "tree" and n_in != units * k:
        raise LutError(f"{units} tables of {k} inputs make a tree of {units * k}, not {n_in}, bits")


@freezes(LutLayer)
def freeze_tables(at: Freezing, module: LutLayer) -> None:
    """A Table of one-bit codes."""
    at.need_integers(module)
    if at.value.shape != (module.n_in,):
        raise at.error(f"takes {module.n_in} bits, but {at.value.name!r} has {at.value.shape}")
    if at.value.signs or at.signal.bits != 1 or at.signal.signed:
        raise at.error(f"truth tables read bits 0 and 1, which {at.value.name!r} does not hold")
    wiring, tables = module.wiring.astype(np.int32), module.tables.astype(np.int8)
    at.add(Table(at.fresh(""), (at.value.name,), wiring, tables), (module.units,))
