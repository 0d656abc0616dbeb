"""Operations with weights, linear layers and convolutions; batch norm; and dropout."""

from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.ops.windows import Args, Given, value_of
from gen.imports.module.products import convolution, linear
from gen.imports.module.value import Floats, Value

__all__ = ["addmm", "conv", "drop", "linear_layer", "matmul", "norm"]


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
    if kwargs.get("beta", 1) != 1 or kwargs.get("alpha", 1) != 1:
        raise Refused("has factors beta or alpha; write them into the weights")
    return linear(
        build,
        value_of(value),
        _floats(weight).T,
        np.broadcast_to(_floats(bias), (weight.shape[1],)),
    )


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
    stride, padding, dilation = (
        _pair(said.get(key, usual), flat, usual)
        for key, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    weight = _dilated(weight, dilation)
    made = convolution(build, value, weight, bias, stride, padding, said.get("groups", 1))
    return made.moved(made.wires.reshape(len(weight), -1)) if flat else made


def _pair(given: Any, flat: bool, usual: int) -> tuple[int, int]:
    if isinstance(given, str):
        raise Refused(f"padding {given!r}; say it as numbers")
    sizes = [given] if isinstance(given, int) else list(given)
    first, last = (usual, sizes[0]) if flat else (sizes[0], sizes[-1])
    return first, last


def _dilated(weight: Floats, dilation: tuple[int, int]) -> Floats:
    """A kernel with zeros between its weights."""
    high, wide = ((n - 1) * step + 1 for n, step in zip(weight.shape[2:], dilation, strict=True))
    made = np.zeros((*weight.shape[:2], high, wide))
    made[:, :, :: dilation[0], :: dilation[1]] = weight
    return made
