"""Sums of tensors, and tensors one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.folding import near_unit
from gen.imports.qonnx.floats.chain import Affine, Chain, Fixed, Floats, Listed, Values, tabulate
from gen.imports.qonnx.floats.quantize import Integral, integral, stepped
from gen.imports.qonnx.floats.tensor import CONSTANT, Tensor, begun, joined, moved
from gen.imports.qonnx.kernel import Array, attributes, label, run_node
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.sums.products import LARGEST, ROUNDING
from gen.intnet.network import Add, Concat, Conv
from gen.intnet.node import Integers

__all__ = ["added", "concatenated", "of_one"]


def of_one(
    making: Making, node: NodeProto, tensors: Sequence[Tensor], versions: Mapping[str, int]
) -> Tensor | None:
    """An operator of two tensors that are functions of the same integers, element by element, as
    x * sigmoid(x) is: run on all values. None where they are of others."""
    first, second = tensors
    same = first.signal == second.signal and first.shape == second.shape
    if not same or (first.source != second.source).any() or (first.source < 0).any():
        return None
    pairs = np.stack([first.kind.ravel(), second.kind.ravel()], axis=1)
    unique, place = np.unique(pairs, axis=0, return_inverse=True)
    kind = place.reshape(first.shape)
    ranges = making.ranges(first.signal, first.source, kind)
    chains = []
    for at, (one, other) in enumerate(unique.tolist()):
        given = [
            tabulate(tensor.chains, {which: ranges[at]})[which]
            for tensor, which in ((first, one), (second, other))
        ]
        chains.append(Chain(_run_both(node, given[0], given[1], versions)))
    return Tensor(first.signal, first.source, kind, tuple(chains), label(node))


def _run_both(
    node: NodeProto, first: Values, second: Values, versions: Mapping[str, int]
) -> Listed:
    """The floats of an operator on two functions of one integer; with ends where one has any."""

    def run(left: Floats, right: Floats) -> Floats:
        found: Floats = run_node(node, [left, right], versions)[0]
        return found

    middle = run(first.middle, second.middle)
    if first.exact and second.exact:
        return Listed(first.low, middle.tobytes(), None)
    corners = [run(a, b) for a in (first.least, first.most) for b in (second.least, second.most)]
    ends = np.min(corners, axis=0).tobytes(), np.max(corners, axis=0).tobytes()
    return Listed(first.low, middle.tobytes(), None, ends)


def added(making: Making, node: NodeProto, tensors: Sequence[Tensor]) -> Tensor:
    """Add and Sub of two computed tensors, broadcast: integers of one step, added."""
    shape = np.broadcast_shapes(*(one.shape for one in tensors))
    wide = [moved(one, lambda at: np.broadcast_to(at, shape), one.label) for one in tensors]
    sides = [integral(making, one, label(node)).mapped(np.ravel) for one in wide]
    if node.op_type == "Sub":
        sides[1] = replace(sides[1], factor=-sides[1].factor, offset=-sides[1].offset)
    step, parts = _common(node, *sides)
    factors = [np.where(s.source >= 0, s.factor * p, 0) for s, p in zip(sides, parts, strict=True)]
    offset = sides[0].offset * parts[0] + sides[1].offset * parts[1]
    names = tuple(
        _scaled(making, node, side, factor) for side, factor in zip(sides, factors, strict=True)
    )
    name = making.add(Add(making.name(label(node)), names, len(offset)))
    error = _errors(sides, step, parts)
    chains = [
        Chain(Affine(*one))
        for one in zip(step.tolist(), offset.tolist(), [0.0] * len(step), error, strict=True)
    ]
    return begun(name, np.arange(len(offset)).reshape(shape), chains, label(node))


def _common(
    node: NodeProto, first: Integral, second: Integral
) -> tuple[NDArray[np.float64], tuple[Integers, Integers]]:
    """A step for each element of which both sides' steps are multiples, and the multiples."""
    pairs = np.stack([first.step, second.step], axis=1)
    for at, side in enumerate((first, second)):
        nothing = (side.source < 0) & (side.offset == 0)
        pairs[nothing, at] = pairs[nothing, 1 - at]
    unique, place = np.unique(pairs, axis=0, return_inverse=True)
    steps = np.array([near_unit(pair) for pair in unique])
    steps = np.where((unique == unique[:, :1]).all(axis=1), unique[:, 0], steps)
    parts = np.rint(unique / steps[:, None])
    far = np.abs(parts * steps[:, None] - unique) > 2.0**-20 * unique
    if (parts > LARGEST).any() or far.any():
        at = int(np.flatnonzero((parts > LARGEST).any(axis=1) | far.any(axis=1))[0])
        raise ImportRefused(
            f"{label(node)}: adds multiples of {unique[at, 0]:g} and of {unique[at, 1]:g}, which"
            " have no common step; give both quantizers one scale, as for residual connections"
        )
    whole = parts.astype(np.int64)[place.ravel()]
    return steps[place.ravel()], (whole[:, 0], whole[:, 1])


def _scaled(making: Making, node: NodeProto, side: Integral, factor: Integers) -> str:
    """A signal of one side's integers, in the tensor's order, each times its factor."""
    read = making.gathered(side.signal, np.maximum(side.source, 0), label(node))
    if (factor == 1).all():
        return read
    if np.abs(factor).max() > LARGEST:
        raise ImportRefused(
            f"{label(node)}: adds in {np.abs(factor).max()} steps of each other; {LARGEST} at most:"
            " give both quantizers one scale"
        )
    count = len(factor)
    weight = factor.reshape(count, 1, 1, 1)
    name, bias = making.name(label(node), "scaled"), np.zeros(count, np.int32)
    return making.add(Conv(name, (read,), weight, bias, (count, 1, 1), groups=count))


def _errors(
    sides: Sequence[Integral], step: NDArray[np.float64], parts: tuple[Integers, Integers]
) -> list[float]:
    """How far float32 may lie from the step's multiple: 0 where it is exact."""
    reach, grain = sides[0].reach + sides[1].reach, np.minimum(sides[0].grain, sides[1].grain)
    same = np.ones(len(step), bool)
    given = np.zeros(len(step))
    for side, part in zip(sides, parts, strict=True):
        same &= side.step == step * part
        given += side.error + np.abs(side.step - step * part) * side.reach / side.step
    exact = same & (given == 0) & (reach <= 2.0 ** (grain + 24.0))
    found: list[float] = np.where(exact, 0.0, given + 2 * ROUNDING * reach).tolist()
    return found


def concatenated(
    making: Making, node: NodeProto, inputs: Sequence[Tensor | Array | None]
) -> Tensor:
    """Concat of computed tensors, and of constants among them."""
    tensors = [_tensor(node, one) for one in inputs if one is not None]
    axis, ndim = int(attributes(node).get("axis", 0)), tensors[0].source.ndim
    shapes = {tuple(np.delete(one.shape, axis % ndim)) for one in tensors if -ndim <= axis < ndim}
    if len(shapes) != 1 or any(one.source.ndim != ndim for one in tensors):
        raise ImportRefused(f"{label(node)}: shapes {[one.shape for one in tensors]} do not fit")
    computed = [one for one in tensors if (one.source >= 0).any()]
    if len({one.signal for one in computed}) > 1:
        tensors = [_coded(making, node, one) for one in tensors]
    starts: dict[str, int] = {}
    total = 0
    for one in tensors:
        if (one.source >= 0).any() and one.signal not in starts:
            starts[one.signal] = total
            total += making.signals[one.signal].size
    name = next(iter(starts))
    if len(starts) > 1:
        name = making.add(Concat(making.name(label(node)), tuple(starts), total))
    offsets = [starts.get(one.signal, 0) for one in tensors]
    return replace(joined(tensors, axis, offsets, name), label=label(node))


def _coded(making: Making, node: NodeProto, tensor: Tensor) -> Tensor:
    """A quantized tensor as codes; any other as it is."""
    ready = all(not chain.steps for chain in tensor.chains)
    return tensor if ready or not tensor.quantized else stepped(making, tensor, label(node))


def _tensor(node: NodeProto, value: Tensor | Array) -> Tensor:
    """A constant as a tensor of constants."""
    if isinstance(value, Tensor):
        return value
    if value.dtype != np.float32:
        raise ImportRefused(f"{label(node)}: a constant is {value.dtype}; float32 is read")
    chains = [Chain(Fixed(one)) for one in value.ravel().tolist()]
    return begun("", np.full(value.shape, CONSTANT, np.int64), chains, label(node))
