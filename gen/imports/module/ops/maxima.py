"""The largest of windows, of whole dimensions, and of two tensors."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused, in_units
from gen.imports.module.codes import integers
from gen.imports.module.ops.windows import Args, Given, over_dims, sizes, value_of
from gen.imports.module.value import Affine, Floats, Value, spread, tabulated
from gen.intnet.network import Integers, Max
from gen.intnet.node import EXACT

__all__ = ["adaptive_max_pool", "largest", "largest_of", "least", "max_pool"]


def max_pool(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """The largest of each window of a tensor (channels, ...)."""
    value = args[0]
    dims = len(value.shape) - 1
    names = ("input", "kernel", "stride", "padding", "dilation")
    said = {**dict(zip(names, args, strict=False)), **kwargs}
    places = target(torch.zeros(1, *value.shape), *args[1:], **kwargs).shape[2:]
    kernel = sizes(said["kernel"], dims)
    stride = sizes(said.get("stride") or kernel, dims)
    padding, dilation = (
        sizes(said.get(key, usual), dims) for key, usual in (("padding", 0), ("dilation", 1))
    )
    window = _windows(value.shape, places, kernel, stride, padding, dilation)
    return largest_of(build, value, window)


def _windows(shape: Sequence[int], places: Sequence[int], *geometry: Sequence[int]) -> Integers:
    """Elements (channels, *places, window) of a tensor of `shape` for kernel, stride, padding and
    dilation; outside of it one of the window that is inside."""
    index = np.zeros((1, 1), np.int64)
    inside = np.ones((1, 1), bool)
    for size, place, kernel, step, pad, apart in zip(shape[1:], places, *geometry, strict=True):
        at = np.arange(place)[:, None] * step - pad + np.arange(kernel) * apart
        index = _crossed(index * size, at.clip(0, size - 1), np.add)
        inside = _crossed(inside, (at >= 0) & (at < size), np.logical_and)
    first = np.take_along_axis(index, inside.argmax(1)[:, None], 1)
    whole = np.where(inside, index, first)
    channels = np.arange(shape[0])[:, None, None] * prod(shape[1:])
    return (channels + whole).reshape(shape[0], *places, -1)


def _crossed(rows: np.ndarray, more: np.ndarray, by: Callable[..., Any]) -> np.ndarray:
    """Places (p, w) and (q, v) as (p * q, w * v)."""
    both = by(rows[:, None, :, None], more[None, :, None, :])
    made: np.ndarray = both.reshape(len(rows) * len(more), -1)
    return made


def largest(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """The largest over dimensions."""
    value, order, shape = over_dims(target, args, kwargs)
    return largest_of(build, value, order).moved(np.arange(prod(shape)).reshape(shape))


def least(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """The least over dimensions: the largest of what is negated."""
    value = value_of(args[0]).then(torch.neg)
    return largest(build, target, (value, *args[1:]), kwargs).then(torch.neg)


def adaptive_max_pool(build: Build, target: Any, args: Args, kwargs: Given) -> tuple[Value, None]:
    """The largest of windows that part a tensor (channels, ...) in as many as are said."""
    value = value_of(args[0])
    places = target(torch.zeros(1, *value.shape), *args[1:], **kwargs)[0].shape[2:]
    index = np.zeros((1, 1), np.int64)
    for size, place in zip(value.shape[1:], places, strict=True):
        first = np.arange(place) * size // place
        last = -(-(np.arange(place) + 1) * size // place) - 1
        reach = np.arange(int((last - first).max()) + 1)
        at = np.minimum(first[:, None] + reach, last[:, None])
        index = _crossed(index * size, at, np.add)
    channels = np.arange(value.shape[0])[:, None, None] * prod(value.shape[1:])
    window = (channels + index).reshape(value.shape[0], *places, -1)
    return largest_of(build, value, window), None


def largest_of(build: Build, value: Value, window: Integers) -> Value:
    """The largest of the elements window (shape, w). Of codes where they are few, else of the
    integers under a function that rises or falls."""
    try:
        return _of_integers(build, integers(build, value), window)
    except Refused:
        if value.step is None or value.base.error.any():
            raise
        return _under(build, value, window)


def _of_integers(build: Build, affine: Affine, window: Integers) -> Value:
    scales, offsets, errors = affine.spread()
    factor, bias, units = np.where(scales < 0, -1, 1), np.zeros(1, np.int64), np.abs(scales)
    apart = (one.reshape(-1)[window] for one in (units, offsets))
    if any((one != one[..., :1]).any() for one in apart):
        factor, bias, units = _of_one_unit(scales, offsets)
        offsets = np.zeros(affine.shape)
    parts = [one.reshape(-1)[window] for one in (units, offsets, errors)]
    scale, offset, error = (one.max(axis=-1) for one in parts)
    name = build.scaled(affine, factor, bias)
    wiring = window.reshape(-1, window.shape[-1]).astype(np.int32)
    made = build.add(Max(build.fresh("max"), (name,), wiring))
    element = np.arange(len(wiring)).reshape(scale.shape)
    return Value(Affine(made, element, scale, offset, error, affine.dtype), element)


def _of_one_unit(scales: Floats, offsets: Floats) -> tuple[Integers, Integers, Floats]:
    """Factors and biases of integers of one unit, and the unit (shape). Raises Refused."""
    unit, (factor, bias) = in_units(np.stack([scales, offsets]), "scales and offsets", EXACT // 4)
    if (factor * unit != scales).any() or (bias * unit != offsets).any():
        raise Refused("takes the largest of values of several scales; scale after it")
    return factor, bias, np.full(scales.shape, unit)


def _under(build: Build, value: Value, window: Integers) -> Value:
    """The largest of f(integer), where f is one for each window and rises: f(the largest); where
    it falls: of the negative integers."""
    signal, element = build.signals[value.base.signal], value.element
    low, high = int(signal.low[element].min()), int(signal.high[element].max())
    table = tabulated(value, low, high)
    group = np.broadcast_to(np.arange(table[0].size).reshape(table.shape[1:]), value.shape)
    reads = group.reshape(-1)[window]
    steps = np.diff(table.reshape(len(table), -1).astype(np.float64), axis=0)
    rises, falls = (steps >= 0).all(axis=0), (steps <= 0).all(axis=0)
    if (reads != reads[..., :1]).any() or not (rises | falls).all():
        raise Refused(
            "takes the largest of values that are not quantized, nor one rising function of sums;"
            " quantize before it"
        )
    sign = np.where(rises, 1, -1)[group]
    none = np.zeros(())
    signed = Affine(value.base.signal, element, sign.astype(np.float64), none, none)
    made = _of_integers(build, signed, window).base
    first, turn = window[..., 0], torch.from_numpy(sign.reshape(-1)[window[..., 0]] > 0)

    def function(given: torch.Tensor) -> torch.Tensor:
        whole = given.reshape(-1).numpy().astype(np.int64)
        up, down = (
            spread(value.table(one), value.shape).reshape(len(whole), -1)[:, first]
            for one in (whole, -whole)
        )
        return torch.where(turn, up, down)

    base = Affine(made.signal, made.element, np.ones(()), none, none, torch.float64)
    return Value(base, made.element).then(function)
