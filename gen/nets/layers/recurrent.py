"""Recurrent cells with binary state, and the layer that runs one over the steps of a sample.

A frozen recurrent network takes one step at a time: its input is one step's, the state is kept in
registers, and what follows the recurrent layer answers after every step (after the last one it is
what the trained network answers). Gradients go back through all steps, straight through the codes.
"""

import numpy as np
import torch
from torch import nn

from gen.intnet.network import Concat, Table
from gen.intnet.node import Signal
from gen.nets.hardness import Quantized
from gen.nets.layers.activation import UnsignedActivation
from gen.nets.layers.freezing import Freezing, Value, freezes
from gen.nets.layers.linear import QuantLinear
from gen.nets.layers.norm import SumAffine
from gen.nets.weights import check_sizes

__all__ = ["Cell", "EachStep", "GatedCell", "Recurrent", "RnnCell"]


class Cell(Quantized):
    """A step of a recurrent layer: codes (n, n_in) and state bits (n, units) to the next state.

    The state begins as zeros, or with `learned_start` as learned bits.
    """

    def __init__(self, units: int, learned_start: bool = False) -> None:
        super().__init__()
        check_sizes(units=units)
        self.units = units
        self.start_latent = nn.Parameter(torch.zeros(units) - 0.1) if learned_start else None
        self.bit = UnsignedActivation(1)

    def start(self) -> torch.Tensor:
        """The first state (units,), bits as floats."""
        if self.start_latent is None:
            return torch.zeros(self.units)
        found: torch.Tensor = self.bit(self.start_latent)
        return found


def gate(n_in: int, units: int, fan_in: int | None, weights: str, mask: str) -> nn.Sequential:
    """Bits (n, units) of sparse sums, each with a learned scale and bias."""
    total = QuantLinear(n_in, units, fan_in, weights, mask)
    spread = 1 / (total.fan_in * total.largest**2) ** 0.5
    return nn.Sequential(total, SumAffine(units, spread), UnsignedActivation(1))


class RnnCell(Cell):
    """h' = step(W [x, h]): sparse ternary or k-bit sums of input and state, then a bit."""

    def __init__(
        self,
        n_in: int,
        units: int,
        fan_in: int | None = None,
        weights: str = "ternary",
        learned_start: bool = False,
        mask: str = "learned",
    ) -> None:
        super().__init__(units, learned_start)
        self.next = gate(n_in + units, units, fan_in, weights, mask)

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.next(torch.cat([x, state], 1))
        return found


class GatedCell(Cell):
    """h' = z ? c : h with a binary gate z and a binary candidate c, each step(W [x, h]).

    A minimal gated unit (Zhou et al., 2016, arXiv:1603.09420) with bits; with `reads_state` False
    gate and candidate see x alone, as in minGRU (Feng et al., 2024, arXiv:2410.01201).
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        fan_in: int | None = None,
        weights: str = "ternary",
        learned_start: bool = False,
        mask: str = "learned",
        reads_state: bool = True,
    ) -> None:
        super().__init__(units, learned_start)
        self.reads_state = reads_state
        reads = n_in + units * reads_state
        self.gate = gate(reads, units, fan_in, weights, mask)
        self.candidate = gate(reads, units, fan_in, weights, mask)

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        seen = torch.cat([x, state], 1) if self.reads_state else x
        chosen: torch.Tensor = self.gate(seen)
        return chosen * self.candidate(seen) + (1 - chosen) * state


class Recurrent(nn.Module):
    """Samples (n, steps * width), a step's values together, to the last state (n, units).

    With `sequence` it gives the states after all steps, (n, steps * units), which another
    Recurrent of as many steps reads, a stack, or an EachStep. `each` is a module that every step's
    values go through first, say an embedding. Nothing can come before a Recurrent but another one
    with `sequence`, or what reshapes to a vector.
    """

    def __init__(
        self, cell: Cell, steps: int, each: nn.Module | None = None, sequence: bool = False
    ) -> None:
        super().__init__()
        check_sizes(steps=steps)
        self.cell, self.steps, self.sequence = cell, steps, sequence
        self.each = nn.Identity() if each is None else each

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state, found = self.start(len(x)), []
        for one in x.unflatten(1, (self.steps, -1)).unbind(1):
            state = self.step(one, state)
            found.append(state)
        return torch.cat(found, 1) if self.sequence else state

    def start(self, count: int) -> torch.Tensor:
        """The first state, (count, units)."""
        return self.cell.start().expand(count, -1)

    def step(self, x: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """The next state (n, units) for one step's values (n, width)."""
        found: torch.Tensor = self.cell(self.each(x), state)
        return found


class EachStep(nn.Module):
    """The values of all steps, (n, steps * units), as rows: (steps * n, units), a step of all
    samples after another. What follows acts on every step, so the network answers at each."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        check_sizes(steps=steps)
        self.steps = steps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, (self.steps, -1)).transpose(0, 1).flatten(0, 1)


@freezes(EachStep, of_steps=True)
def freeze_each_step(at: Freezing, module: EachStep) -> None:
    """Nothing: a network in logic takes a step at a time."""
    if not at.stepwise or module.steps != at.steps:
        raise at.error(
            f"takes the values of {module.steps} steps apart, which a Recurrent of as many steps"
            " with `sequence` gives"
        )
    at.stepwise = False


@freezes(Recurrent, of_steps=True)
def freeze_recurrent(at: Freezing, module: Recurrent) -> None:
    """The input, unless it comes from a Recurrent, becomes that of one step; then the cell."""
    if not at.stepwise:
        _take_a_step(at, module)
    elif module.steps != at.steps:
        raise at.error(f"{module.steps} steps, but {at.steps} come in")
    at.stepwise = False
    at.walk("each", module.each)
    at.walk("cell", module.cell)
    at.stepwise = module.sequence


def _take_a_step(at: Freezing, module: Recurrent) -> None:
    if at.nodes or at.steps > 1:
        raise at.error(
            "a Recurrent must come first, or after one with `sequence`; what acts on each step"
            " before the cell is its `each`"
        )
    (size,) = at.need_shape(module, 1)
    if size % module.steps:
        raise at.error(f"{size} inputs are not a multiple of {module.steps} steps")
    whole, width = at.signal, size // module.steps
    part = Signal(whole.low[:width], whole.high[:width], whole.bits, whole.signed)
    at.signals[at.value.name] = part
    at.value, at.steps = Value(at.value.name, (width,)), module.steps


@freezes(RnnCell)
def freeze_rnn(at: Freezing, module: RnnCell) -> None:
    """Concatenate, sum, take steps."""
    reset, state = _state(at, module)
    _join(at, state)
    at.walk("next", module.next)
    at.keep(state, reset)


@freezes(GatedCell)
def freeze_gated(at: Freezing, module: GatedCell) -> None:
    """Gate and candidate, then a table of gate, candidate and state for every unit."""
    reset, state = _state(at, module)
    if module.reads_state:
        _join(at, state)
    seen, made = at.value, []
    for name, part in (("gate", module.gate), ("candidate", module.candidate)):
        at.value = seen
        at.walk(name, part)
        made.append(at.value.name)
    units = module.units
    wiring = np.arange(3 * units, dtype=np.int32).reshape(3, units).T
    at.add(Concat(at.fresh("concat"), (*made, state.name), 3 * units), (3 * units,))
    # Address bits: gate, candidate, state.
    table = np.array([(c if z else h) for h in (0, 1) for c in (0, 1) for z in (0, 1)], np.int8)
    node = Table(at.fresh(""), (at.value.name,), wiring, np.tile(table, (units, 1)))
    at.add(node, (units,))
    at.keep(state, reset)


def _state(at: Freezing, cell: Cell) -> tuple[np.ndarray, Value]:
    if at.value.signs or not at.signal.bits:
        raise at.error(f"a cell reads codes, which {at.value.name!r} does not hold")
    at.need_shape(cell, 1)
    reset = at.whole(cell.start(), "start")
    return reset, at.add_state(reset)


def _join(at: Freezing, state: Value) -> None:
    """Input and state as one vector."""
    size = at.signal.size + state.shape[0]
    at.add(Concat(at.fresh("concat"), (at.value.name, state.name), size), (size,))
