"""Sums and means, of windows and of whole dimensions."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.ops.windows import Args, Given, over_dims, sizes
from gen.imports.module.products import convolution
from gen.imports.module.value import Value
from gen.intnet.network import Integers

__all__ = ["average_pool", "mean", "total"]


def average_pool(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """The mean of each window: its sum, and the operation's own division of that."""
    value, *rest = args
    places = tuple(target(torch.zeros(1, *value.shape), *rest, **kwargs).shape[2:])
    adaptive = "adaptive" in str(target)
    kernel, stride, padding = (
        _adaptive(value.shape, places) if adaptive else _said(value.shape, rest, kwargs)
    )
    sums = _window_sums(build, value, kernel, stride, padding)
    if sums.shape[1:] != places:
        raise Refused("has windows that reach outside (ceil_mode); pad before, or leave it out")
    outside = tuple(value.shape[1:]) if adaptive else tuple(kernel)
    given = list(places) if adaptive else kernel

    def function(table: torch.Tensor) -> torch.Tensor:
        window = torch.zeros(table.numel(), prod(outside), dtype=table.dtype)
        window[:, 0] = table.reshape(-1)
        divided = target(window.reshape(-1, 1, *outside), given)
        return divided.reshape(table.numel(), -1)[:, 0].reshape(table.shape)

    return sums.then(function)


def _window_sums(
    build: Build, value: Value, kernel: list[int], stride: list[int], padding: list[int]
) -> Value:
    """Sums of the windows of a tensor (channels, places) or (channels, high, wide)."""
    flat = len(kernel) == 1
    image = (value.shape[0], 1, -1) if flat else value.shape
    shaped = value.moved(np.arange(value.wires.size).reshape(image))
    (high, down, above), (wide, across, beside) = (
        (1, 1, 0) if flat else (kernel[0], stride[0], padding[0]),
        (kernel[-1], stride[-1], padding[-1]),
    )
    ones = np.ones((len(value.wires), 1, high, wide))
    made = convolution(build, shaped, ones, None, (down, across), (above, beside), len(value.wires))
    return made.moved(made.wires.reshape(len(value.wires), -1)) if flat else made


def _adaptive(shape: Sequence[int], places: Sequence[int]) -> tuple[list[int], ...]:
    if any(n % p for n, p in zip(shape[1:], places, strict=True)):
        raise Refused(f"parts {list(shape[1:])} in {list(places)} of several sizes")
    kernel = [n // p for n, p in zip(shape[1:], places, strict=True)]
    return kernel, kernel, [0] * len(kernel)


def _said(shape: Sequence[int], rest: Args, kwargs: Given) -> tuple[list[int], ...]:
    dims = len(shape) - 1
    if len(rest) > 5 or kwargs.get("divisor_override") is not None:
        raise Refused("has a divisor_override; divide after a sum")
    padding = sizes(rest[2] if len(rest) > 2 else kwargs.get("padding", 0), dims)
    if any(padding) and not (rest[4] if len(rest) > 4 else kwargs.get("count_include_pad", True)):
        raise Refused("divides by several numbers (count_include_pad=False); do not pad it")
    kernel = sizes(rest[0], dims)
    stride = sizes(rest[1], dims) if len(rest) > 1 and rest[1] else kernel
    return kernel, stride, padding


def mean(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """The mean over dimensions: the sum, and torch's own division of that."""
    value, order, shape = over_dims(target, args, kwargs)
    count = order.shape[1]

    def function(table: torch.Tensor) -> torch.Tensor:
        row = torch.zeros(table.numel(), count, dtype=table.dtype)
        row[:, 0] = table.reshape(-1)
        return row.mean(1).reshape(table.shape)

    made = _total(build, value, order).then(function)
    return made.moved(np.arange(prod(shape)).reshape(shape))


def total(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """The sum over dimensions."""
    value, order, shape = over_dims(target, args, kwargs)
    return _total(build, value, order).moved(np.arange(prod(shape)).reshape(shape))


def _total(build: Build, value: Value, order: Integers) -> Value:
    """Sums of elements order (sums, n)."""
    sums, count = order.shape
    ones = np.ones((sums, 1, 1, count))
    made = convolution(build, value.moved(order[:, None, :]), ones, None, (1, 1), (0, 0), sums)
    return made.moved(np.arange(sums))
