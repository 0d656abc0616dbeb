"""Pools: the greatest integer of each window, or the window's sum, which the runtime divides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from onnx import NodeProto, helper

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.chain import Affine, Chain, Floats, Listed, Op, tabulate
from gen.imports.qonnx.floats.quantize import stepped
from gen.imports.qonnx.floats.tensor import Tensor, begun, extended
from gen.imports.qonnx.kernel import Array, attributes, label, run_node
from gen.imports.qonnx.sums.conv import summed
from gen.imports.qonnx.sums.geometry import Windows, image, windows_of
from gen.imports.qonnx.sums.network import Making
from gen.intnet.network import Conv, Max
from gen.intnet.node import Integers

__all__ = ["averaged", "largest", "reduced"]

AT_ONCE = 1 << 21


def largest(making: Making, node: NodeProto, tensor: Tensor) -> Tensor:
    """MaxPool and GlobalMaxPool."""
    windows = _windows(node, tensor)
    shape = image(node, tensor)
    places = windows.elements((shape[1], shape[2]))
    places = np.where(places < 0, places.max(axis=1, keepdims=True), places)
    planes = np.arange(shape[0])[:, None, None] * (shape[1] * shape[2])
    read = (planes + places).reshape(-1, places.shape[1])
    flat = replace(tensor, source=tensor.source.ravel(), kind=tensor.kind.ravel())
    flat = _rising(making, node, flat, read)
    wiring = flat.source[read]
    name = making.add(Max(making.name(label(node)), (flat.signal,), wiring.astype(np.int32)))
    outer = _outer(tensor, shape[0], windows.places((shape[1], shape[2])))
    source = np.arange(len(read)).reshape(outer)
    return Tensor(name, source, flat.kind[read[:, 0]].reshape(outer), flat.chains, label(node))


def _windows(node: NodeProto, tensor: Tensor) -> Windows:
    if node.op_type.startswith("Global"):
        _, high, wide = image(node, tensor)
        return Windows((high, wide), (1, 1), (1, 1), (0, 0), (0, 0))
    return windows_of(node, tensor)


def _outer(tensor: Tensor, channels: int, size: tuple[int, int]) -> tuple[int, ...]:
    return (1, channels, *size) if tensor.source.ndim == 4 else (1, channels, size[1])


def _rising(making: Making, node: NodeProto, flat: Tensor, read: Integers) -> Tensor:
    """The tensor (flat) with integers that rise with its floats, alike in each window."""
    if (flat.source[read] < 0).any():
        raise ImportRefused(f"{label(node)}: constants lie among its input; pad behind it")
    if flat.quantized and any(chain.steps for chain in flat.chains):
        flat = stepped(making, flat, label(node))
    if not _alike(flat, read):
        flat = _rebased(making, node, flat)
    if not _alike(flat, read):
        flat = stepped(making, flat, label(node))
    if not _alike(flat, read):
        raise ImportRefused(
            f"{label(node)}: its windows hold several scales; give each channel one scale"
        )
    ways = _ways(making, flat)
    if any(way is None for way in ways.values()):
        flat = stepped(making, flat, label(node))
        ways = dict.fromkeys(ways, 1)
    if any(way == -1 for way in ways.values()):
        return _turned(making, node, flat, ways)
    return flat


def _alike(flat: Tensor, read: Integers) -> bool:
    kinds = flat.kind[read]
    return bool((kinds == kinds[:, :1]).all())


def _rebased(making: Making, node: NodeProto, flat: Tensor) -> Tensor:
    """With the offsets of sums added by a node of its own, so that chains do not differ by them."""
    starts = [chain.start for chain in flat.chains]
    offsets = np.array([one.offset if isinstance(one, Affine) else 0 for one in starts])
    if not offsets.any():
        return flat
    chains = [
        replace(chain, start=replace(chain.start, offset=0))
        if isinstance(chain.start, Affine)
        else chain
        for chain in flat.chains
    ]
    signal = _each(
        making, node, flat, np.ones(len(flat.source), np.int64), offsets[flat.kind], "moved"
    )
    source = np.arange(len(flat.source))
    return begun(signal, source, [chains[kind] for kind in flat.kind.tolist()], flat.label)


def _each(
    making: Making, node: NodeProto, flat: Tensor, factor: Integers, offset: Integers, what: str
) -> str:
    """A signal of factor * element + offset, for each element of a flat tensor."""
    signal, count = making.gathered(flat.signal, flat.source, label(node)), len(factor)
    weight, bias = factor.reshape(count, 1, 1, 1), offset.astype(np.int32)
    name = making.name(label(node), what)
    return making.add(Conv(name, (signal,), weight, bias, (count, 1, 1), groups=count))


def _ways(making: Making, flat: Tensor) -> dict[int, int | None]:
    """Of every chain, whether its floats rise (1) or fall (-1) with the integer, or neither."""
    ranges = making.ranges(flat.signal, flat.source, flat.kind)
    found: dict[int, int | None] = {}
    for kind, values in tabulate(flat.chains, ranges).items():
        steps = np.diff(values.middle)
        rises, falls = bool((steps >= 0).all()), bool((steps <= 0).all())
        found[kind] = 1 if rises else -1 if falls else None
    return found


def _turned(making: Making, node: NodeProto, flat: Tensor, ways: dict[int, int | None]) -> Tensor:
    """With the integers of falling chains negated."""
    signs = np.array([ways[kind] or 1 for kind in flat.kind.tolist()])
    name = _each(making, node, flat, signs, np.zeros_like(signs), "negated")
    chains = tuple(
        _negated(chain) if ways.get(kind) == -1 else chain for kind, chain in enumerate(flat.chains)
    )
    return replace(flat, signal=name, source=np.arange(len(signs)), chains=chains)


def _negated(chain: Chain) -> Chain:
    """The chain of an integer's negative."""
    start = chain.start
    if isinstance(start, Affine):
        turned = replace(start, scale=-start.scale, offset=-start.offset)
        return Chain(turned, chain.steps)
    assert isinstance(start, Listed)
    floats = np.frombuffer(start.floats, np.float32)
    low = -(start.low + len(floats) - 1)
    ends = start.ends and tuple(np.frombuffer(one, np.float32)[::-1] for one in start.ends)
    turned_ends = (ends[0].tobytes(), ends[1].tobytes()) if ends else None
    return Chain(Listed(low, floats[::-1].tobytes(), start.step, turned_ends), chain.steps)


def averaged(making: Making, node: NodeProto, tensor: Tensor) -> Tensor:
    """AveragePool and GlobalAveragePool: the sum, and what the runtime makes of it."""
    windows = _windows(node, tensor)
    if attributes(node).get("ceil_mode"):
        raise ImportRefused(f"{label(node)}: ceil_mode is not read; pad the image instead")
    shape = image(node, tensor)
    sums = summed(making, node, tensor, windows)
    inside = (windows.elements((shape[1], shape[2])) >= 0).sum(axis=1)
    whole = windows.kernel[0] * windows.kernel[1]
    if attributes(node).get("count_include_pad"):
        inside = np.full(len(inside), whole)
    return _divided(node, sums, inside)


def _divided(node: NodeProto, sums: Tensor, counts: Integers) -> Tensor:
    """Each sum through the node's own division, by the count of its window."""
    size = (1, 1, *sums.shape[2:])
    spread = np.broadcast_to(counts.reshape(size), sums.shape)

    def run(values: Floats, arguments: Sequence[Floats]) -> Floats:
        found = np.empty_like(values)
        for count in np.unique(arguments[0]):
            at = arguments[0] == count
            found[:, at] = _through(node, int(count), values[:, at])
        return found

    return extended(sums, Op(label(node), run), [spread.astype(np.float32)])


def _through(node: NodeProto, count: int, values: Floats) -> Floats:
    """Sums (n, K) as the node answers for a window that has them, and zeros."""
    kind = "GlobalAveragePool" if node.op_type == "GlobalAveragePool" else "AveragePool"
    more: dict[str, Any] = {} if kind != "AveragePool" else {"kernel_shape": [1, count]}
    alone = helper.make_node(kind, ["x"], ["y"], node.name, **more)
    flat, parts = values.reshape(-1), []
    for at in range(0, flat.size, max(1, AT_ONCE // count)):
        part = flat[at : at + max(1, AT_ONCE // count)]
        window: Floats = np.zeros((len(part), 1, 1, count), np.float32)
        window[:, 0, 0, 0] = part
        parts.append(run_node(alone, [window], {"": 13})[0].ravel())
    return np.concatenate(parts).reshape(values.shape)


def reduced(
    making: Making, node: NodeProto, tensor: Tensor, inputs: Sequence[Array | None]
) -> Tensor:
    """ReduceMean and ReduceSum over all places of each channel."""
    said = attributes(node)
    axes = said.get("axes") if len(inputs) < 2 or inputs[1] is None else inputs[1].tolist()
    ndim = tensor.source.ndim
    given = sorted(int(one) % ndim for one in axes) if axes else []
    if given != list(range(2, ndim)) or ndim not in (3, 4):
        raise ImportRefused(f"{label(node)}: over axes {axes}; over all places of channels is read")
    _, high, wide = image(node, tensor)
    sums = summed(making, node, tensor, Windows((high, wide), (1, 1), (1, 1), (0, 0), (0, 0)))
    if node.op_type == "ReduceMean":
        sums = _divided(node, sums, np.array([high * wide]))
    if not said.get("keepdims", 1):
        shape = sums.shape[:2]
        sums = replace(sums, source=sums.source.reshape(shape), kind=sums.kind.reshape(shape))
    return sums
