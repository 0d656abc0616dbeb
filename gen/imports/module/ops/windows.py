"""Sizes of windows, and the elements of dimensions, as operations say them."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np
import torch

from gen.imports.module.build import Refused
from gen.imports.module.graph import ROWS
from gen.imports.module.value import Value
from gen.intnet.network import Integers

__all__ = ["Args", "Given", "over_dims", "sizes", "value_of"]

Args: TypeAlias = Sequence[Any]
Given: TypeAlias = Mapping[str, Any]


def sizes(given: Any, dims: int) -> list[int]:
    sizes = [given] if isinstance(given, int) else list(given)
    return sizes * dims if len(sizes) == 1 else sizes


def over_dims(target: Any, args: Args, kwargs: Given) -> tuple[Value, Integers, tuple[int, ...]]:
    """A value, its elements (results, those of each), and the shape of the results."""
    value, *rest = args
    dims = rest[0] if rest else kwargs.get("dim")
    count = len(value.shape) + 1
    given: list[int] = list(dims) if isinstance(dims, (list, tuple)) else [dims or 0]
    if not given or any(one % count == 0 for one in given):
        raise Refused("puts the rows of a batch together; say dimensions without the first")
    over = sorted(one % count - 1 for one in given)
    kept = [one for one in range(count - 1) if one not in over]
    places = np.arange(value.wires.size).reshape(value.shape).transpose(*kept, *over)
    size = prod(value.shape[one] for one in over)
    made = target(torch.zeros(ROWS, *value.shape), *rest, **kwargs)
    shape = tuple((made[0] if isinstance(made, tuple) else made).shape[1:])
    return value, places.reshape(-1, size), shape


def value_of(given: Any) -> Value:
    if not isinstance(given, Value):
        raise Refused("reads a constant where a tensor of the inputs is expected")
    return given
