"""Operations that only move elements: run on the elements' numbers, whatever they are."""

from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.graph import ROWS
from gen.imports.module.ops.windows import Args, Given, value_of
from gen.imports.module.value import Value

__all__ = ["move"]


def move(build: Build, target: Any, args: Args, kwargs: Given) -> Any:
    """What an operation makes of a value, its first argument: a value, or a tuple of values."""
    value = value_of(args[0])
    size = value.wires.size
    numbers = torch.arange(ROWS * size, dtype=torch.float64).reshape(ROWS, *value.shape)
    made = target(numbers, *args[1:], **kwargs)
    if isinstance(made, (list, tuple)):
        return tuple(_of(value, one) for one in made)
    return _of(value, made)


def _of(value: Value, made: torch.Tensor) -> Value:
    places, size = made.numpy().astype(np.int64), value.wires.size
    apart = places.ndim and len(places) == ROWS
    if not apart or not all(
        (places[row] == places[0] + row * size).all() and (places[row] // size == row).all()
        for row in range(ROWS)
    ):
        raise Refused("puts the rows of a batch together; keep the first dimension the batch")
    return value.moved(np.ascontiguousarray(places[0]))
