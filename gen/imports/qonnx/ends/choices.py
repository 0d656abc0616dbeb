"""Operators that end a model: they choose among scores, or change none's order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.kernel import Array, attributes, label, run_node

__all__ = ["CHOOSERS", "Chosen", "chosen_of"]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Behind an argmax or a softmax: the scores of before, and the nodes that chose."""

    scores: Tensor
    node: NodeProto
    index: bool
    last: bool = False


def _argmax(node: NodeProto, inputs: Sequence[Array | None], tensor: Tensor) -> Sequence[Chosen]:
    said = attributes(node)
    _check_axis(node, int(said.get("axis", 0)), tensor)
    return [Chosen(tensor, node, True, bool(said.get("select_last_index", 0)))]


def _topk(node: NodeProto, inputs: Sequence[Array | None], tensor: Tensor) -> Sequence[Chosen]:
    said = attributes(node)
    _check_axis(node, int(said.get("axis", -1)), tensor)
    count = said.get("k") if len(inputs) < 2 or inputs[1] is None else int(inputs[1].ravel()[0])
    if count != 1 or not said.get("largest", 1):
        raise ImportRefused(f"{label(node)}: the best {count}; only the largest one is read: k=1")
    return [Chosen(tensor, node, False), Chosen(tensor, node, True)]


def _softmax(node: NodeProto, inputs: Sequence[Array | None], tensor: Tensor) -> Sequence[Chosen]:
    _check_axis(node, int(attributes(node).get("axis", -1)), tensor)
    return [Chosen(tensor, node, False)]


def _check_axis(node: NodeProto, axis: int, tensor: Tensor) -> None:
    """Raise ImportRefused unless it chooses among all elements."""
    shape = tensor.shape
    inside = -len(shape) <= axis < len(shape)
    if not inside or shape[axis] != tensor.source.size:
        raise ImportRefused(
            f"{label(node)}: along axis {axis} of a tensor of shape {shape}; it is read where it"
            " is along all elements"
        )


def chosen_of(chosen: Chosen, floats: Array, versions: Mapping[str, int]) -> int | None:
    """The class that a chooser takes, run by the runtime; None where it takes none."""
    if chosen.node.op_type not in ("ArgMax", "TopK"):
        return None
    alone = NodeProto()
    alone.CopyFrom(chosen.node)
    inputs = [floats] if len(alone.input) < 2 else [floats, np.array([1], np.int64)]
    return int(run_node(alone, inputs, versions)[-1].ravel()[0])


CHOOSERS: Mapping[str, Callable[..., Sequence[Chosen]]] = {
    "ArgMax": _argmax,
    "TopK": _topk,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
}
"""Operators that end a model: they choose among scores, or change none's order."""
