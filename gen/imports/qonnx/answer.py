"""A QONNX model as an integer network, with what its own executor answers."""

import numpy as np

from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.qonnx.beside import test_rows
from gen.imports.qonnx.ends.choices import Chosen
from gen.imports.qonnx.ends.head import argmax, scored
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.model import Model, read_model
from gen.imports.qonnx.runtime import Executor
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.walk import Walk, walk
from gen.imports.said import Said
from gen.intnet.network import IntNet

__all__ = ["brought"]


def brought(said: Said) -> Imported:
    """The network, exact; raises ImportRefused with the node's name where it cannot be."""
    model = read_model(said.file)
    found = walk(model, _integers(said, model))
    making = found.making
    name, tensor, choice = _answer(found)
    scores = scored(making, tensor)
    if len(scores.values) > 1:
        argmax(making, scores.signal, choice is not None and choice.last)
    meta = {"name": said.file.stem} | making.meta
    if classes := _classes(said, model, len(scores.values)):
        meta["classes"] = classes
    net = _net(found, meta)
    assert found.encoding is not None  # the scores are of integers
    executor = Executor(found, found.encoding, scores, name, choice)
    rows = test_rows(said.file, model.given, net)
    return Imported(net, executor, rows, tuple(making.notes), _doubt(making))


def _doubt(making: Making) -> str:
    """Why the model's own answers may differ, where its floats round at thresholds."""
    if not making.doubts:
        return ""
    return (
        f"float32 rounds sums at thresholds of {making.doubts[0]}, in the runtime's own order; make"
        " the scales of what it adds powers of two, or move its thresholds"
    )


def _integers(said: Said, model: Model) -> str:
    """The kind of integers that the input is said to be of: by the description, by the file's
    type, or by an annotation of FINN's; "" where it is floats that the model quantizes."""
    unknown = sorted(set(said.options) - {"input"})
    if unknown:
        raise ImportRefused(f"{said.place} {unknown[0]}: not known; of an ONNX model, `input` is")
    given = said.options.get("input", "")
    if not isinstance(given, str):
        raise ImportRefused(f"{said.place} input: {given!r}, expected a text such as 'uint8'")
    if not given and model.given.dtype != np.float32:
        return str(model.given.dtype)
    for one in model.proto.graph.quantization_annotation:
        kinds = {e.key: e.value for e in one.quant_parameter_tensor_names}
        kind = kinds.get("finn_datatype", "")
        if one.tensor_name == model.given.name and not kind.startswith(("FLOAT", "SCALED")):
            given = given or kind
    return given


def _answer(found: Walk) -> tuple[str, Tensor, Chosen | None]:
    """The scores: the tensor's name in the graph, the tensor, and what chooses among them."""
    answers = [found.values[name] for name in found.model.outputs]
    for value in answers:
        if isinstance(value, np.ndarray):
            raise ImportRefused("an output is constant: it does not depend on the input")
    tensors = [one.scores if isinstance(one, Chosen) else one for one in answers]
    first = tensors[0]
    assert isinstance(first, Tensor)
    if any(one is not first for one in tensors):
        raise ImportRefused(
            f"outputs {', '.join(found.model.outputs)}: they are of several tensors; keep one of"
            " scores"
        )
    if first.source.size == 1 and not first.quantized:
        raise ImportRefused(
            f"{first.label}: one float is all that the model answers, and nothing quantizes it; end"
            " with a BipolarQuant, Sign or Quant node"
        )
    name = next(name for name, value in found.values.items() if value is first)
    choice = next((one for one in answers if isinstance(one, Chosen) and one.index), None)
    return name, first, choice


def _net(found: Walk, meta: dict[str, object]) -> IntNet:
    given = found.making.signals["x"]
    return IntNet(
        given.size,
        tuple(found.making.nodes.values()),
        given.bits,
        given.signed,
        meta,
    )


def _classes(said: Said, model: Model, count: int) -> list[str]:
    """Names of the classes: as said, else of the file's metadata."""
    named = {one.key: one.value for one in model.proto.metadata_props}
    classes = list(said.classes) or [
        one.strip() for one in named.get("classes", "").split(",") if one.strip()
    ]
    if classes and len(classes) != max(2, count):
        raise ImportRefused(
            f"{len(classes)} classes are named, {', '.join(classes[:3])}, ...; the model has"
            f" {count} scores"
        )
    return classes
