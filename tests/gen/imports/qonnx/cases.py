"""Models of each operator, small enough to run row by row: name -> (nodes, input shape, constants).

Weights are whole numbers and scales powers of two, so that float32 is exact and every answer too.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import NodeProto

from tests.gen.imports.qonnx.models import CUSTOM, node, quant

__all__ = ["CASES", "Case"]

Case = tuple[Sequence[NodeProto], Sequence[int], dict[str, Any]]
RNG = np.random.default_rng(0)


def _whole(*shape: int) -> np.ndarray:
    return RNG.integers(-3, 4, shape).astype(np.float32)


FRONT = [quant("x", "q", "half", "two")]
HEAD = [node("Flatten", "f", "flat", axis=1), node("MatMul", "flat last", "y")]
NORM = node("BatchNormalization", "k g c m v", "n")
BODY = [*FRONT, node("Conv", "q w b", "k", pads=[1, 1, 1, 1]), NORM]
CODES = [*BODY, quant("n", "h", "half", "two")]
SECOND = [*CODES, node("Conv", "h w2", "k2", pads=[1, 1, 1, 1])]
BIPOLAR = node("BipolarQuant", "x one", "q", CUSTOM)
BASE: dict[str, Any] = {
    "half": 0.5,
    "one": 1.0,
    "g": np.array([1.2, -0.7, 0.9, 1.1], np.float32),
    "c": _whole(4) * np.float32(0.3),
    "m": _whole(4) * np.float32(0.5),
    "v": np.abs(_whole(4)) + np.float32(0.5),
    "w": _whole(4, 2, 3, 3),
    "b": _whole(4) * np.float32(0.75),
    "w2": _whole(4, 4, 3, 3),
    "signs": np.where(_whole(4, 2, 3, 3) > 0, 1, -1).astype(np.float32),
}
CASES: dict[str, Case] = {}


def _image(name: str, nodes: Sequence[NodeProto], last: int, **more: Any) -> None:
    """A model on images (2, 6, 6) whose tensor `f` of `last` elements goes to three classes."""
    constants = BASE | {"last": _whole(last, 3)} | more
    CASES[name] = [*nodes, *HEAD], [1, 2, 6, 6], constants


def _convolution(name: str, last: int, **attributes: Any) -> None:
    nodes = [*FRONT, node("Conv", "q w", "k", **attributes), NORM, quant("n", "f", "half", "two")]
    _image(name, nodes, last)


_convolution("conv", 64)
_convolution("conv-padded", 144, pads=[1, 1, 1, 1])
_convolution("conv-padded-below", 144, pads=[0, 1, 2, 1])
_convolution("conv-strides", 36, strides=[2, 2], pads=[1, 1, 0, 0])
_convolution("conv-dilated", 16, dilations=[2, 2])
_convolution("conv-auto", 36, auto_pad="SAME_UPPER", strides=[2, 2])
_image(
    "conv-depthwise",
    [*CODES, node("Conv", "h one_each", "k2", group=4), quant("k2", "f", "half", "two")],
    64,
    one_each=_whole(4, 1, 3, 3),
)
_image(
    "conv-bipolar",
    [BIPOLAR, node("Conv", "q signs", "k", pads=[1, 1, 1, 1]), NORM,
     node("BipolarQuant", "n one", "h", CUSTOM),
     node("MaxPool", "h", "f", kernel_shape=[2, 2], strides=[2, 2])],
    36,
)  # fmt: skip
POOL: dict[str, Any] = {"kernel_shape": [2, 2], "strides": [2, 2]}
_image("maxpool-codes", [*CODES, node("MaxPool", "h", "f", **POOL)], 36)
_image(
    "maxpool-sums",
    [*BODY, node("MaxPool", "n", "p", **POOL), quant("p", "f", "half", "two")],
    36,
)
_image("maxpool-global", [*CODES, node("GlobalMaxPool", "h", "f")], 4)
_image(
    "avgpool",
    [*CODES, node("AveragePool", "h", "p", **POOL), quant("p", "f", "half", "two")],
    36,
)
for count in (0, 1):
    _image(
        f"avgpool-padded-{count}",
        [*CODES, node("AveragePool", "h", "p", kernel_shape=[2, 2], strides=[3, 3],
                      pads=[1, 1, 0, 0], count_include_pad=count),
         quant("p", "f", "half", "two")],
        16,
    )  # fmt: skip
_image("avgpool-global", [*CODES, node("GlobalAveragePool", "h", "f")], 4)
_image("reduce-mean", [*CODES, node("ReduceMean", "h", "f", axes=[2, 3], keepdims=0)], 4)
CASES["avgpool-global-last"] = (
    [*CODES, node("GlobalAveragePool", "h", "y")],
    [1, 2, 6, 6],
    BASE,
)
_image(
    "residual",
    [*SECOND, quant("k2", "h2", "half", "two"), node("Add", "h h2", "a"),
     quant("a", "f", "half", "two")],
    144,
)  # fmt: skip
_image(
    "residual-of-two-scales",
    [*SECOND, quant("k2", "h2", "s2", "two"), node("Sub", "h h2", "a"),
     quant("a", "f", "half", "four")],
    144,
    s2=1.5,
)  # fmt: skip
ODD = [*SECOND, quant("k2", "h2", "odd", "four")]
TWO: dict[str, Sequence[NodeProto]] = {
    "add": [*ODD, node("Add", "h h2", "a")],
    "sub": [*ODD, node("Sub", "h2 h", "a")],
    "add-of-sums": [*SECOND, node("Mul", "k2 each", "k3"), node("Add", "k3 h", "a")],
    "mul": [*ODD, node("Mul", "h h2", "a")],
    "max": [*ODD, node("Max", "h h2", "a")],
    "mul-of-one-sign": [*ODD, quant("k2", "h3", "half", "two"), node("Mul", "h h3", "a")],
    "gated": [*ODD, node("Relu", "h2", "r"), node("Mul", "r h", "a")],
}
"""Of two tensors whose steps have no common one."""
for name, steps in TWO.items():
    _image(
        f"two-{name}", [*steps, quant("a", "f", "half", "four")], 144,
        odd=0.317, each=np.array([0.3, -0.7, 1.1, 0.9], np.float32).reshape(1, 4, 1, 1),
    )  # fmt: skip
TRANSPOSED: dict[str, tuple[int, dict[str, Any]]] = {
    "plain": (192, {}),
    "strided": (432, {"strides": [2, 2], "pads": [1, 0, 0, 1]}),
}
for name, (last, said) in TRANSPOSED.items():
    _image(
        f"conv-transposed-{name}",
        [*FRONT, node("ConvTranspose", "q wt bt", "k", **said), quant("k", "f", "half", "four")],
        last,
        wt=_whole(2, 3, 3, 3),
        bt=_whole(3),
    )
_image(
    "concat",
    [*SECOND, quant("k2", "h2", "s2", "four", signed=0), node("Concat", "h h2", "a", axis=1),
     node("Conv", "a w3", "k3"), quant("k3", "f", "half", "four")],
    32,
    s2=0.25, w3=_whole(2, 8, 3, 3),
)  # fmt: skip
_image(
    "pad",
    [*CODES, node("Pad", "h pads", "p"), node("Conv", "p w2", "k2"),
     quant("k2", "f", "half", "two")],
    120,
    pads=np.array([0, 0, 1, 0, 0, 0, 1, 1], np.int64),
)  # fmt: skip
_image(
    "trunc",
    [*CODES, node("GlobalAveragePool", "h", "p"), node("Mul", "p all", "t"),
     node("Trunc", "t half zero ten four", "f", CUSTOM, rounding_mode="FLOOR")],
    4,
    all=36.0, ten=10.0,
)  # fmt: skip
for name, bias in (("whole", -2.0), ("half", -0.5)):
    _image(
        f"multithreshold-{name}",
        [*FRONT, node("Conv", "q w", "k"),
         node("MultiThreshold", "k steps", "f", CUSTOM, out_dtype="INT2", out_bias=bias)],
        64,
        steps=np.sort(_whole(4, 3) * 2, axis=1),
    )  # fmt: skip
_image(
    "transposed",
    [*CODES, node("Transpose", "h", "t", perm=[0, 2, 3, 1]), node("Slice", "t from to on", "f")],
    72,
    **{"from": np.array([1]), "to": np.array([4]), "on": np.array([1])},
)
_image(
    "smooth",
    [*BODY, node("Sigmoid", "n", "s"), node("Mul", "s one", "s1"), node("Tanh", "s1", "s2"),
     quant("s2", "f", "eighth", "four", signed=0)],
    144,
    eighth=0.125,
)  # fmt: skip
_image(
    "clip",
    [*BODY, node("LeakyRelu", "n", "s", alpha=0.25), node("Clip", "s low high", "s1"),
     node("Neg", "s1", "s2"), node("Div", "s2 g4", "s3"), quant("s3", "f", "half", "four")],
    144,
    low=-1.0, high=1.25, g4=np.array([1, 2, 0.7, 1], np.float32).reshape(1, 4, 1, 1),
)  # fmt: skip
SMOOTH: dict[str, Sequence[NodeProto]] = {
    "silu": [node("Sigmoid", "n", "s"), node("Mul", "s n", "a")],
    "prelu": [node("PRelu", "n slopes", "a")],
    "bounds": [node("Min", "n one", "s"), node("Max", "s low", "a")],
    "square": [node("Pow", "n second", "a")],
}
for name, steps in SMOOTH.items():
    slopes = np.array([0.1, 0.2, -0.3, 0.4], np.float32).reshape(4, 1, 1)
    constants: dict[str, Any] = {"slopes": slopes, "low": -0.75, "second": 2.0}
    _image(name, [*BODY, *steps, quant("a", "f", "half", "four")], 144, **constants)
MOVED: dict[str, tuple[Sequence[NodeProto], int]] = {
    "split": (
        [node("Split", "h", "a b2", axis=1), node("Sum", "a b2", "s"),
         quant("s", "f", "half", "four")],
        72,
    ),
    "gather": ([node("Gather", "h places", "f", axis=1)], 72),
    "depth-to-space": ([node("DepthToSpace", "h", "f", blocksize=2)], 144),
    "resize": ([node("Resize", "h nothing sizes", "f", mode="nearest",
                     coordinate_transformation_mode="asymmetric", nearest_mode="floor")], 576),
}  # fmt: skip
for name, (steps, last) in MOVED.items():
    constants = {
        "places": np.array([2, 0]),
        "nothing": np.zeros(0, np.float32),
        "sizes": np.array([1, 1, 2, 2], np.float32),
    }
    _image(name, [*CODES, *steps], last, **constants)
CASES["weights-first"] = (
    [quant("x", "q", "half", "four"), node("Transpose", "q", "t", perm=[1, 0]),
     node("MatMul", "w1 t", "k"), node("Transpose", "k", "y", perm=[1, 0])],
    [1, 5],
    {"half": 0.5, "w1": _whole(6, 5)},
)  # fmt: skip
CASES["conv-of-one-dimension"] = (
    [*FRONT, node("Conv", "q w1", "k", strides=[2], pads=[1, 1]), node("Relu", "k", "r"),
     quant("r", "h", "half", "two"), node("MaxPool", "h", "f", kernel_shape=[2], strides=[2]),
     *HEAD],
    [1, 2, 12],
    BASE | {"w1": _whole(3, 2, 3), "last": _whole(9, 3)},
)  # fmt: skip
CASES["gemm"] = (
    [quant("x", "q", "half", "four"), node("Gemm", "q w1 b1", "k", transB=1, alpha=0.5, beta=2.0),
     node("Sign", "k", "h"), node("Gemm", "h w2", "y")],
    [1, 5],
    {"half": 0.5, "w1": _whole(6, 5), "b1": _whole(6), "w2": _whole(6, 3)},
)  # fmt: skip
