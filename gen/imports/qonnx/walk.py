"""The graph walked once, node by node: constants folded, tensors carried to the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.ends.choices import CHOOSERS, Chosen
from gen.imports.qonnx.ends.inputs import Encoding, encoded, integers
from gen.imports.qonnx.floats.chain import Chain, Raw
from gen.imports.qonnx.floats.elementwise import BESIDE, ELEMENTWISE, elementwise
from gen.imports.qonnx.floats.moves import MOVES, move
from gen.imports.qonnx.floats.quantize import settled
from gen.imports.qonnx.floats.tensor import FEATURES, Tensor
from gen.imports.qonnx.kernel import CUSTOM, DOMAINS, Array, attributes, label, run_node
from gen.imports.qonnx.model import Model
from gen.imports.qonnx.sums.conv import conv
from gen.imports.qonnx.sums.joins import added, concatenated, of_one
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.sums.pools import averaged, largest, reduced
from gen.imports.qonnx.sums.products import gemm, matmul, matmul_left

__all__ = ["Walk", "walk"]

FOLDED = frozenset(
    (
        *("Constant", "Shape", "Size", "Gather", "Unsqueeze", "Squeeze", "Concat", "Reshape"),
        *("Transpose", "Cast", "Identity", "Flatten", "Slice", "Split", "MatMul", "Gemm", "Pad"),
        *("Equal", "Less", "Greater", "Not", "Where", "ReduceSum", "ReduceProd", "ReduceMean"),
        *("ReduceMax", "ReduceMin", "Log", *ELEMENTWISE),
    )
)
"""Operators that are run where all their inputs are constants."""
MADE = frozenset(("ConstantOfShape", "Expand", "Tile", "Range"))
"""Those whose result may be much larger than what they read."""
MOST_MADE = 1 << 24


Value: TypeAlias = Array | Tensor | Chosen


@dataclass(eq=False)
class Walk:
    """Every value by name, the network so far, and how the input is encoded."""

    model: Model
    making: Making = field(default_factory=Making)
    values: dict[str, Value] = field(default_factory=dict)
    encoding: Encoding | None = None

    def take(self, node: NodeProto) -> None:
        """Walk over one node."""
        inputs = [self.values[name] if name else None for name in node.input]
        found = self._found(node, inputs)
        for name, value in zip(node.output, found, strict=False):
            if name:
                self.values[name] = value

    def _found(self, node: NodeProto, inputs: Sequence[Value | None]) -> Sequence[Value]:
        _check_known(node)
        places = [at for at, one in enumerate(inputs) if isinstance(one, Tensor | Chosen)]
        constants = [one if isinstance(one, np.ndarray) else None for one in inputs]
        if not places:
            return _folded(node, constants, self.model.versions)
        chosen = [one for one in inputs if isinstance(one, Chosen)]
        if chosen:
            return self._behind(node, constants, chosen[0])
        tensors = [one for one in inputs if isinstance(one, Tensor)]
        if node.op_type == "Shape":
            return [np.array(tensors[0].shape, np.int64)]
        if len(tensors) == 1:
            return self._one(node, constants, places[0], tensors[0])
        return self._several(node, inputs, tensors)

    def _one(
        self, node: NodeProto, inputs: Sequence[Array | None], place: int, tensor: Tensor
    ) -> Sequence[Value]:
        """A node of one computed input."""
        kind, versions = node.op_type, self.model.versions
        if kind in ELEMENTWISE:
            found = elementwise(node, inputs, place, tensor, versions)
            return [self._settled(self._encoded(found, node), node)]
        if kind in MOVES and place == 0:
            return move(node, inputs, tensor, versions)
        if kind == "MatMul" and place == 0 and inputs[1] is not None:
            return [matmul(self.making, node, self._quantized(node, tensor), inputs[1])]
        if kind == "MatMul" and place == 1 and inputs[0] is not None:
            return [matmul_left(self.making, node, self._quantized(node, tensor), inputs[0])]
        if kind == "Gemm" and place == 0:
            return [gemm(self.making, node, self._quantized(node, tensor), inputs)]
        if kind in IMAGES and place == 0:
            return [IMAGES[kind](self.making, node, self._quantized(node, tensor), inputs)]
        if kind == "Concat":
            return [
                concatenated(self.making, node, [*inputs[:place], tensor, *inputs[place + 1 :]])
            ]
        if kind in CHOOSERS and place == 0:
            return CHOOSERS[kind](node, inputs, tensor)
        raise _unknown(node, place)

    def _several(
        self, node: NodeProto, inputs: Sequence[Value | None], tensors: Sequence[Tensor]
    ) -> Sequence[Value]:
        if node.op_type == "Concat":
            return [
                concatenated(
                    self.making, node, [one for one in inputs if not isinstance(one, Chosen)]
                )
            ]
        if len(tensors) == 2 and node.op_type in BESIDE and not tensors[0].raw:
            alone = of_one(self.making, node, tensors, self.model.versions)
            if alone is not None:
                return [alone]
        if node.op_type == "Sum" and len(inputs) == 2 or node.op_type in ("Add", "Sub"):
            return [added(self.making, node, [self._quantized(node, one) for one in tensors])]
        raise ImportRefused(
            f"{label(node)}: of two computed tensors; only Add, Sub and Concat are read so"
        )

    def _quantized(self, node: NodeProto, tensor: Tensor) -> Tensor:
        if tensor.raw:
            raise ImportRefused(
                f"{label(node)}: reads the input before anything quantizes it; put a Quant node at"
                " the input"
            )
        return tensor

    def _encoded(self, found: Tensor, node: NodeProto) -> Tensor:
        """The model's input behind its first quantizer: codes from here on."""
        if not (found.raw and found.quantized):
            return found
        count = int(np.prod(self.model.given.shape))
        made, self.encoding = encoded(self.making, found, count, node.output[0])
        return made

    def _settled(self, found: Tensor, node: NodeProto) -> Tensor:
        """Codes, where a quantizer's values are read more than once."""
        readers = sum(node.output[0] in one.input for one in self.model.nodes)
        quantizer = all(c.steps and c.steps[-1].op.step for c in found.chains)
        if readers < 2 or found.raw or not quantizer:
            return found
        return settled(self.making, found, label(node))

    def _behind(
        self, node: NodeProto, inputs: Sequence[Array | None], chosen: Chosen
    ) -> Sequence[Value]:
        if node.op_type in MOVES:
            return [chosen]
        if node.op_type in CHOOSERS and not chosen.index:
            return CHOOSERS[node.op_type](node, inputs, chosen.scores)
        raise ImportRefused(
            f"{label(node)}: goes on behind {label(chosen.node)}; end the model there"
        )


def walk(model: Model, integer: str = "") -> Walk:
    """Every node's value. Raises ImportRefused at the first that cannot be had.

    `integer` says of what integers the input is, as `ends.inputs.integers` knows them;
    without it the model begins with a quantizer.
    """
    found = Walk(model)
    count = int(np.prod(model.given.shape))
    order = np.arange(count).reshape(model.given.shape)
    start = Tensor(FEATURES, order, np.zeros_like(order), (Chain(Raw()),), "the input")
    if integer:
        start, found.encoding = integers(found.making, start, integer)
    found.values = {**model.constants, model.given.name: start}
    for node in model.nodes:
        found.take(node)
    return found


def _check_known(node: NodeProto) -> None:
    attributes(node)  # raises where one is damaged
    if node.domain not in DOMAINS:
        raise ImportRefused(
            f"{label(node)}: of domain {node.domain!r}; read are ONNX's own and"
            f" {', '.join(one for one in DOMAINS if '.' in one and one != 'ai.onnx')}"
        )
    if DOMAINS[node.domain] and node.op_type not in CUSTOM:
        raise ImportRefused(f"{label(node)}: unknown; of its domain {', '.join(CUSTOM)} are read")


def _folded(
    node: NodeProto, inputs: Sequence[Array | None], versions: Mapping[str, int]
) -> list[Array]:
    if node.op_type not in FOLDED and node.op_type not in MADE:
        raise _unknown(node, 0)
    if node.op_type in MADE:
        _check_made(node, inputs)
    return run_node(node, inputs, versions)


def _check_made(node: NodeProto, inputs: Sequence[Array | None]) -> None:
    """Raise ImportRefused where a node would make more than is read of any model."""
    with np.errstate(all="ignore"):
        counts = [float(np.prod(one.astype(np.float64))) for one in inputs if one is not None]
        if node.op_type == "Range" and len(inputs) == 3:
            low, high, step = (float(one.ravel()[0]) for one in inputs if one is not None)
            counts = [abs(high - low) / max(abs(step), 1e-9)]
    sizes = [one.size for one in inputs if one is not None]
    if not all(count * max(sizes, default=1) <= MOST_MADE for count in counts[-1:]):
        raise ImportRefused(f"{label(node)}: makes an array that is too large")


def _unknown(node: NodeProto, place: int) -> ImportRefused:
    if node.op_type in (*ELEMENTWISE, *MOVES, "MatMul", "Gemm", "Conv"):
        return ImportRefused(
            f"{label(node)}: input {place} is computed; only constants are read there"
        )
    return ImportRefused(
        f"{label(node)}: this operator is not read; docs/import.md lists those that are"
    )


Image: TypeAlias = Callable[[Making, NodeProto, Tensor, Sequence[Array | None]], Tensor]

IMAGES: Mapping[str, Image] = {
    "Conv": conv,
    "MaxPool": lambda making, node, tensor, _: largest(making, node, tensor),
    "GlobalMaxPool": lambda making, node, tensor, _: largest(making, node, tensor),
    "AveragePool": lambda making, node, tensor, _: averaged(making, node, tensor),
    "GlobalAveragePool": lambda making, node, tensor, _: averaged(making, node, tensor),
    "ReduceMean": reduced,
    "ReduceSum": reduced,
}
"""Operators on images."""
