"""Operators of one computed input: the steps of chains, run by the runtime with each element's own
constants beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import NodeProto, helper

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.chain import Floats, Op
from gen.imports.qonnx.floats.tensor import Tensor, extended, moved
from gen.imports.qonnx.kernel import Array, attributes, label, run_node

__all__ = ["BESIDE", "ELEMENTWISE", "elementwise"]

ALONE = (
    *("Relu", "Sign", "Neg", "Abs", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish"),
    *("Elu", "Selu", "Celu", "Softplus", "Softsign", "Exp", "Erf", "Gelu", "Floor", "Ceil"),
    *("Round", "ThresholdedRelu", "Sqrt", "Reciprocal", "Mish"),
)
BESIDE = ("Add", "Sub", "Mul", "Div", "PRelu", "Min", "Max", "Pow")
QUANTIZERS = ("Quant", "IntQuant", "BipolarQuant", "Trunc", "MultiThreshold")
WHOLE = ("Sign", "Floor", "Ceil", "Round")
"""Those that give whole numbers."""
ELEMENTWISE = (*ALONE, *BESIDE, *QUANTIZERS, "Clip", "BatchNormalization")


@dataclass(frozen=True)
class Given:
    """A node with what it reads: constants, None where left out, and one tensor at `place`."""

    node: NodeProto
    inputs: tuple[Array | None, ...]
    place: int
    tensor: Tensor
    versions: Mapping[str, int]

    def constant(self, at: int, what: str) -> Array:
        """A constant input; raises ImportRefused where it is left out or not finite."""
        found = self.inputs[at] if at < len(self.inputs) else None
        if found is None or not found.size:
            raise ImportRefused(f"{label(self.node)}: {what} is missing; it must be a constant")
        if not np.isfinite(found).all():
            raise ImportRefused(f"{label(self.node)}: {what} is not a finite number; set it right")
        return found


def elementwise(
    node: NodeProto,
    inputs: Sequence[Array | None],
    place: int,
    tensor: Tensor,
    versions: Mapping[str, int],
) -> Tensor:
    """The tensor behind an elementwise node that reads it at `place`, and constants elsewhere."""
    given = Given(node, tuple(inputs), place, tensor, versions)
    kind = node.op_type
    if kind in ("Quant", "IntQuant", "BipolarQuant", "Trunc"):
        return _quantizer(given)
    if kind == "MultiThreshold":
        return _thresholds(given)
    if kind == "BatchNormalization":
        return _normalization(given)
    if kind in BESIDE:
        return _beside(given)
    step = (lambda _: 1.0) if kind in WHOLE else None
    return _stepped(given, {}, step)


def _stepped(
    given: Given,
    own: Mapping[int, Floats],
    step: Callable[[Sequence[Floats]], float] | None,
    node: NodeProto | None = None,
) -> Tensor:
    """With the node as a step: `own` are inputs of each element, by their place; others stay."""
    ran, places = node or given.node, tuple(own)
    fixed, place, versions = given.inputs, given.place, given.versions

    def run(values: Floats, arguments: Sequence[Floats]) -> Floats:
        inputs = list(fixed)
        inputs[place] = values
        for at, one in zip(places, arguments, strict=True):
            inputs[at] = one
        return _float32(ran, run_node(ran, inputs, versions)[0])

    return extended(given.tensor, Op(label(given.node), run, step), list(own.values()))


def _float32(node: NodeProto, found: Array) -> Floats:
    if found.dtype != np.float32:
        raise ImportRefused(
            f"{label(node)}: gives {found.dtype}; export the model with float32 throughout"
        )
    return found


def _spread(given: Given, at: int, value: Array) -> Floats:
    """A constant for every element of the tensor."""
    if value.dtype != np.float32:
        raise ImportRefused(
            f"{label(given.node)}: input {at} is {value.dtype}; export the model with float32"
            " throughout"
        )
    try:
        return np.broadcast_to(value, given.tensor.shape)
    except ValueError:
        raise ImportRefused(
            f"{label(given.node)}: input {at} of shape {value.shape} does not fit a tensor of"
            f" shape {given.tensor.shape}"
        ) from None


def _beside(given: Given) -> Tensor:
    """Add, Mul and the like: the other input, broadcast, is each element's own."""
    if len(given.inputs) != 2:
        raise ImportRefused(f"{label(given.node)}: {len(given.inputs)} inputs; 2 are read")
    other = 1 - given.place
    value = given.constant(other, f"input {other}")
    try:
        shape = np.broadcast_shapes(value.shape, given.tensor.shape)
    except ValueError:
        shape = given.tensor.shape
    wide = moved(given.tensor, lambda at: np.broadcast_to(at, shape), label(given.node))
    given = Given(given.node, given.inputs, given.place, wide, given.versions)
    return _stepped(given, {other: _spread(given, other, value)}, None)


def _normalization(given: Given) -> Tensor:
    """BatchNormalization: scale, bias, mean and variance of each channel."""
    if attributes(given.node).get("training_mode"):
        raise ImportRefused(f"{label(given.node)}: in training mode; export after model.eval()")
    names = ("scale", "bias", "mean", "variance")
    own = {}
    for at, name in enumerate(names, 1):
        own[at] = _spread(given, at, _channels(given, given.constant(at, name), 1))
    if (own[4] < 0).any():
        raise ImportRefused(f"{label(given.node)}: a variance is negative; set it right")
    if given.tensor.source.ndim < 2 or given.place:
        raise ImportRefused(f"{label(given.node)}: reads no (batch, channels, ...)")
    alone = NodeProto()
    alone.CopyFrom(given.node)
    alone.output[:] = alone.output[:1]
    return _stepped(given, own, None, alone)


def _channels(given: Given, value: Array, axis: int) -> Array:
    """One number a channel, shaped to broadcast along the channels' axis."""
    ndim = given.tensor.source.ndim
    if value.size == 1 or ndim < 2:
        return value.reshape(-1)
    return value.reshape([-1 if at == axis % ndim else 1 for at in range(ndim)])


def _quantizer(given: Given) -> Tensor:
    """Quant, BipolarQuant and Trunc: scale and zero point are each element's own."""
    node, own = given.node, {}
    if given.place:
        raise ImportRefused(f"{label(node)}: its scale or width is computed; make it a constant")
    names = {"BipolarQuant": {1: "scale"}}.get(node.op_type, {1: "scale", 2: "zero point"})
    version = given.versions.get(node.domain, 11)
    if node.op_type == "Trunc" and version > 1:
        names |= {4: "output scale"}
    for at, name in names.items():
        own[at] = _spread(given, at, given.constant(at, name))
        if "scale" in name and not (own[at] > 0).all():
            wrong = float(own[at].min())
            raise ImportRefused(
                f"{label(node)}: {name} {wrong:g}; scales are above 0: train or set it anew"
            )
    for at in range(len(given.inputs)):
        if at not in own and at != given.place:
            _check_width(given, at)
    scale = 4 if 4 in own else 1
    place = list(own).index(scale)
    return _stepped(given, own, lambda arguments: float(arguments[place]))


def _check_width(given: Given, at: int) -> None:
    value = given.constant(at, "a bit width")
    if value.size != 1 or not 1 <= float(value.ravel()[0]) <= 32 or float(value.ravel()[0]) % 1:
        raise ImportRefused(
            f"{label(given.node)}: bit width {value.ravel()[:4].tolist()}; one whole number from 1"
            " is read"
        )


def _thresholds(given: Given) -> Tensor:
    """MultiThreshold: a row of thresholds for each channel."""
    node, said = given.node, attributes(given.node)
    rows = given.constant(1, "thresholds")
    layout, ndim = said.get("data_layout", ""), given.tensor.source.ndim
    layout = layout or {2: "NC", 3: "NWC", 4: "NCHW"}.get(ndim, "")
    axis = layout.index("C") if "C" in layout else 1
    count = given.tensor.shape[axis] if axis < ndim else 0
    if rows.ndim != 2 or rows.dtype != np.float32 or len(rows) not in (1, count) or given.place:
        raise ImportRefused(
            f"{label(node)}: thresholds {rows.dtype} {rows.shape} for {count} channels; float32"
            " (channels, steps) are read"
        )
    at = _channels(given, np.arange(len(rows)), axis)
    own = rows[np.broadcast_to(at, given.tensor.shape)]
    kept: dict[str, Any] = {name: said[name] for name in ("out_scale", "out_bias") if name in said}
    plain = helper.make_node(node.op_type, ["v", "t"], ["o"], node.name, domain=node.domain, **kept)
    scale = float(said.get("out_scale", 1.0))
    if not (np.isfinite(scale) and scale > 0):
        raise ImportRefused(f"{label(node)}: out_scale {scale:g}; scales are above 0: set it anew")
    return _stepped(given, {1: own}, lambda _: scale, plain)
