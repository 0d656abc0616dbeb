"""Layers of learned look-up tables: each unit reads `k` input bits and looks its bit up.

Nothing is relaxed: in training, too, bits go forward and the bit of a table is the sign of its
latent entry, so what is trained is what is frozen. Gradients are those of a weightless network
(Bacellar et al., "Differentiable Weightless Neural Networks", ICML 2024, arXiv:2410.11112):

- a table entry that was looked up gets the gradient of the unit's output (straight-through);
- an input bit gets the finite difference between the entries where it is set and where it is not,
  of the latent entries within -1..1: of the one pair that was looked at ("pair"), or of all,
  weighted by how many of the other bits differ ("extended": the paper's extended finite
  difference, with the weights of its published code);
- a learned wire is the largest of a row of latents, one for each input. Going back, each input
  gets the wire's gradient times +1 where it is set and -1 where not ("straight", as in that code);
  or the wire counts as the mean of all inputs, weighted by the softmax of the row ("softmax").
  Inputs that would have lowered the loss rise until one of them takes over. A table's wires are
  kept distinct.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gen.errors import SmeltError
from gen.intnet.network import Table
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.weights import check_sizes

__all__ = [
    "DIFFERENCES",
    "WIRINGS",
    "WIRING_RULES",
    "LutError",
    "LutLayer",
    "offer_inputs",
    "settle",
    "telling",
]

WIRINGS = ("learned", "random", "tree")
DIFFERENCES = ("pair", "extended")
WIRING_RULES = ("softmax", "straight")
RARE = 1e-3
"""An input that has one of its values in a smaller part of the rows is not offered."""
START = 0.01  # standard deviation of a new wiring latent: all inputs are about as likely


class LutError(SmeltError):
    """A LUT layer's sizes do not fit together."""


class LutLayer(nn.Module):
    """Bits (n, n_in) to bits (n, units), floats that are 0 or 1: tables[i][address].

    Bit j of unit i's address is input wiring[i][j], j = 0 the lowest; the k are distinct. `wiring`
    is "learned"; or "random", drawn once, every input read about equally often; or "tree", where
    unit i reads the k inputs from k * i on. The last `always` inputs may be read whatever others
    are chosen among. Raises LutError where the sizes do not allow that.
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        k: int = 4,
        wiring: str = "learned",
        difference: str = "pair",
        wiring_rule: str = "softmax",
        always: int = 0,
    ) -> None:
        super().__init__()
        _check(n_in, units, k, wiring)
        _check_gradients(difference, wiring_rule)
        self.n_in, self.units, self.k, self.always = n_in, units, k, always
        self.difference, self.wiring_rule = difference, wiring_rule
        self.learns = wiring == "learned"
        self.table_latent = nn.Parameter(torch.rand(units, 2**k) * 2 - 1)
        self.wiring_latent: nn.Parameter | None = None
        self.inputs: torch.Tensor | None = None
        if wiring == "learned":
            self.wiring_latent = nn.Parameter(self._new_latents(n_in))
        else:
            wires = torch.arange(n_in) if wiring == "tree" else _even(n_in, units, k)
            self.register_buffer("fixed_wires", wires)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = _LookUp.apply(x, self.wiring_latent, self.table_latent, self)
        return found

    def choose_among(self, inputs: torch.Tensor) -> None:
        """Let learned wires read these inputs, numbers int64 (m,), and the last ones that they
        always may, alone: their latents are drawn anew. Nothing happens where wires are fixed, or
        the inputs are too few."""
        offered = torch.cat([inputs, torch.arange(self.n_in - self.always, self.n_in)])
        if self.wiring_latent is not None and len(offered) >= self.k:
            self.inputs = offered
            self.wiring_latent = nn.Parameter(self._new_latents(len(offered)))

    def settle(self) -> None:
        """Keep learned wires as they are from now on."""
        if self.wiring_latent is not None:
            self.register_buffer("fixed_wires", self.wires())
            self.wiring_latent = self.inputs = None

    @property
    def wiring(self) -> NDArray[np.int64]:
        """Input numbers (units, k)."""
        found: NDArray[np.int64] = self.wires().view(self.units, self.k).numpy()
        return found

    @property
    def tables(self) -> NDArray[np.uint8]:
        """Output bits (units, 2^k) by address."""
        found: NDArray[np.uint8] = _bits(self.table_latent.detach()).numpy().astype(np.uint8)
        return found

    def wires(self) -> torch.Tensor:
        """The input of each table's each address bit, int64 (units * k,)."""
        if self.wiring_latent is None:
            return self.get_buffer("fixed_wires")
        chosen = _largest(self.wiring_latent.detach().unflatten(0, (self.units, self.k)))
        return (chosen if self.inputs is None else self.inputs[chosen]).flatten()

    def _new_latents(self, inputs: int) -> torch.Tensor:
        size = self.units * self.k, inputs
        return torch.rand(size) if self.wiring_rule == "straight" else torch.randn(size) * START


def settle(network: nn.Module) -> None:
    """Keep all learned wires as they are from now on."""
    for module in network.modules():
        if isinstance(module, LutLayer):
            module.settle()


def offer_inputs(network: nn.Sequential, inputs: Callable[[], torch.Tensor]) -> None:
    """Let tables of the first module that learn their wires choose among these inputs, int64, which
    are asked for where there are such tables alone."""
    first = next(iter(network), nn.Identity())
    readers = [one for one in first.modules() if isinstance(one, LutLayer)]
    if any(layer.wiring_latent is not None for layer in readers):
        offered = inputs()
        for layer in readers:
            layer.choose_among(offered)


def telling(rows: torch.Tensor) -> torch.Tensor:
    """Inputs, int64 ascending, that tell something in rows of bits, uint8 (n, n_in): that take both
    values, each in a thousandth of the rows, and no two of them always the same."""
    part = rows.sum(0) / len(rows)
    varied = ((part > RARE) & (part < 1 - RARE)).nonzero().flatten()
    if not len(varied):
        return varied
    _, first = np.unique(np.packbits(rows[:, varied].numpy(), 0), axis=1, return_index=True)
    return varied[torch.from_numpy(np.sort(first))]


class _LookUp(torch.autograd.Function):
    """Works on (features, n), where picking inputs is copying rows."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        x: torch.Tensor,
        wiring: torch.Tensor | None,
        table: torch.Tensor,
        layer: LutLayer,
    ) -> torch.Tensor:
        columns, wires = x.detach().T.contiguous(), layer.wires()
        address = _addresses(columns, wires, len(table))
        ctx.save_for_backward(columns, wiring, table, wires, address)  # type: ignore[arg-type]
        ctx.layer = layer  # type: ignore[attr-defined]
        return _bits(table).gather(1, address).T

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, *gradients: torch.Tensor
    ) -> tuple[torch.Tensor | None, ...]:
        columns, wiring, table, wires, address = ctx.saved_tensors  # type: ignore[attr-defined]
        layer: LutLayer = ctx.layer  # type: ignore[attr-defined]
        gradient = gradients[0].T.contiguous()
        to_wires = _differences(table.clamp(-1, 1), address, layer.difference)
        to_wires *= gradient[:, None]
        to_x = to_wiring = None
        if ctx.needs_input_grad[0]:  # type: ignore[attr-defined]
            to_x = torch.zeros_like(columns).index_add_(0, wires, to_wires.flatten(0, 1)).T
        if wiring is not None and ctx.needs_input_grad[1]:  # type: ignore[attr-defined]
            offered = columns if layer.inputs is None else columns[layer.inputs]
            to_wiring = _to_wiring(wiring, to_wires.flatten(0, 1), offered, layer.wiring_rule)
        return to_x, to_wiring, _to_table(table, address, gradient), None


def _addresses(columns: torch.Tensor, wires: torch.Tensor, units: int) -> torch.Tensor:
    """Addresses int64 (units, n) for input bits (n_in, n)."""
    picked = columns.index_select(0, wires).unflatten(0, (units, -1))
    address = picked[:, 0].clone()
    for place in range(1, picked.shape[1]):
        address.add_(picked[:, place], alpha=2**place)
    return address.long()


def _differences(values: torch.Tensor, address: torch.Tensor, kind: str) -> torch.Tensor:
    """(units, k, n): by how much setting address bit j, rather than clearing it, raises the value.

    values (units, 2^k) on -1..1 stand for 0..1, so differences of a pair are halved.
    """
    weights = _weights(values.shape[1].bit_length() - 1, kind)
    return torch.stack([(values @ one.T).gather(1, address) for one in weights], 1)


@cache
def _weights(k: int, kind: str) -> torch.Tensor:
    """(k, 2^k, 2^k): how much an entry counts, in the difference by bit j seen from an address.

    "pair": 1/2 of the two entries that differ from the address in bit j at the most, minus where
    the bit is clear. "extended": all entries, 1/2 * (3/4)^(k-1) * (1/3)^d, where d is in how many
    of the other bits they differ.
    """
    at = torch.arange(2**k)
    found = []
    for place in range(k):
        others = (at[:, None] ^ at) & ~(1 << place)
        distance = sum((others >> bit) & 1 for bit in range(k))
        sign = ((at >> place) & 1) * 2 - 1
        if kind == "pair":
            weight = 0.5 * (distance == 0)
        else:
            weight = 0.5 * 0.75 ** (k - 1) * (1 / 3) ** distance
        found.append(weight * sign)
    return torch.stack(found).float()


def _to_table(table: torch.Tensor, address: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Straight-through, but for entries that are to leave -1..1."""
    found = torch.zeros_like(table).scatter_add_(1, address, gradient)
    leaving = (table.abs() >= 1) & (found * table < 0)
    return found.masked_fill(leaving, 0)


def _to_wiring(
    latent: torch.Tensor, to_wires: torch.Tensor, offered: torch.Tensor, rule: str
) -> torch.Tensor:
    """The gradient of latents (wires, inputs), given that of wires (wires, n) and the inputs' bits
    (inputs, n)."""
    found = to_wires @ offered.T
    if rule == "straight":
        return 2 * found - to_wires.sum(1, keepdim=True)
    share = torch.softmax(latent, 1)
    return share * (found - (share * found).sum(1, keepdim=True))


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


def _check_gradients(difference: str, wiring_rule: str) -> None:
    if difference not in DIFFERENCES:
        raise LutError(f"difference {difference!r}: it is one of {', '.join(DIFFERENCES)}")
    if wiring_rule not in WIRING_RULES:
        raise LutError(f"wiring rule {wiring_rule!r}: it is one of {', '.join(WIRING_RULES)}")


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
