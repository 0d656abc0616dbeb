"""Convolutions, and the sums of pools: one node over an image, padded as the model says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.quantize import Integral, integral, stepped
from gen.imports.qonnx.floats.tensor import Tensor, begun, moved
from gen.imports.qonnx.kernel import Array, attributes, label, run_node
from gen.imports.qonnx.sums.geometry import Windows, image, windows_of
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.sums.products import (
    Products,
    check_weights,
    linear,
    started,
    whole_weights,
)
from gen.intnet.network import Conv
from gen.intnet.node import MOST_ELEMENTS, Integers

__all__ = ["conv", "summed"]


def conv(making: Making, node: NodeProto, tensor: Tensor, inputs: Sequence[Array | None]) -> Tensor:
    """Conv: weights (out, in / groups, ...), and a bias."""
    weights = inputs[1] if len(inputs) > 1 else None
    if weights is None or weights.ndim != tensor.source.ndim:
        raise ImportRefused(f"{label(node)}: its weights are computed; only constants are read")
    windows = windows_of(node, tensor, weights.shape[2:])
    channels = image(node, tensor)[0]
    groups = int(attributes(node).get("group", 1))
    fits = groups >= 1 and channels % groups == 0 and len(weights) % groups == 0
    if not fits or weights.shape[1] != channels // groups:
        raise ImportRefused(
            f"{label(node)}: weights {weights.shape} in {groups} groups on {channels} channels"
        )
    bias = inputs[2] if len(inputs) > 2 and inputs[2] is not None else np.zeros(1, np.float32)
    if bias.size not in (1, len(weights)):
        raise ImportRefused(f"{label(node)}: bias {bias.shape} for {len(weights)} filters")
    spread = np.broadcast_to(bias.ravel(), len(weights))
    wide = weights.reshape(*weights.shape[:2], *windows.kernel)
    steps = making.steps.get(node.input[1])
    return _made(making, node, tensor, wide, spread, windows, groups, steps)


def transposed(
    making: Making, node: NodeProto, tensor: Tensor, inputs: Sequence[Array | None]
) -> Tensor:
    """ConvTranspose: the matrix of its weights, of what it makes of each element alone."""
    weights = inputs[1] if len(inputs) > 1 else None
    if weights is None:
        raise ImportRefused(f"{label(node)}: its weights are computed; only constants are read")
    image(node, tensor)
    size, versions = tensor.source.size, {"": 13}
    each = np.eye(size, dtype=np.float32).reshape(size, *tensor.shape[1:])
    made = run_node(_without_bias(node), [each[:1], weights], versions)[0]
    if size * made.size > MOST_ELEMENTS:
        raise ImportRefused(f"{label(node)}: {made.size:,} sums of {size:,} integers are too many")
    rows = run_node(_without_bias(node), [each, weights], versions)[0].reshape(size, -1).T
    bias = inputs[2] if len(inputs) > 2 and inputs[2] is not None else np.zeros(1, np.float32)
    places = int(np.prod(made.shape[2:]))
    wide = np.repeat(np.broadcast_to(bias.ravel(), made.shape[1]), places)
    flat = moved(tensor, lambda order: order.reshape(1, -1), tensor.label)
    sums = linear(making, node, flat, rows, wide)
    return moved(sums, lambda order: order.reshape(made.shape), label(node))


def _without_bias(node: NodeProto) -> NodeProto:
    alone = NodeProto()
    alone.CopyFrom(node)
    del alone.input[2:]
    return alone


def summed(making: Making, node: NodeProto, tensor: Tensor, windows: Windows) -> Tensor:
    """The sum of each window of each channel, as a tensor (1, channels, high, wide)."""
    channels = image(node, tensor)[0]
    ones = np.ones((channels, 1, *windows.kernel), np.float32)
    return _made(making, node, tensor, ones, np.zeros(channels), windows, channels)


def _made(
    making: Making,
    node: NodeProto,
    tensor: Tensor,
    weights: Array,
    bias: Array,
    windows: Windows,
    groups: int,
    steps: Array | None = None,
) -> Tensor:
    """Filters (out, in / groups, high, wide) over the image; sums in the tensor's dimensions."""
    read, padded = _stripped(node, _channelwise(making, node, tensor), windows)
    each = _weighted(read, weights.shape, groups)
    known = None if steps is None else steps.reshape(len(weights), -1)
    products = whole_weights(node, weights.reshape(len(weights), -1), each, bias, known)
    factors = (products.whole * each.factor).reshape(weights.shape)
    check_weights(node, factors)
    signal = making.gathered(read.signal, read.source.ravel(), label(node))
    made = _node(making.name(label(node)), signal, read.shape, factors, padded, groups)
    size = padded.places((read.shape[1], read.shape[2]))
    kept = _kept(made, padded, size)
    making.add(made)
    if made.size > MOST_ELEMENTS:
        raise ImportRefused(f"{label(node)}: {made.size:,} sums; {MOST_ELEMENTS:,} at most")
    whole = products.whole.reshape(weights.shape)
    plain = _node("offsets", signal, read.shape, whole, padded, groups)
    offsets = plain.apply([read.offset.reshape(1, -1)])[0][kept]
    filters = np.repeat(np.arange(len(weights)), size[0] * size[1])
    spread = Products(whole, products.step[filters], products.error[filters])
    chains = started(spread, offsets, bias[filters])
    shape = (1, len(weights), *size) if tensor.source.ndim == 4 else (1, len(weights), size[1])
    return begun(made.name, kept.reshape(shape), chains, label(node))


def _channelwise(making: Making, node: NodeProto, tensor: Tensor) -> Integral:
    """The image (channels, high, wide) as integers, of one factor and step in each channel."""
    shape = image(node, tensor)
    read = integral(making, tensor, label(node)).mapped(lambda one: one.reshape(shape))
    if not _alike(read):
        codes = stepped(making, tensor, label(node))
        read = integral(making, codes, label(node)).mapped(lambda one: one.reshape(shape))
    if not _alike(read):
        raise ImportRefused(
            f"{label(node)}: its input has another scale from place to place; give it one scale for"
            " each channel"
        )
    return read


def _alike(read: Integral) -> bool:
    for plane in range(len(read.source)):
        seen = read.source[plane] >= 0
        for field in (read.step, read.factor):
            if len(np.unique(field[plane][seen])) > 1:
                return False
    return True


def _stripped(node: NodeProto, read: Integral, windows: Windows) -> tuple[Integral, Windows]:
    """Without rows and columns of constant 0 around the image, which become padding."""
    seen = np.logical_or.reduce(read.source >= 0, axis=0)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise ImportRefused(f"{label(node)}: all of its input is constant")
    top, left = int(rows[0]), int(columns[0])
    high, wide = int(rows[-1]) + 1, int(columns[-1]) + 1
    inner = read.mapped(lambda one: one[:, top:high, left:wide])
    outside = read.source < 0
    if (inner.source < 0).any() or read.offset[outside].any():
        raise ImportRefused(f"{label(node)}: constants lie among its input; pad with 0 around it")
    before = windows.before[0] + top, windows.before[1] + left
    after = (
        windows.after[0] + read.shape[1] - high,
        windows.after[1] + read.shape[2] - wide,
    )
    return inner, replace(windows, before=before, after=after)


def _weighted(read: Integral, shape: tuple[int, ...], groups: int) -> Integral:
    """What each weight (out, in / groups * high * wide) multiplies: its channel's integer, with
    the greatest error and reach, and the least grain, of its places."""
    per = shape[1]
    first = np.arange(shape[0]) // (shape[0] // groups) * per
    channel = np.repeat(first[:, None] + np.arange(per), shape[2] * shape[3], axis=1)

    def of(values: Array) -> Array:
        return values.reshape(len(values), -1).max(axis=1)[channel]

    most = read.mapped(of)
    return replace(most, grain=-of(-read.grain))


def _node(
    name: str,
    signal: str,
    shape: tuple[int, ...],
    weights: Integers,
    windows: Windows,
    groups: int,
) -> Conv:
    """A convolution with as much padding on both sides, of a kernel with its holes filled by 0."""
    spread = np.zeros((*weights.shape[:2], *windows.extent), np.int64)
    spread[:, :, :: windows.dilation[0], :: windows.dilation[1]] = weights
    padding = tuple(_padding(windows, axis, shape[1 + axis]) for axis in (0, 1))
    return Conv(
        name,
        (signal,),
        spread,
        np.zeros(len(weights), np.int32),
        (shape[0], shape[1], shape[2]),
        windows.stride,
        (padding[0], padding[1]),
        groups,
    )


def _padding(windows: Windows, axis: int, size: int) -> int:
    """Padding on both sides that has every window of the model's padding, at the same stride."""
    before, stride = windows.before[axis], windows.stride[axis]
    extent = windows.extent[axis]
    last = (windows.places((size, size))[axis] - 1) * stride - before + extent
    padding = before
    while last > size + padding:
        padding += stride
    return padding


def _kept(made: Conv, windows: Windows, size: tuple[int, int]) -> Integers:
    """The sums of the node that are the model's own windows, filter by filter."""
    planes = np.arange(made.size).reshape(len(made.weight), *made.places)
    skip = [
        (more - before) // stride
        for more, before, stride in zip(made.padding, windows.before, windows.stride, strict=True)
    ]
    kept: Integers = planes[:, skip[0] : skip[0] + size[0], skip[1] : skip[1] + size[1]].ravel()
    return kept
