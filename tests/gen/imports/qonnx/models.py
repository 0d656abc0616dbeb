"""Small QONNX models by hand, and what QONNX's executor answers for them, row by row."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from gen.data.encode import encoder_from_dict
from gen.imports.checked import checked
from gen.imports.readers import read
from gen.imports.said import Said
from gen.intnet.interpret import bits_to_codes, interpret
from gen.intnet.network import IntNet

__all__ = ["CUSTOM", "answers", "brought", "executed", "model", "node", "quant", "write"]

CUSTOM = "qonnx.custom_op.general"
KINDS = TensorProto.FLOAT, TensorProto.INT64
Constants = Mapping[str, Any]


def node(kind: str, inputs: str, output: str, domain: str = "", **attributes: Any) -> NodeProto:
    """A node named after its output; `inputs` are names, a blank between them."""
    return helper.make_node(
        kind, inputs.split(), output.split(), f"{kind}_{output}", domain=domain, **attributes
    )


def quant(
    given: str, output: str, scale: str, width: str, signed: int = 1, narrow: int = 0, **more: Any
) -> NodeProto:
    """A Quant node without a zero point: the constant `zero` is 0."""
    return node(
        "Quant", f"{given} {scale} zero {width}", output, CUSTOM, signed=signed, narrow=narrow,
        **more,
    )  # fmt: skip


def model(
    nodes: Sequence[NodeProto],
    shape: Sequence[int | str],
    constants: Constants,
    outputs: str = "y",
    opset: int = 13,
    version: int = 1,
    index: str = "",
) -> ModelProto:
    """A model of input `x` and these constants, float32 unless they are arrays of another type;
    the output `index` is int64."""
    given = {"zero": 0.0, "two": 2.0, "four": 4.0, **constants}
    arrays = {
        name: value if isinstance(value, np.ndarray) else np.array(value, np.float32)
        for name, value in given.items()
    }
    used = {name for one in nodes for name in one.input}
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(one, KINDS[one == index], None) for one in outputs.split()],
        [numpy_helper.from_array(value, name) for name, value in arrays.items() if name in used],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(CUSTOM, version)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def write(folder: Path, made: ModelProto, name: str = "made.onnx") -> Path:
    """The model as a file."""
    path = folder / name
    path.write_bytes(made.SerializeToString())
    return path


def executed(made: ModelProto, rows: np.ndarray) -> np.ndarray:
    """The first output of QONNX's executor for each row (rows, *shape without the batch)."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = ModelWrapper(made, make_deepcopy=True).transform(InferShapes())
        name, output = whole.graph.input[0].name, whole.graph.output[0].name
        found = [
            execute_onnx(whole, {name: row[None].astype(np.float32)})[output].ravel()
            for row in rows
        ]
    return np.array(found)


def brought(path: Path, rows: int = 40, **said: Any) -> IntNet:
    """The network that the importer makes of a file, compared with its runtime."""
    asked = Said(path, place=str(path), **said)
    return checked(read(asked), asked, rows)[0]


def answers(net: IntNet, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The network's signals for features (rows, ...), through its own encoder."""
    encoder = encoder_from_dict(net.meta["encoder"])
    bits = encoder.encode(rows.reshape(len(rows), -1))
    return interpret(net, bits_to_codes(bits, net.input_bits, net.input_signed))
