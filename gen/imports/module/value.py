"""What a tensor of a module is: integers of a signal, exactly, or a function of such integers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from gen.intnet.network import Integers

__all__ = ["Affine", "Floats", "Step", "Value", "spread", "tabulated"]

Floats: TypeAlias = NDArray[np.float64]
Memo: TypeAlias = dict[int, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Affine:
    """A tensor without its batch, whose element is `scale` * integer + `offset`.

    `element` (shape) says which element of `signal` each integer is. `scale`, `offset` and `error`
    can be spread over the shape. `error` is how far what the module has is from that, by rounding,
    in all likelihood; 0: it has exactly that. It is never `terms` times as far. `known` are
    the values (k, ...), to be spread, that it has exactly of the integers from a least one on,
    where these are listed; infinite is what no element has.
    """

    signal: str
    element: Integers
    scale: Floats
    offset: Floats
    error: Floats
    dtype: torch.dtype = torch.float32
    terms: int = 1
    known: tuple[int, Floats] | None = None

    @classmethod
    def plain(cls, signal: str, element: Integers) -> "Affine":
        """These integers as they are."""
        none = np.zeros(())
        return cls(signal, element, np.ones(()), none, none)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.element.shape

    def spread(self) -> tuple[Floats, Floats, Floats]:
        """Scale, offset and error, each of the whole shape."""
        scale, offset, error = (
            np.broadcast_to(one, self.shape) for one in (self.scale, self.offset, self.error)
        )
        return scale, offset, error

    def values(self, integers: Integers, shift: float) -> torch.Tensor:
        """What the module has for integers (k,), off by so many errors: (k, ...), to be spread."""
        given = integers.reshape(-1, *[1] * len(self.shape)).astype(np.float64)
        made = given * _dims(self.scale, self.shape) + _dims(self.offset, self.shape)
        return torch.from_numpy(made + shift * _dims(self.error, self.shape)).to(self.dtype)


def _dims(value: Floats, shape: tuple[int, ...]) -> Floats:
    return value.reshape(*[1] * (len(shape) - value.ndim), *value.shape)


@dataclass(frozen=True, eq=False)
class Step:
    """An operation of a chain: `function` of what `parents` give; None: of the integers."""

    function: Callable[..., torch.Tensor]
    parents: "tuple[Step | None, ...]"


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor without its batch: elements `wires` (shape) of `base`, and what a chain of steps
    makes of them. A step's tensors are (k, ...), to be spread over the shape: k integers each."""

    base: Affine
    wires: Integers
    step: Step | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.wires.shape

    @property
    def element(self) -> Integers:
        """Which element of the signal each is a function of."""
        return self.base.element.reshape(-1)[self.wires]

    def table(self, integers: Integers, shift: float = 0.0) -> torch.Tensor:
        """What the module has for integers (k,): (k, ...), to be spread over the shape."""
        base = self.base.values(integers, shift)
        if self.step is None:
            return spread(base, self.base.shape).reshape(len(base), -1)[:, self.wires]
        with torch.no_grad():
            return _run(self.step, base, {})

    def then(self, function: Callable[..., torch.Tensor], *others: "Value") -> "Value":
        """A chain with one step more, of values of the same integers."""
        steps = tuple(one.begun().step for one in (self, *others))
        return Value(self.base, self.wires, Step(function, steps))

    def begun(self) -> "Value":
        """With a chain that gives the elements in their places."""
        plain = np.arange(self.wires.size).reshape(self.shape)
        same = self.shape == self.base.shape and np.array_equal(self.wires, plain)
        if self.step is not None or same:
            return self
        return Value(self.base, self.wires, Step(_moved(self.wires, self.base.shape), (None,)))

    def moved(self, places: Integers) -> "Value":
        """Its elements at `places` (new shape)."""
        if np.array_equal(places, np.arange(self.wires.size).reshape(self.shape)):
            return self  # a function of few groups of elements stays one
        wires = self.wires.reshape(-1)[places]
        if self.step is None:
            return Value(self.base, wires)
        return Value(self.base, wires, Step(_moved(places, self.shape), (self.step,)))


def _run(step: Step, base: torch.Tensor, memo: Memo) -> torch.Tensor:
    if id(step) not in memo:
        given = [base if one is None else _run(one, base, memo) for one in step.parents]
        memo[id(step)] = step.function(*given)
    return memo[id(step)]


def _moved(places: Integers, shape: tuple[int, ...]) -> Callable[[torch.Tensor], torch.Tensor]:
    index = torch.from_numpy(np.ascontiguousarray(places))
    return lambda table: spread(table, shape).reshape(len(table), prod(shape))[:, index]


def spread(table: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """A table (k, ...) as (k, *shape)."""
    return table.expand(len(table), *shape)


BLOCK = 1 << 22  # values of a table at a time


def tabulated(value: Value, low: int, high: int, shift: float = 0.0) -> NDArray[Any]:
    """The value's table for integers low..high, where the tensor is not spread: (k, ...)."""
    first = value.table(np.array([low]), shift)
    step = max(1, BLOCK // max(1, first.numel()))
    parts = [
        value.table(np.arange(start, min(start + step, high + 1)), shift).numpy()
        for start in range(low, high + 1, step)
    ]
    return np.concatenate(parts)
