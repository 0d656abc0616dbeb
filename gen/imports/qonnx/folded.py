"""Operators whose inputs are all constants: run once."""

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.elementwise import ELEMENTWISE
from gen.imports.qonnx.floats.moves import MOVES
from gen.imports.qonnx.kernel import Array, label, run_node

__all__ = ["folded", "unknown"]

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


def folded(
    node: NodeProto, inputs: Sequence[Array | None], versions: Mapping[str, int]
) -> list[Array]:
    """What an operator gives whose inputs are all constants. Raises ImportRefused."""
    if node.op_type not in FOLDED and node.op_type not in MADE:
        raise unknown(node, 0)
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


def unknown(node: NodeProto, place: int) -> ImportRefused:
    """Why a node is not read whose input at `place` is computed."""
    if node.op_type in (*ELEMENTWISE, *MOVES, "MatMul", "Gemm", "Conv"):
        return ImportRefused(
            f"{label(node)}: input {place} is computed; only constants are read there"
        )
    return ImportRefused(
        f"{label(node)}: this operator is not read; docs/import.md lists those that are"
    )
