"""The graph walked once, node by node: constants folded, tensors carried to the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.ends.choices import CHOOSERS, Chosen
from gen.imports.qonnx.ends.inputs import Encoding, encoded, integers
from gen.imports.qonnx.floats.chain import Affine, Chain, Raw
from gen.imports.qonnx.floats.elementwise import BESIDE, ELEMENTWISE, elementwise
from gen.imports.qonnx.floats.moves import MOVES, move
from gen.imports.qonnx.floats.quantize import settled
from gen.imports.qonnx.floats.tensor import FEATURES, Tensor
from gen.imports.qonnx.folded import folded, unknown
from gen.imports.qonnx.kernel import CUSTOM, DOMAINS, Array, attributes, label, run_node
from gen.imports.qonnx.model import Model
from gen.imports.qonnx.sums.conv import conv, transposed
from gen.imports.qonnx.sums.joins import added, concatenated, of_one
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.sums.pairs import summed_pairs, tabled_pairs
from gen.imports.qonnx.sums.pools import averaged, largest, reduced
from gen.imports.qonnx.sums.products import gemm, matmul, matmul_left
from gen.intnet.network import NetError

__all__ = ["Walk", "walk"]

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
        try:
            found = self._found(node, inputs)
        except NetError as error:
            raise ImportRefused(
                f"{label(node)}: does not fit the network's format ({error}); quantize what it"
                " reads to fewer bits"
            ) from None
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError) as e:
            said = f"{type(e).__name__}: {' '.join(str(e).split())[:200]}"
            raise ImportRefused(
                f"{label(node)}: cannot be read as it is used here ({said}); export the model anew"
            ) from e
        for name, value in zip(node.output, found, strict=False):
            if name:
                self.values[name] = value

    def _found(self, node: NodeProto, inputs: Sequence[Value | None]) -> Sequence[Value]:
        _check_known(node)
        places = [at for at, one in enumerate(inputs) if isinstance(one, Tensor | Chosen)]
        constants = [one if isinstance(one, np.ndarray) else None for one in inputs]
        if not places:
            found = folded(node, constants, self.model.versions)
            self._known_steps(node, constants, found)
            return found
        chosen = [one for one in inputs if isinstance(one, Chosen)]
        if chosen:
            return self._behind(node, constants, chosen[0])
        tensors = [one for one in inputs if isinstance(one, Tensor)]
        if node.op_type == "Shape":
            return [np.array(tensors[0].shape, np.int64)]
        if len(tensors) == 1:
            return self._one(node, constants, places[0], tensors[0])
        return self._several(node, inputs, tensors)

    def _known_steps(
        self, node: NodeProto, inputs: Sequence[Array | None], found: Sequence[Array]
    ) -> None:
        """Of which number a constant's elements are multiples, where a quantizer made it."""
        steps: Array | None = None
        if node.op_type in ("Quant", "IntQuant", "BipolarQuant") and inputs[1] is not None:
            steps = np.broadcast_to(inputs[1], found[0].shape)
        elif node.op_type in ("Transpose", "Reshape", "Identity", "Flatten", "Squeeze"):
            known = self.making.steps.get(node.input[0])
            if known is not None:
                steps = run_node(node, [known, *inputs[1:]], self.model.versions)[0]
        if steps is not None:
            self.making.steps[node.output[0]] = steps

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
        raise unknown(node, place)

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
        if len(inputs) == 2 and node.op_type in (*BESIDE, "Sum"):
            return [self._of_two(node, [self._quantized(node, one) for one in tensors])]
        raise ImportRefused(
            f"{label(node)}: of {len(tensors)} computed tensors; Concat is read so, and of two Add,"
            " Sub, and others of few bits"
        )

    def _of_two(self, node: NodeProto, tensors: Sequence[Tensor]) -> Tensor:
        """Two tensors of the same shape: added as integers, else pair by pair."""
        versions = self.model.versions
        if node.op_type not in ("Add", "Sub", "Sum"):
            made = tabled_pairs(self.making, node, tensors, versions)
            if made is None:
                raise ImportRefused(
                    f"{label(node)}: of two computed tensors, which is read where both are"
                    " quantized to up to 8 bits together with a sign: put Quant nodes before it"
                )
            return made
        back = self.making.without()
        try:
            made = added(self.making, node, tensors)
        except ImportRefused:
            made = summed_pairs(self.making, node, tensors, versions)
            if made is None:
                raise
            return made
        if not any(isinstance(one.start, Affine) and one.start.error for one in made.chains):
            return made
        self.making.rough.append(label(node))
        if not self.making.finer:
            return made
        back()
        return summed_pairs(self.making, node, tensors, versions) or added(
            self.making, node, tensors
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


def walk(model: Model, integer: str = "", finer: bool = False) -> Walk:
    """Every node's value. Raises ImportRefused at the first that cannot be had.

    `integer` says of what integers the input is, as `ends.inputs.integers` knows them;
    without it the model begins with a quantizer. With `finer`, sums of two tensors that float32
    rounds are exact, of larger integers.
    """
    found = Walk(model, Making(finer=finer))
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


Image: TypeAlias = Callable[[Making, NodeProto, Tensor, Sequence[Array | None]], Tensor]

IMAGES: Mapping[str, Image] = {
    "Conv": conv,
    "ConvTranspose": transposed,
    "MaxPool": lambda making, node, tensor, _: largest(making, node, tensor),
    "GlobalMaxPool": lambda making, node, tensor, _: largest(making, node, tensor),
    "AveragePool": lambda making, node, tensor, _: averaged(making, node, tensor),
    "GlobalAveragePool": lambda making, node, tensor, _: averaged(making, node, tensor),
    "ReduceMean": reduced,
    "ReduceSum": reduced,
}
"""Operators on images."""
