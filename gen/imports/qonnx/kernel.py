"""One ONNX node run as QONNX's executor runs it: alone in onnxruntime, or by QONNX itself.

Domains and operators are those of `known`: nothing else is looked up, since QONNX would import a
module of a domain's name.
"""

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper

from gen.imports.errors import ImportRefused

__all__ = ["CUSTOM", "DOMAINS", "Array", "attributes", "label", "run_node"]

Array = NDArray[Any]

DOMAINS = {
    **dict.fromkeys(("", "ai.onnx"), ""),
    **dict.fromkeys(
        ("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general", "finn"),
        "qonnx.custom_op.general",
    ),
}
"""What a node's domain stands for."""
UNSAID = 11
"""The version that QONNX's executor takes for a domain of which the model says none."""
CUSTOM = ("Quant", "IntQuant", "BipolarQuant", "Trunc", "MultiThreshold")
"""The operators that QONNX runs itself."""


def label(node: NodeProto) -> str:
    """A node as errors name it: its name, else what it gives, and its operator."""
    given = node.output[0] if node.output else "no output"
    return f"{node.name or f'the node of {given!r}'} ({node.op_type})"


def attributes(node: NodeProto) -> dict[str, Any]:
    """The attributes, texts as str; raises ImportRefused where one is damaged."""
    try:
        found = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        return {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in found.items()
        }
    except (ValueError, TypeError) as error:
        raise ImportRefused(f"{label(node)}: an attribute is damaged ({error})") from None


def run_node(
    node: NodeProto, inputs: Sequence[Array | None], versions: Mapping[str, int]
) -> list[Array]:
    """What a node gives for these inputs (None: left out); `versions` are the opsets by domain.

    Raises ImportRefused, naming the node, where the runtime does not take them.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if DOMAINS[node.domain]:
                return [_custom(node, inputs, versions)]
            return _standard(node, inputs, versions)
    except Exception as error:  # onnxruntime's own errors have no base of their own
        said = " ".join(str(error).split())[:200]
        raise ImportRefused(f"{label(node)}: the runtime does not run it: {said}") from None


def _custom(node: NodeProto, inputs: Sequence[Array | None], versions: Mapping[str, int]) -> Array:
    from qonnx.custom_op.registry import getCustomOp

    alone = NodeProto()
    alone.CopyFrom(node)
    alone.domain = DOMAINS[node.domain]
    version = versions.get(node.domain, UNSAID)
    context = dict(zip(node.input, inputs, strict=True))
    getCustomOp(alone, onnx_opset_version=version).execute_node(context, None)
    return np.asarray(context[node.output[0]])


def _standard(
    node: NodeProto, inputs: Sequence[Array | None], versions: Mapping[str, int]
) -> list[Array]:
    alone = NodeProto()
    alone.CopyFrom(node)
    alone.domain = alone.name = ""
    names = [f"i{at}" if one is not None else "" for at, one in enumerate(inputs)]
    outputs = [f"o{at}" if name else "" for at, name in enumerate(node.output)]
    alone.input[:], alone.output[:] = names, outputs
    given = {
        name: np.asarray(one, order="C")
        for name, one in zip(names, inputs, strict=True)
        if one is not None
    }
    types = tuple((name, helper.np_dtype_to_tensor_dtype(one.dtype)) for name, one in given.items())
    session = _session(alone.SerializeToString(), types, versions.get("", UNSAID))
    return [np.asarray(one) for one in session.run([name for name in outputs if name], given)]


@lru_cache(maxsize=64)
def _session(node: bytes, types: tuple[tuple[str, int], ...], version: int) -> Any:
    import onnxruntime

    alone = NodeProto.FromString(node)
    graph = helper.make_graph(
        [alone],
        "one",
        [helper.make_tensor_value_info(name, kind, None) for name, kind in types],
        [onnx.ValueInfoProto(name=name) for name in alone.output if name],
    )
    opsets = [helper.make_opsetid("", version)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
