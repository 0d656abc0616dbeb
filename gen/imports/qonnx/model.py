"""An ONNX file read without trust: its graph, constants and the one input, or one line why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.kernel import Array, label

__all__ = ["Given", "Model", "parsed", "read_model"]

MOST_BYTES = 1 << 28
MOST_ELEMENTS = 1 << 22
OLDEST = 7
"""The oldest operator set that onnxruntime runs."""
RENAMED = {
    "finn": "qonnx.custom_op.general",
    "finn.custom_op.general": "qonnx.custom_op.general",
    "ai.onnx": "",
}
MAGIC = {
    b"PK\x03\x04": "a zip archive",
    b"\x93NUM": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
    b"\x80\x02": "a pickle",
}


@dataclass(frozen=True)
class Given:
    """The model's input: its name, shape (of a batch of one) and type."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True, eq=False)
class Model:
    """A model: `constants` by name, `versions` the operator sets by domain."""

    proto: ModelProto
    given: Given
    constants: Mapping[str, Array]
    versions: Mapping[str, int]

    @property
    def nodes(self) -> tuple[NodeProto, ...]:
        return tuple(self.proto.graph.node)

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.proto.graph.output)


def read_model(path: Path) -> Model:
    """The model of a file; raises ImportRefused where it is none that can be read."""
    proto = parsed(path)
    graph = proto.graph
    if not graph.node or not graph.output:
        raise ImportRefused(f"{path}: holds no ONNX graph; export the model anew")
    versions = {RENAMED.get(one.domain, one.domain): one.version for one in proto.opset_import}
    version = versions.get("", 0)
    if version < OLDEST:
        raise ImportRefused(
            f"{path}: operator set {version}; {OLDEST} and later are read: export with"
            " opset_version=13"
        )
    for node in graph.node:
        node.domain = RENAMED.get(node.domain, node.domain)
    if graph.sparse_initializer:
        raise ImportRefused(f"{path}: sparse weights; export them dense")
    constants = {one.name: _constant(path, one) for one in graph.initializer}
    if len(constants) != len(graph.initializer):
        raise ImportRefused(f"{path}: two initializers have one name; export the model anew")
    model = Model(proto, _given(path, graph, constants), constants, versions)
    _check_names(path, model)
    return model


def parsed(path: Path) -> ModelProto:
    """The file as protobuf has it; raises ImportRefused where it is no ONNX model."""
    try:
        size, kind = path.stat().st_size, path.stat().st_mode
        if not (S_ISREG(kind) or S_ISDIR(kind)):
            raise ImportRefused(f"{path}: cannot be read (no regular file)")
        if size > MOST_BYTES:
            raise ImportRefused(f"{path}: {size:,} bytes; {MOST_BYTES:,} at most are read")
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror})") from None
    if not data:
        raise ImportRefused(f"{path}: is empty; export the model anew")
    other = next((what for magic, what in MAGIC.items() if data.startswith(magic)), None)
    if other:
        raise ImportRefused(f"{path}: is {other}, no ONNX model")
    proto = ModelProto()
    try:
        proto.ParseFromString(data)
    except (DecodeError, RecursionError) as error:
        raise ImportRefused(
            f"{path}: is no ONNX model, or cut short ({' '.join(str(error).split())})"
        ) from None
    _check_texts(path, proto.graph)
    return proto


def _check_texts(path: Path, graph: GraphProto) -> None:
    """Raise ImportRefused where a name is no text, which protobuf leaves to whoever reads it."""
    texts: list[object] = []
    for node in graph.node:
        texts += [node.name, node.op_type, node.domain, *node.input, *node.output]
        texts += [one.name for one in node.attribute]
    texts += [one.name for one in (*graph.input, *graph.output, *graph.initializer)]
    try:
        if all(isinstance(text, str) and text.encode() is not None for text in texts):
            return
    except UnicodeError:
        pass
    raise ImportRefused(f"{path}: a name is no text; the file is damaged: export it anew")


def _constant(path: Path, tensor: TensorProto) -> Array:
    where = f"{path}: initializer {tensor.name!r}"
    if tensor.data_location == TensorProto.EXTERNAL:
        _external(path, tensor, where)
    try:
        if np.prod([float(one) for one in tensor.dims]) > MOST_BYTES:
            raise ImportRefused(f"{where}: of shape {list(tensor.dims)} is too large")
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        said = " ".join(str(error).split())[:160]
        raise ImportRefused(f"{where}: is damaged ({said}); export the model anew") from None


def _external(path: Path, tensor: TensorProto, where: str) -> None:
    """Read weights that lie beside the model, in its folder and nowhere else."""
    said = {one.key: one.value for one in tensor.external_data}
    name = said.get("location", "")
    folder, file = path.resolve().parent, (path.parent / name).resolve()
    if not name or Path(name).is_absolute() or not file.is_relative_to(folder):
        raise ImportRefused(f"{where}: its data {name!r} lies outside the model's folder")
    if not file.is_file():
        raise ImportRefused(
            f"{where}: its data {name!r} is not beside the model; copy it there, or save the model"
            " in one file"
        )
    try:
        offset, size = int(said.get("offset", 0)), file.stat().st_size
        length = int(said.get("length", size - offset))
    except ValueError:
        offset = length = -1
        size = 0
    if offset < 0 or length < 0 or offset + length > size or length > MOST_BYTES:
        raise ImportRefused(
            f"{where}: its data is bytes {offset} to {offset + length} of {name!r}, which"
            f" has {size}"
        )
    with file.open("rb") as stream:
        stream.seek(offset)
        tensor.raw_data = stream.read(length)
    tensor.data_location = TensorProto.DEFAULT
    del tensor.external_data[:]


def _given(path: Path, graph: GraphProto, constants: Mapping[str, Array]) -> Given:
    inputs = [one for one in graph.input if one.name not in constants]
    if len(inputs) != 1:
        names = ", ".join(repr(one.name) for one in inputs) or "none"
        raise ImportRefused(f"{path}: inputs {names}; a model of one input is read")
    one = inputs[0]
    kind, where = one.type.tensor_type, f"{path}: input {one.name!r}"
    if not kind.HasField("shape") or not kind.shape.dim:
        raise ImportRefused(f"{where}: has no shape; export with a fixed one, of a batch of 1")
    shape = [_size(where, at, dim) for at, dim in enumerate(kind.shape.dim)]
    if shape[0] != 1:
        raise ImportRefused(f"{where}: a batch of {shape[0]}; export with a batch of 1")
    if np.prod([float(n) for n in shape]) > MOST_ELEMENTS:
        raise ImportRefused(f"{where}: of shape {shape} is too large")
    try:
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(kind.elem_type))
    except (KeyError, ValueError, TypeError):
        raise ImportRefused(f"{where}: of type {kind.elem_type}; float32 is read") from None
    if dtype not in (np.float32, np.int8, np.uint8):
        raise ImportRefused(f"{where}: is {dtype}; export the model with float32 throughout")
    return Given(one.name, tuple(shape), dtype)


def _size(where: str, at: int, dim: Any) -> int:
    """One dimension; that of the batch may be open, and is 1."""
    if dim.HasField("dim_value") and dim.dim_value > 0:
        return int(dim.dim_value)
    if at == 0:
        dim.dim_value = 1
        return 1
    name = dim.dim_param or "without a name"
    raise ImportRefused(
        f"{where}: dimension {at} ({name}) is dynamic; export with a fixed size, without"
        " dynamic_axes"
    )


def _check_names(path: Path, model: Model) -> None:
    """Raise ImportRefused unless every name is given once, and before it is read."""
    known = {model.given.name, *model.constants, ""}
    given = {name for node in model.nodes for name in node.output if name}
    for node in model.nodes:
        for name in node.input:
            if name not in known:
                why = (
                    "only a later node gives: the nodes are in a cycle, or out of order"
                    if name in given
                    else "nothing gives"
                )
                raise ImportRefused(f"{path}: {label(node)}: reads {name!r}, which {why}")
        for name in node.output:
            if name and name in known:
                raise ImportRefused(
                    f"{path}: {label(node)}: gives {name!r}, which is given already"
                )
            known.add(name)
        if any(a.HasField("g") or a.graphs for a in node.attribute):
            raise ImportRefused(f"{path}: {label(node)}: holds a graph of its own; unroll it")
    for name in model.outputs:
        if name not in known:
            raise ImportRefused(f"{path}: output {name!r} is given by no node")
