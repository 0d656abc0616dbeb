"""A QONNX model as an integer network, with what its own executor answers."""

from typing import TypeAlias

import numpy as np

from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.qonnx.beside import test_rows
from gen.imports.qonnx.ends.choices import Chosen
from gen.imports.qonnx.ends.decided import decided
from gen.imports.qonnx.ends.head import argmax, scored
from gen.imports.qonnx.ends.scores import Scores
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.model import Model, read_model
from gen.imports.qonnx.runtime import Executor
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.walk import Walk, walk
from gen.imports.said import Said
from gen.intnet.network import IntNet

__all__ = ["brought"]

Made: TypeAlias = tuple[Walk, Scores, str, Chosen | None]
"""A model walked, its scores, their tensor's name in the graph, and what chooses among them."""


def brought(said: Said) -> Imported:
    """The network, exact; raises ImportRefused with the node's name where it cannot be."""
    model = read_model(said.file)
    integer = _integers(said, model)
    made = _made(said, model, integer)
    making = made[0].making
    if not (making.doubts and making.rough):
        return _imported(said, model, made)
    try:  # where rounding a sum of two tensors decides, every pair can be listed
        finer = _made(said, model, integer, finer=True)
    except ImportRefused:
        finer = made
    better = len(finer[0].making.doubts) < len(making.doubts)
    return _imported(said, model, finer if better else made)


def _made(said: Said, model: Model, integer: str, finer: bool = False) -> Made:
    """The network walked to its class, and its answer."""
    found = walk(model, integer, finer)
    making = found.making
    name, tensor, choice = _answer(found)
    scores = _scores(said, making, tensor)
    if scores.count > 1:
        argmax(making, scores.signal, choice is not None and choice.last)
    return found, scores, name, choice


def _imported(said: Said, model: Model, made: Made) -> Imported:
    found, scores, name, choice = made
    making = found.making
    meta = {"name": said.file.stem} | making.meta
    if classes := _classes(said, model, scores.count):
        meta["classes"] = classes
    net = _net(found, meta)
    assert found.encoding is not None  # the scores are of integers
    executor = Executor(found, found.encoding, scores, name, choice)
    rows = test_rows(said.file, model.given, net)
    return Imported(net, executor, rows, tuple(making.notes), _doubt(making))


def _scores(said: Said, making: Making, tensor: Tensor) -> Scores:
    """The scores of all classes; one float, which nothing quantizes, is decided at a threshold."""
    given = said.options.get("threshold")
    if given is None and (tensor.source.size > 1 or tensor.quantized):
        return scored(making, tensor)
    usual = 0.5 if "(Sigmoid)" in tensor.label or "(HardSigmoid)" in tensor.label else 0.0
    found = usual if given is None else given
    if type(found) not in (int, float) or not abs(found) < 2.0**24:
        raise ImportRefused(f"{said.place} threshold: {found!r}, expected a number")
    if tensor.source.size > 1:
        raise ImportRefused(
            f"{said.place} threshold: the model has {tensor.source.size} scores; it is of one only"
        )
    if given is None:
        making.notes.append(
            f"{tensor.label}: one score; the second class is what is above {found:g}, as"
            " `threshold` in a description may say otherwise"
        )
    return decided(making, tensor, float(found))


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
    unknown = sorted(set(said.options) - {"input", "threshold"})
    if unknown:
        raise ImportRefused(
            f"{said.place} {unknown[0]}: not known; of an ONNX model, `input` and `threshold` are"
        )
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
