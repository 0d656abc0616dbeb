"""Tensors put together: one after the other, added, and with constants around."""

from collections.abc import Sequence

import numpy as np

from gen.imports.module.build import Build, Refused, in_units
from gen.imports.module.value import Affine, Floats
from gen.intnet.network import Add, Concat, Levels, Max

__all__ = ["added", "padded", "together"]


def together(build: Build, parts: Sequence[Affine], axis: int) -> Affine:
    """Tensors one after the other along an axis."""
    names = list(dict.fromkeys(one.signal for one in parts))
    sizes = [build.signals[name].size for name in names]
    signal = names[0]
    if len(names) > 1:
        signal = build.add(Concat(build.fresh("both"), tuple(names), sum(sizes)))
    start = dict(zip(names, np.cumsum([0, *sizes]).tolist(), strict=False))
    element = np.concatenate([one.element + start[one.signal] for one in parts], axis)
    scale, offset, error = (
        np.concatenate(one, axis) for one in zip(*(p.spread() for p in parts), strict=True)
    )
    return Affine(signal, element, scale, offset, error, parts[0].dtype)


def added(build: Build, terms: Sequence[Affine]) -> Affine:
    """The sum of tensors of one shape; terms may have scales of their own. Raises Refused."""
    scales, offsets, errors = zip(*(one.spread() for one in terms), strict=True)
    unit, factors = in_units(np.stack(scales), "the scales of what is added")
    none = np.zeros(1, np.int64)
    names = [build.scaled(one, k, none) for one, k in zip(terms, factors, strict=True)]
    size = terms[0].element.size
    made = build.add(Add(build.fresh("sum"), tuple(names), size))
    signal = build.signals[made]
    reach = np.maximum(np.abs(signal.low), np.abs(signal.high)).reshape(terms[0].shape) * unit
    offset = np.sum(offsets, axis=0)
    exact = _exact([np.stack(scales), np.stack(offsets)], reach + np.abs(offset))
    error = np.sum(errors, axis=0) + (0 if exact else 2.0**-23 * (reach + np.abs(offset)))
    element = np.arange(size).reshape(terms[0].shape)
    return Affine(made, element, np.full((), unit), offset, error, terms[0].dtype)


def _exact(parts: Sequence[Floats], reach: Floats) -> bool:
    """Whether float32 adds multiples of these parts up without rounding, below `reach`."""
    lowest = min(_lowest(part) for part in parts)
    return float(np.max(reach)) < lowest * 2.0**24


def _lowest(values: Floats) -> float:
    """The worth of the lowest bit that any of the values has."""
    mantissa, exponent = np.frexp(values[values != 0])
    if not mantissa.size:
        return np.inf
    bits = (np.abs(mantissa) * 2.0**53).astype(np.int64)
    return float(((bits & -bits) * 2.0 ** (exponent - 53.0)).min())


def padded(build: Build, given: Affine, width: Sequence[tuple[int, int]], value: float) -> Affine:
    """A tensor with elements of one value around it, cut where a width is below 0."""
    scale, offset, error = given.spread()
    one = len({*scale.flat}) == len({*offset.flat}) == 1
    code = (value - offset.flat[0]) / scale.flat[0]
    if not one or code % 1:
        raise Refused(f"pads with {value}, which is no integer of what it pads")
    name, size = given.signal, build.signals[given.signal].size
    if any(max(ends) > 0 for ends in width):
        constant = _constant(build, int(code), given.signal)
        name = build.add(Concat(build.fresh("both"), (name, constant), size + 1))
    around = [(max(0, low), max(0, high)) for low, high in width]
    cut = tuple(
        slice(max(0, -low), n - max(0, -high))
        for n, (low, high) in zip(given.shape, width, strict=True)
    )
    element = np.pad(given.element[cut], around, constant_values=size)
    return Affine(
        name, element, scale.flat[:1], offset.flat[:1], np.full((), error.max()), given.dtype
    )


def _constant(build: Build, code: int, reads: str) -> str:
    """A signal of one element that is always `code`."""
    one = build.add(Max(build.fresh("any"), (reads,), np.zeros((1, 1), np.int32)))
    bits, signed = max(1, (code if code >= 0 else ~code).bit_length()) + (code < 0), code < 0
    edges, codes = np.zeros((1, 0), np.int32), np.full((1, 1), code)
    return build.add(
        Levels(build.fresh("constant"), (one,), edges, codes, bits=bits, signed=signed)
    )
