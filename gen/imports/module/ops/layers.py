"""Operations with weights, linear layers and convolutions; batch norm; and dropout."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.ops.pointwise import pad
from gen.imports.module.ops.windows import Args, Given, value_of
from gen.imports.module.products import convolution, linear
from gen.imports.module.value import Floats, Value

__all__ = ["addmm", "conv", "drop", "linear_layer", "mapped", "matmul", "norm"]

aten = torch.ops.aten
MOST_WEIGHTS = 1 << 24
"""Of a convolution that becomes a matrix."""


def linear_layer(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    value, weight, *rest = args
    bias = rest[0] if rest else kwargs.get("bias")
    biases = None if bias is None else np.broadcast_to(_floats(bias), (len(weight),))
    return linear(build, value_of(value), _floats(weight), biases)


def matmul(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    value, weight = args
    return linear(build, value_of(value), _floats(weight).T, None)


def addmm(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    bias, value, weight = args
    alpha, beta = kwargs.get("alpha", 1), kwargs.get("beta", 1)
    wide = np.broadcast_to(_floats(bias) * beta, (weight.shape[1],))
    return linear(build, value_of(value), _floats(weight).T * alpha, wide)


def _floats(given: Any) -> Floats:
    if isinstance(given, Value):
        raise Refused("multiplies two tensors that both depend on the inputs; one must be constant")
    made: Floats = given.detach().to(torch.float64).numpy()
    return made


def norm(build: Build, target: Any, args: Args, kwargs: Given) -> tuple[Value]:
    """Batch norm by its running statistics: elementwise, by a kernel of its own."""
    value, *rest = args
    channels = value.shape[0]

    def function(table: torch.Tensor) -> torch.Tensor:
        whole = table.expand(len(table), channels, *table.shape[2:]).contiguous()
        made: torch.Tensor = target(whole, *rest, **kwargs)[0]
        return made

    return (value.then(function),)


def drop(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    if args[2] if len(args) > 2 else kwargs.get("train", False):
        raise Refused("is random in training mode; the module must be in eval mode")
    return value_of(args[0])


def conv(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    said = {**dict(zip(names, args, strict=False)), **kwargs}
    value, weight = value_of(said["input"]), _floats(said["weight"])
    bias = None if said.get("bias") is None else _floats(said["bias"])
    flat = weight.ndim == 3
    if flat:
        weight = weight[:, :, None]
        value = value.moved(np.arange(value.wires.size).reshape(len(value.wires), 1, -1))
    stride, dilation = (_pair(said.get(key, 1), flat, 1) for key in ("stride", "dilation"))
    weight = _dilated(weight, dilation)
    if isinstance(said.get("padding"), str):
        value, padding = _padded(build, value, weight.shape[2:], said["padding"])
    else:
        padding = _pair(said.get("padding", 0), flat, 0)
    made = convolution(build, value, weight, bias, stride, padding, said.get("groups", 1))
    return made.moved(made.wires.reshape(len(weight), -1)) if flat else made


def mapped(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """Any other convolution: the matrix of its weights, of what it makes of each element alone."""
    names = ("input", "weight", "bias")
    said: dict[str, Any] = {**dict(zip(names, args, strict=False)), **kwargs}
    value, weight, bias = value_of(said["input"]), said["weight"], said.get("bias")
    rest = {key: one for key, one in kwargs.items() if key not in names}
    shape = tuple(
        target(torch.zeros(1, *value.shape), weight.float(), None, *args[3:], **rest).shape
    )
    size = value.wires.size
    if size * prod(shape) > MOST_WEIGHTS:
        raise Refused(f"has a matrix of {size:,} x {prod(shape):,} weights, which is too large")
    each = torch.eye(size, dtype=torch.float64).reshape(size, *value.shape)
    rows = target(each, weight.double(), None, *args[3:], **rest).reshape(size, -1).T.numpy()
    biases = None if bias is None else np.repeat(_floats(bias), prod(shape[2:]))
    made = linear(build, value.moved(np.arange(size)), rows, biases)
    return made.moved(np.arange(prod(shape)).reshape(shape[1:]))


def _pair(given: Any, flat: bool, usual: int) -> tuple[int, int]:
    sizes = [given] if isinstance(given, int) else list(given)
    first, last = (usual, sizes[0]) if flat else (sizes[0], sizes[-1])
    return first, last


def _padded(
    build: Build, value: Value, kernel: Sequence[int], said: str
) -> tuple[Value, tuple[int, int]]:
    """The padding that `same` or `valid` asks for; where it is uneven, the last row and column are
    put there before."""
    if said != "same":
        return value, (0, 0)
    more = [n - 1 for n in kernel]
    odd = [n % 2 for n in more]
    if any(odd):
        value = pad(build, aten.pad.default, (value, [0, odd[1], 0, odd[0]]), {})
    return value, (more[0] // 2, more[1] // 2)


def _dilated(weight: Floats, dilation: tuple[int, int]) -> Floats:
    """A kernel with zeros between its weights."""
    high, wide = ((n - 1) * step + 1 for n, step in zip(weight.shape[2:], dilation, strict=True))
    made = np.zeros((*weight.shape[:2], high, wide))
    made[:, :, :: dilation[0], :: dilation[1]] = weight
    return made
