"""Operators that only move elements: run by the runtime on the elements' numbers."""

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import NodeProto, TensorProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.tensor import Tensor, moved
from gen.imports.qonnx.kernel import Array, attributes, label, run_node
from gen.intnet.node import MOST_ELEMENTS, Integers

__all__ = ["MOVES", "move"]

MOVES = (
    *("Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Cast"),
    *("Slice", "Gather", "Expand", "Pad", "Split", "SpaceToDepth", "DepthToSpace", "Resize"),
)


def move(
    node: NodeProto, inputs: Sequence[Array | None], tensor: Tensor, versions: Mapping[str, int]
) -> list[Tensor]:
    """What a node gives that moves the elements of its first input."""
    if node.op_type == "Cast" and attributes(node).get("to") != TensorProto.FLOAT:
        raise ImportRefused(f"{label(node)}: casts floats to another type; leave it out")
    if node.op_type in ("Dropout", "Identity", "Cast"):
        _check_dropout(node, inputs)
        return [moved(tensor, lambda order: order, label(node))]
    _check_pad(node, inputs)
    outputs = len(node.output) if node.op_type == "Split" else 1

    def at(place: int) -> Tensor:
        def ordered(order: Integers) -> Integers:
            found = run_node(node, _given(node, inputs, order), versions)[place]
            if found.size > MOST_ELEMENTS:
                raise ImportRefused(f"{label(node)}: gives {found.size:,} elements")
            return found.astype(np.int64) - 1

        return moved(tensor, ordered, label(node))

    return [at(place) for place in range(outputs)]


def _given(node: NodeProto, inputs: Sequence[Array | None], order: Integers) -> list[Array | None]:
    """The inputs with the elements' numbers from 1 on as floats, so that padding's 0 is none."""
    if order.size >= 1 << 24:
        raise ImportRefused(f"{label(node)}: a tensor of {order.size:,} elements is too large")
    return [(order + 1).astype(np.float32), *inputs[1:]]


def _check_dropout(node: NodeProto, inputs: Sequence[Array | None]) -> None:
    training = inputs[2] if node.op_type == "Dropout" and len(inputs) > 2 else None
    if training is not None and training.any():
        raise ImportRefused(f"{label(node)}: in training mode; export after model.eval()")


def _check_pad(node: NodeProto, inputs: Sequence[Array | None]) -> None:
    """Raise ImportRefused where elements are made that are none of the tensor's, nor 0."""
    said = attributes(node)
    if node.op_type == "Resize" and said.get("mode", "nearest") != "nearest":
        raise ImportRefused(f"{label(node)}: of mode {said['mode']!r}; only 'nearest' is read")
    if node.op_type != "Pad":
        return
    value = inputs[2] if len(inputs) > 2 else said.get("value", 0.0)
    if said.get("mode", "constant") == "constant" and value is not None and np.any(value):
        raise ImportRefused(f"{label(node)}: pads with {value}; only 0 is read: pad with 0")
