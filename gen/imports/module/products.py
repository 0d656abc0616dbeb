"""Products of constant weights: linear layers and convolutions on the integers of a tensor."""

import numpy as np

from gen.imports.folding import common_unit, near_unit
from gen.imports.module.build import WEIGHT, Build, Refused, in_units
from gen.imports.module.codes import integers
from gen.imports.module.value import Affine, Floats, Value
from gen.intnet.network import Conv, Integers, Linear
from gen.intnet.node import EXACT

__all__ = ["convolution", "linear", "lowest_bit"]

OFF_GRID = (
    f"weights are no integers, up to {WEIGHT:,}, times one number for each output; quantize them in"
    " the forward, as self.weight.sign()"
)
EXACTLY, NEARLY = (common_unit,), (near_unit,)


def linear(build: Build, value: Value, weight: Floats, bias: Floats | None) -> Value:
    """Weights (out, in) on the last dimension. Raises Refused."""
    given = integers(build, value)
    if len(given.shape) > 1:
        return _pointwise(build, value, weight, bias)
    scale, offset, error = given.spread()
    rows = _Rows(weight, scale, offset, error, _most(build, given), bias)
    size = build.signals[given.signal].size
    spread = np.zeros((len(weight), size), np.int64)
    for column, element in enumerate(given.element.tolist()):
        spread[:, element] += rows.weight[:, column]
    if np.abs(spread).max(initial=0) > WEIGHT:
        raise Refused(f"elements that are read twice have weights above {WEIGHT} in sum")
    node = Linear(build.fresh("sum"), (given.signal,), spread, rows.bias.astype(np.int32))
    name = build.add(node)
    return _sums(build, name, rows, (len(weight),), given)


def _pointwise(build: Build, value: Value, weight: Floats, bias: Floats | None) -> Value:
    """Weights on the last of several dimensions: a convolution over all places of the others."""
    *places, n_in = value.shape
    order = np.arange(value.wires.size).reshape(-1, n_in).T.reshape(n_in, 1, -1)
    made = convolution(build, value.moved(order), weight[:, :, None, None], bias, (1, 1), (0, 0), 1)
    back = np.arange(made.wires.size).reshape(len(weight), -1).T.reshape(*places, len(weight))
    return made.moved(back)


def convolution(
    build: Build,
    value: Value,
    weight: Floats,
    bias: Floats | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
    groups: int,
) -> Value:
    """Weights (out, in / groups, high, wide) on a tensor (in, height, width). Raises Refused."""
    given = integers(build, value, zero=any(padding))
    scale, offset, error = (_by_channel(one) for one in given.spread())
    most = _most(build, given).reshape(len(scale), -1).max(1)
    reads = np.arange(len(scale)).reshape(groups, -1).repeat(len(weight) // groups, axis=0)
    kernel = weight.shape[2] * weight.shape[3]
    scale, offset, error, most = (
        np.repeat(one[reads], kernel, axis=1) for one in (scale, offset, error, most)
    )
    rows = _Rows(weight.reshape(len(weight), -1), scale, offset, error, most, bias)
    shape = value.shape[0], value.shape[1], value.shape[2]
    node = Conv(
        build.fresh("sum"),
        (build.whole(given),),
        rows.weight.reshape(weight.shape),
        rows.bias.astype(np.int32),
        shape,
        stride,
        padding,
        groups,
    )
    name = build.add(node)
    return _sums(build, name, rows, (len(weight), *node.places), given)


def _by_channel(values: Floats) -> Floats:
    flat = values.reshape(len(values), -1)
    if (flat != flat[:, :1]).any():
        raise Refused("elements of one channel have scales of their own; scale after it")
    return flat[:, 0]


def _most(build: Build, given: Affine) -> Floats:
    """The greatest magnitude that the module's values have, for each element."""
    signal, (scale, offset, _) = build.signals[given.signal], given.spread()
    ends = (scale * one[given.element] + offset for one in (signal.low, signal.high))
    most: Floats = np.max([np.abs(one) for one in ends], axis=0)
    return most


def _sums(build: Build, name: str, rows: "_Rows", shape: tuple[int, ...], given: Affine) -> Value:
    dims = (-1, *[1] * (len(shape) - 1))
    unit, offset, error = (one.reshape(dims) for one in (rows.unit, rows.offset, rows.error))
    element = np.arange(build.signals[name].size).reshape(shape)
    terms = rows.weight.shape[1] + 2
    return Value(Affine(name, element, unit, offset, error, given.dtype, terms), element)


class _Rows:
    """Sums of float weights (out, n) over scale * integer + offset, as integer weights and biases:
    the module's sum is unit * sum + offset, within `error`.

    `scale`, `offset`, `error` and `most` (the greatest magnitude) of what is read are (n,) or
    (out, n). Raises Refused.
    """

    def __init__(
        self,
        weight: Floats,
        scale: Floats,
        offset: Floats,
        error: Floats,
        most: Floats,
        bias: Floats | None,
    ) -> None:
        if not np.isfinite(weight).all() or (bias is not None and not np.isfinite(bias).all()):
            raise Refused("a weight or bias is no number")
        bias = np.zeros(len(weight)) if bias is None else bias
        product, size = weight * scale, np.abs(weight) * most
        self.unit, self.weight = _in_rows(product)
        reach = size.sum(1) + np.abs(bias)
        left = np.abs(product - self.unit[:, None] * self.weight) * _integers(most, scale)
        self.error = (np.abs(weight) * error).sum(1) + left.sum(1)
        lowest = [lowest_bit(one) for one in (product, weight * offset, bias[:, None])]
        if (reach >= EXACT * np.min(lowest, axis=0)).any() or self.error.any():
            # Any order of adding n terms is within n + 2 of these of the sum: Higham, "Accuracy and
            # stability of numerical algorithms", 2002, section 4.2. Rounding errors cancel out, and
            # partial sums are smaller: within one, unless all conspire.
            self.error = self.error + 2.0**-23 * reach
        self._split((weight * offset).sum(1) + bias)

    def _split(self, offset: Floats) -> None:
        """What of the offset is a whole number of units goes into the bias."""
        whole = np.rint(offset / self.unit)
        fits = (whole * self.unit == offset) & (np.abs(whole) < EXACT)
        self.bias = np.where(fits, whole, 0).astype(np.int64)
        self.offset = np.where(fits, 0.0, offset)


def _integers(most: Floats, scale: Floats) -> Floats:
    """How large the integers are."""
    return most / np.where(scale == 0, 1, np.abs(scale))


def _in_rows(product: Floats) -> tuple[Floats, Integers]:
    """Units (out,) and integer weights (out, n): each row's own where that is exact, else of one
    unit for all, else each row's own."""
    for rows, units in ((list(product), EXACTLY), ([product], NEARLY), (list(product), NEARLY)):
        try:
            found = [in_units(row, "weights", WEIGHT, units) for row in rows]
        except Refused:
            continue
        each = np.array([unit for unit, _ in found])
        whole = np.stack([one for _, one in found])
        return np.broadcast_to(each, len(product)), whole.reshape(product.shape)
    raise Refused(OFF_GRID)


def lowest_bit(values: Floats) -> Floats:
    """The worth of the lowest bit in each row of values (rows, n); infinite for zeros."""
    mantissa, exponent = np.frexp(values)
    bits = (np.abs(mantissa) * 2.0**53).astype(np.int64)
    worth = np.where(bits == 0, np.inf, (bits & -bits) * 2.0 ** (exponent - 53.0))
    found: Floats = worth.min(axis=1)
    return found
