"""The model as QONNX's own executor runs it, many rows at a time."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, ValueInfoProto, helper, numpy_helper

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.ends.choices import Chosen, chosen_of
from gen.imports.qonnx.ends.inputs import Encoding
from gen.imports.qonnx.ends.scores import Scores
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.kernel import Array, label
from gen.imports.qonnx.walk import Walk
from gen.intnet.node import EXACT, Integers

__all__ = ["Executor"]

AT_ONCE = 250
ALONE = 3
"""Rows of a batch that are run alone too: as the model is, a batch of one and nothing folded."""


@dataclass(eq=False)
class Executor:
    """The model's own answers, as the integers that the scores `floats` stand for; `choice` is
    what chooses among them, where the model does."""

    walk: Walk
    encoding: Encoding
    scores: Scores
    floats: str
    choice: Chosen | None
    alone: bool = field(default=False, init=False)

    def __call__(self, codes: Integers) -> Integers:
        """Scores int64 (rows, classes) for input codes (rows, inputs).

        Raises ImportRefused where the model's class is not that of the greatest score.
        """
        parts = [self._answers(codes[at : at + AT_ONCE]) for at in range(0, len(codes), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, self.scores.count), np.int64)

    def _answers(self, codes: Integers) -> Integers:
        name, rows = self._given(codes)
        floats = self._floats(name, rows)
        found = self.scores.integers(floats.reshape(len(codes), -1))
        if self.choice is not None:
            self._check_choice(self.choice, floats, found)
        return found

    def _given(self, codes: Integers) -> tuple[str, Array]:
        """The tensor that takes the codes, and its floats: the input, or what its quantizer gives
        where a code is among them that no input has."""
        encoding, model = self.encoding, self.walk.model
        if (codes <= encoding.top).all():
            floats = encoding.floats[np.arange(codes.shape[1]), codes]
            rows = floats.astype(model.given.dtype)
            return model.given.name, rows.reshape(len(codes), *model.given.shape)
        places = encoding.source.ravel()
        floats = encoding.after[places, codes[:, places]]
        return encoding.quantizer, floats.reshape(len(codes), *encoding.source.shape)

    def _floats(self, name: str, rows: Array) -> Array:
        """The scores' floats for values (rows, *shape) of a tensor, in one batch where the model
        allows it."""
        some = self._one_by_one(name, rows[: len(rows) if self.alone else ALONE])
        if self.alone or len(rows) <= ALONE:
            return some
        try:
            found = self._batch(name, rows)
            fits = found.shape[1:] == some.shape[1:]
        except Exception:  # whatever onnxruntime and QONNX say of a batch
            fits = False
        if fits and (found[:ALONE] == some).all():
            return found
        self.alone = True
        return np.concatenate([some, self._one_by_one(name, rows[ALONE:])])

    def _batch(self, name: str, rows: Array) -> Array:
        if rows.shape[1] != 1:
            raise ValueError("no batch")
        model = self._built(name, len(rows))
        flat = rows.reshape(len(rows), *rows.shape[2:])
        return self._run(model, name, flat)[:, None]

    def _one_by_one(self, name: str, rows: Array) -> Array:
        try:
            model = self._built(name, 0)
            return np.stack([self._run(model, name, row) for row in rows])
        except Exception as error:  # onnxruntime's own errors have no base of their own
            said = " ".join(str(error).split())[:200]
            raise ImportRefused(f"QONNX's executor does not run the model: {said}") from None

    def _run(self, model: Any, name: str, value: Array) -> Array:
        from qonnx.core.onnx_exec import execute_onnx

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return np.asarray(execute_onnx(model, {name: value})[self.floats])

    def _built(self, name: str, batch: int) -> Any:
        """The model from one tensor to the scores, for QONNX; with constants folded and a batch
        of so many rows, or (0) as it is."""
        from qonnx.core.modelwrapper import ModelWrapper

        known = self.walk.values
        folded = {one for one, value in known.items() if isinstance(value, np.ndarray)}
        given = {name, *(folded if batch else self.walk.model.constants)}
        nodes = [_copied(node) for node in _needed(self.walk.model.nodes, self.floats, given)]
        constants = {one: known[one] for one in sorted(_read(nodes) & given - {name})}
        if batch:
            for node in nodes:
                self._rebatched(node, constants)
        infos = {one: _info(one, value, batch) for one, value in known.items()}
        made = {one for node in nodes for one in node.output if one}
        graph = helper.make_graph(
            nodes,
            "rows",
            [infos[name]],
            [infos[self.floats]],
            [numpy_helper.from_array(np.asarray(v), one) for one, v in constants.items()],
            value_info=[infos[one] for one in sorted(made - {self.floats}) if one in infos],
        )
        proto: ModelProto = helper.make_model(
            graph, opset_imports=self.walk.model.proto.opset_import, ir_version=8
        )
        return ModelWrapper(proto)

    def _rebatched(self, node: NodeProto, constants: dict[str, Any]) -> None:
        """Reshape a batch: whatever shape is said, its first dimension is that of the batch."""
        value = self.walk.values[node.output[0]]
        if node.op_type == "Reshape" and isinstance(value, Tensor):
            name = f"{node.output[0]}/shape"
            constants[name] = np.array([-1, *value.shape[1:]], np.int64)
            node.input[1] = name

    def _check_choice(self, choice: Chosen, floats: Array, scores: Integers) -> None:
        """Raise ImportRefused where the model's class has not the greatest score."""
        for row, one in zip(scores, floats, strict=True):
            index = chosen_of(choice, one, self.walk.model.versions)
            if index is not None and (row < EXACT).all() and row[index] != row.max():
                raise ImportRefused(
                    f"{label(choice.node)}: chooses class {index} where the scores are"
                    f" {row.tolist()}; this is a defect of the importer: nothing was written"
                )


def _copied(node: NodeProto) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    return copy


def _needed(nodes: Iterable[NodeProto], wanted: str, given: set[str]) -> list[NodeProto]:
    """The nodes that lead from what is given to a tensor, in order."""
    asked, found = {wanted}, []
    for node in reversed(list(nodes)):
        if asked & (set(node.output) - given):
            found.append(node)
            asked |= {name for name in node.input if name} - given
    return found[::-1]


def _read(nodes: Iterable[NodeProto]) -> set[str]:
    return {name for node in nodes for name in node.input if name}


def _info(name: str, value: Any, batch: int) -> ValueInfoProto:
    """What is known of a value; of a computed one with the batch's rows."""
    if isinstance(value, np.ndarray):
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        return helper.make_tensor_value_info(name, kind, value.shape)
    shape = (value if isinstance(value, Tensor) else value.scores).shape
    wide = (batch, *shape[1:]) if batch and shape else shape
    return helper.make_tensor_value_info(name, 1, wide)
