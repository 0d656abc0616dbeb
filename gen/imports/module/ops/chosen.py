"""Rows of a constant that integers choose: embeddings, and one-hot codes."""

from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.ops.windows import Args, Given, value_of
from gen.imports.module.value import Value, spread

__all__ = ["embedding", "one_hot"]


def embedding(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """Row i of the weights (symbols, features) for integer i; what is no row is the nearest, which
    no input of the module reaches."""
    rows, value = args[0], value_of(args[1])
    if isinstance(rows, Value):
        raise Refused("looks up in a tensor that depends on the inputs; it must be constant")
    return _rows(build, value, rows.detach())


def one_hot(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """1 at the integer's place of so many."""
    value = value_of(args[0])
    count = args[1] if len(args) > 1 else kwargs.get("num_classes", -1)
    if count < 1:
        raise Refused("finds out how many classes there are from the values; say num_classes")
    return _rows(build, value, torch.eye(count, dtype=torch.int64))


def _rows(build: Build, value: Value, rows: torch.Tensor) -> Value:
    signal = build.signals[value.base.signal]
    low, high = signal.low[value.element], signal.high[value.element]
    ends = (value.table(np.arange(int(low.min()), int(high.max()) + 1))).long()
    if int(ends.min()) < 0 or int(ends.max()) >= len(rows):
        raise Refused(
            f"chooses among {len(rows)} rows by integers {int(ends.min())} to {int(ends.max())}"
        )
    places = np.arange(value.wires.size).reshape(value.shape)
    wide = value.moved(np.repeat(places[..., None], rows.shape[1], axis=-1))
    columns = torch.arange(rows.shape[1])

    def function(table: torch.Tensor) -> torch.Tensor:
        return rows[spread(table, wide.shape).long(), columns]

    return wide.then(function)
