"""The largest of windows, of whole dimensions, and of two tensors."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.codes import integers
from gen.imports.module.ops.windows import Args, Given, over_dims, sizes
from gen.imports.module.value import Affine, Value, spread, tabulated
from gen.intnet.network import Integers, Max

__all__ = ["largest", "largest_of", "max_pool"]


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
    parts = [one.reshape(-1)[window] for one in affine.spread()]
    if any((one != one[..., :1]).any() for one in parts[:2]):
        raise Refused("takes the largest of values of several scales; scale after it")
    scale, offset, error = (one.max(axis=-1) for one in parts)
    sign = np.where(affine.spread()[0] < 0, -1, 1)
    name = build.scaled(affine, sign, np.zeros(1, np.int64))
    wiring = window.reshape(-1, window.shape[-1]).astype(np.int32)
    made = build.add(Max(build.fresh("max"), (name,), wiring))
    element = np.arange(len(wiring)).reshape(scale.shape)
    return Value(Affine(made, element, np.abs(scale), offset, error, affine.dtype), element)


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
