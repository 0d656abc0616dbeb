"""MatMul, Gemm and Conv: weights and a tensor's steps become integer weights, checked exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.chain import Affine, Chain
from gen.imports.qonnx.floats.integers import NO_GRAIN, distance, granules, multiples
from gen.imports.qonnx.floats.quantize import Integral, integral
from gen.imports.qonnx.floats.tensor import Tensor, begun, moved
from gen.imports.qonnx.kernel import Array, attributes, label
from gen.imports.qonnx.sums.network import Making
from gen.intnet.held import WEIGHT_BITS
from gen.intnet.network import Linear
from gen.intnet.node import Integers

__all__ = [
    "Products",
    "check_weights",
    "gemm",
    "linear",
    "matmul",
    "matmul_left",
    "started",
    "whole_weights",
]

MOST_WEIGHTS = 1 << 26
LARGEST = (1 << WEIGHT_BITS - 1) - 1
MOST_OFFSET = 1 << 31
ROUNDING = 2.0**-24


@dataclass(frozen=True, eq=False)
class Products:
    """Weights (out, in) of floats as whole numbers: weight = step[out] * whole, within
    `error` of the sum of all products; `exact` where no order of additions rounds."""

    whole: Integers
    step: NDArray[np.float64]
    error: NDArray[np.float64]


def whole_weights(
    node: NodeProto, weights: Array, read: Integral, bias: Array, steps: Array | None = None
) -> Products:
    """Rows of weights (out, in) on integers (in,), or (out, in) where each row has its own; each
    row has a step, the same for all where that is possible. `bias` (out,) is in the runtime's sum.
    `steps` (out, in) are what quantizers say that the weights are multiples of.

    Raises ImportRefused where a weight lies off the grid, or is not finite.
    """
    if weights.dtype != np.float32:
        raise ImportRefused(
            f"{label(node)}: weights are {weights.dtype}; export the model with float32 throughout"
        )
    wide = weights.astype(np.float64)
    if not (np.isfinite(wide).all() and np.isfinite(bias).all()):
        raise ImportRefused(f"{label(node)}: a weight is not a finite number; train it anew")
    scaled = wide * read.step
    hints = _hints(scaled, steps, read)
    step = distance(scaled, hints[0] if hints.min() == hints.max() else None)
    own = np.full(len(wide), step) if step else _rows(node, scaled, hints, read)
    whole = np.stack([_multiples(node, row, one) for row, one in zip(scaled, own, strict=True)])
    reach = (np.abs(wide) * read.reach).sum(axis=1) + np.abs(bias)
    grain = np.minimum(granules(wide) + read.grain, NO_GRAIN).min(axis=1, initial=NO_GRAIN)
    grain = np.minimum(grain, granules(bias))
    exact = (reach <= 2.0 ** (grain + 24.0)) & (scaled == whole * own[:, None]).all(axis=1)
    given = (np.abs(wide) * read.error).sum(axis=1)
    rounding = (wide.shape[1] + 2) * ROUNDING * reach + given
    rounding += (np.abs(scaled - whole * own[:, None]) * (read.reach / read.step)).sum(axis=1)
    inexact = ~exact | (given > 0)
    return Products(whole, own, np.where(inexact, rounding, 0.0))


def _hints(scaled: NDArray[np.float64], steps: Array | None, read: Integral) -> NDArray[np.float64]:
    """The step of each row as quantizers say it; 0 where they say none, or several."""
    if steps is None:
        return np.zeros(len(scaled))
    wide = np.broadcast_to(steps.astype(np.float64) * read.step, scaled.shape)
    return np.where((wide == wide[:, :1]).all(axis=1), wide[:, 0], 0.0)


def _rows(
    node: NodeProto, scaled: NDArray[np.float64], hints: NDArray[np.float64], read: Integral
) -> NDArray[np.float64]:
    steps = [distance(row, hint) for row, hint in zip(scaled, hints, strict=True)]
    for row, step in zip(scaled, steps, strict=True):
        if step is None:
            scales = np.unique(np.broadcast_to(read.step, scaled.shape))
            if len(scales) > 1:
                raise ImportRefused(
                    f"{label(node)}: one sum reads multiples of {scales[0]:g} and of {scales[1]:g},"
                    f" which have no common step with its weights; give what {read.label} gives one"
                    " scale"
                )
            some = ", ".join(f"{one:g}" for one in np.unique(row)[:3])
            raise ImportRefused(
                f"{label(node)}: weights off the grid ({some}, ... have no common step); quantize"
                " them by a Quant or BipolarQuant node"
            )
    return np.array(steps, np.float64)


def _multiples(node: NodeProto, row: NDArray[np.float64], step: float) -> Integers:
    whole = multiples(row, step)
    assert whole is not None
    return whole


def matmul(making: Making, node: NodeProto, tensor: Tensor, weights: Array) -> Tensor:
    """A tensor (..., in) times a matrix (in, out)."""
    if weights.ndim != 2 or tensor.shape[-1:] != weights.shape[:1]:
        raise ImportRefused(
            f"{label(node)}: a tensor of shape {tensor.shape} times {weights.shape}; a matrix of"
            f" {tensor.shape[-1] if tensor.shape else 0} rows is read"
        )
    known = making.steps.get(node.input[1])
    steps = None if known is None else known.T
    return linear(making, node, tensor, weights.T, np.zeros(weights.shape[1]), steps)


def matmul_left(making: Making, node: NodeProto, tensor: Tensor, weights: Array) -> Tensor:
    """A matrix (out, in) times a tensor (in, columns)."""
    if weights.ndim != 2 or tensor.source.ndim != 2:
        raise ImportRefused(
            f"{label(node)}: weights {weights.shape} times a tensor of shape {tensor.shape}; both"
            " of two dimensions are read"
        )
    turned = moved(tensor, np.transpose, tensor.label)
    none, steps = np.zeros(len(weights)), making.steps.get(node.input[0])
    if turned.shape[1] != weights.shape[1]:
        raise ImportRefused(f"{label(node)}: weights {weights.shape} times {tensor.shape}")
    return moved(linear(making, node, turned, weights, none, steps), np.transpose, label(node))


def gemm(making: Making, node: NodeProto, tensor: Tensor, inputs: Sequence[Array | None]) -> Tensor:
    """Gemm: alpha * tensor @ weights + beta * bias."""
    said, weights = attributes(node), inputs[1]
    assert weights is not None
    if said.get("transA") or tensor.source.ndim != 2:
        raise ImportRefused(f"{label(node)}: reads a tensor of shape {tensor.shape} or transposed")
    rows = weights if said.get("transB") else weights.T
    bias = inputs[2] if len(inputs) > 2 and inputs[2] is not None else np.zeros(1, np.float32)
    alpha, beta = (np.float32(said.get(name, 1.0)) for name in ("alpha", "beta"))
    if rows.ndim != 2 or rows.shape[1] != tensor.shape[1] or bias.size not in (1, len(rows)):
        raise ImportRefused(
            f"{label(node)}: weights {weights.shape} and bias {bias.shape} on {tensor.shape}"
        )
    spread = np.broadcast_to((beta * bias).ravel(), len(rows))
    known = making.steps.get(node.input[1])
    steps = None if known is None else alpha * (known if said.get("transB") else known.T)
    return linear(making, node, tensor, alpha * rows, spread, steps)


def linear(
    making: Making,
    node: NodeProto,
    tensor: Tensor,
    rows: Array,
    bias: Array,
    steps: Array | None = None,
) -> Tensor:
    """Rows (out, in) on each vector of a tensor (..., in): one node of sums for all of them."""
    read = integral(making, tensor, label(node))
    vectors, wide = int(np.prod(tensor.shape[:-1])), tensor.shape[-1]
    size = making.signals[read.signal].size
    if vectors * len(rows) * size > MOST_WEIGHTS:
        raise ImportRefused(
            f"{label(node)}: {vectors * len(rows):,} sums of {size:,} integers are too many"
        )
    weight = np.zeros((vectors, len(rows), size), np.int64)
    chains: list[Chain] = []
    for at in range(vectors):
        part = read.mapped(lambda one: one.reshape(-1, wide)[at])  # noqa: B023 - called at once
        made = whole_weights(node, rows, part, bias, steps)
        seen = part.source >= 0
        np.add.at(weight[at].T, part.source[seen], (made.whole * part.factor)[:, seen].T)
        offset = made.whole @ part.offset
        chains += started(made, offset, bias)
    flat = weight.reshape(-1, size)
    check_weights(node, flat)
    name = making.add(
        Linear(
            making.name(label(node)),
            (read.signal,),
            flat,
            np.zeros(len(flat), np.int32),
        )
    )
    source = np.arange(len(flat)).reshape(*tensor.shape[:-1], len(rows))
    return begun(name, source, chains, label(node))


def started(made: Products, offset: Integers, bias: Array) -> list[Chain]:
    """The chain of each sum: its step, what the codes' offsets (out,) add, and the bias."""
    chains = []
    for step, more, plus, error in zip(
        made.step.tolist(),
        offset.tolist(),
        np.asarray(bias, np.float64).tolist(),
        made.error.tolist(),
        strict=True,
    ):
        steps = plus / step
        if abs(steps) < MOST_OFFSET and steps == round(steps):
            more, plus = more + round(steps), 0.0
        chains.append(Chain(Affine(step, more, plus, error)))
    return chains


def check_weights(node: NodeProto, weights: Integers) -> None:
    most = int(np.abs(weights).max(initial=0))
    if most > LARGEST:
        raise ImportRefused(
            f"{label(node)}: weights reach {most} steps; {LARGEST} at most: quantize them to fewer"
            " bits"
        )
