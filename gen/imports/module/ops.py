"""What each ATen operation makes of values: a table of them, all others are refused by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.graph import ROWS
from gen.imports.module.moves import moved
from gen.imports.module.products import convolution, linear
from gen.imports.module.value import Floats, Value

__all__ = ["OPS", "Op", "pointwise"]

Args: TypeAlias = Sequence[Any]
Op: TypeAlias = Callable[[Build, Any, Args, Mapping[str, Any]], Any]
"""Of the network so far, the operation, and its arguments, constants or values."""
aten = torch.ops.aten


def pointwise(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    """An operation on each element alone: a step of the chain, run when it is tabulated."""
    values = [one for one in args if isinstance(one, Value)]
    shape = _shape(args)
    spread = [_to_shape(one, shape) for one in values]
    first = spread[0]
    for other in spread[1:]:
        if other.base is not first.base or not np.array_equal(other.wires, first.wires):
            return _of_two(build, target, args, kwargs, shape)
    left = iter(spread)
    places = [next(left) if isinstance(one, Value) else _constant(one, shape) for one in args]

    def function(*tables: torch.Tensor) -> torch.Tensor:
        given = iter(tables)
        made = target(*(next(given) if isinstance(p, Value) else p for p in places), **kwargs)
        return made.contiguous() if isinstance(made, torch.Tensor) else made[0]

    return first.then(function, *spread[1:])


def _shape(args: Args) -> tuple[int, ...]:
    """The shape of what elementwise operations give, without the batch."""
    shapes = [(ROWS, *one.shape) for one in args if isinstance(one, Value)]
    for one in args:
        if isinstance(one, torch.Tensor) and one.ndim:
            if one.ndim == len(shapes[0]) and one.shape[0] not in (1, ROWS):
                raise Refused("puts the rows of a batch together")
            shapes.append(tuple(one.shape))
    whole = torch.broadcast_shapes(*shapes)
    if len(whole) > len(shapes[0]):
        raise Refused("puts a dimension before the batch; keep the first dimension the batch")
    return tuple(whole[1:])


def _to_shape(value: Value, shape: tuple[int, ...]) -> Value:
    """A value spread over a larger shape."""
    if value.shape == shape:
        return value
    places = np.arange(value.wires.size).reshape(value.shape)
    return value.moved(np.broadcast_to(places, shape))


def _constant(given: Any, shape: tuple[int, ...]) -> Any:
    """A constant that is the same for all rows."""
    if not isinstance(given, torch.Tensor) or given.ndim <= len(shape):
        return given
    if len(given) > 1 and (given != given[:1]).any():
        raise Refused("has a constant that differs between the rows of a batch")
    return given[:1]


def _of_two(
    build: Build, target: Any, args: Args, kwargs: Mapping[str, Any], shape: tuple[int, ...]
) -> Value:
    """Of different integers only sums and differences are exact."""
    first, second = args[0], args[1]
    adds = target in (aten.add.Tensor, aten.sub.Tensor)
    if not adds or not (isinstance(first, Value) and isinstance(second, Value)):
        raise Refused("is of two different tensors; only their sum or difference can be exact")
    by = kwargs.get("alpha", 1) * (1 if target is aten.add.Tensor else -1)
    if by != 1:
        second = second.then(lambda table: table * by)
    terms = [build.integers(_to_shape(one, shape)) for one in (first, second)]
    made = build.sum(terms)
    return Value(made, np.arange(made.element.size).reshape(made.shape))


def _linear(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    value, weight, *rest = args
    bias = rest[0] if rest else kwargs.get("bias")
    return linear(build, _value(value), _floats(weight), None if bias is None else _floats(bias))


def _matmul(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    value, weight = args
    return linear(build, _value(value), _floats(weight).T, None)


def _addmm(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    bias, value, weight = args
    if kwargs.get("beta", 1) != 1 or kwargs.get("alpha", 1) != 1:
        raise Refused("has factors beta or alpha; write them into the weights")
    return linear(
        build, _value(value), _floats(weight).T, np.broadcast_to(_floats(bias), (weight.shape[1],))
    )


def _value(given: Any) -> Value:
    if not isinstance(given, Value):
        raise Refused("reads a constant where a tensor of the inputs is expected")
    return given


def _floats(given: Any) -> Floats:
    if isinstance(given, Value):
        raise Refused("multiplies two tensors that both depend on the inputs; one must be constant")
    made: Floats = given.detach().to(torch.float64).numpy()
    return made


def _norm(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> tuple[Value]:
    """Batch norm by its running statistics: elementwise, by a kernel of its own."""
    value, *rest = args
    channels = value.shape[0]

    def function(table: torch.Tensor) -> torch.Tensor:
        whole = table.expand(len(table), channels, *table.shape[2:]).contiguous()
        made: torch.Tensor = target(whole, *rest, **kwargs)[0]
        return made

    return (value.then(function),)


def _drop(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    if args[2] if len(args) > 2 else kwargs.get("train", False):
        raise Refused("is random in training mode; the module must be in eval mode")
    return _value(args[0])


def _move(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    return moved(target, _value(args[0]), args[1:], kwargs)


def _conv(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    said = {**dict(zip(names, args, strict=False)), **kwargs}
    value, weight = _value(said["input"]), _floats(said["weight"])
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


def _cat(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    dim = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    values = [_value(one) for one in args[0]]
    dim %= len(values[0].shape) + 1
    if dim == 0:
        raise Refused("puts the rows of batches together; keep the first dimension the batch")
    made = build.together([build.integers(one) for one in values], dim - 1)
    return Value(made, np.arange(made.element.size).reshape(made.shape))


def _stack(build: Build, target: Any, args: Args, kwargs: Mapping[str, Any]) -> Value:
    dim = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    values = [_value(one) for one in args[0]]
    dim %= len(values[0].shape) + 2
    places = np.arange(values[0].wires.size).reshape(values[0].shape)
    apart = [one.moved(np.expand_dims(places, max(0, dim - 1))) for one in values]
    return _cat(build, target, (apart, dim), {})


MOVES = """view index reshape flatten unflatten squeeze unsqueeze permute transpose t select slice
 expand clone contiguous alias detach split split_with_sizes chunk unbind index_select flip narrow
 view_as _unsafe_view lift_fresh_copy movedim swapaxes numpy_T mT adjoint tile repeat roll unfold
 pixel_shuffle pixel_unshuffle channel_shuffle diagonal as_strided split_copy"""

OPS: dict[str, Op] = {
    "linear": _linear,
    "matmul": _matmul,
    "mm": _matmul,
    "addmm": _addmm,
    "conv1d": _conv,
    "conv2d": _conv,
    "_native_batch_norm_legit_no_training": _norm,
    "dropout": _drop,
    "feature_dropout": _drop,
    "_to_copy": pointwise,
    "to": pointwise,
    "fake_quantize_per_tensor_affine": pointwise,
    "hardswish": pointwise,
    "where": pointwise,
    "masked_fill": pointwise,
    "cat": _cat,
    "stack": _stack,
    **dict.fromkeys(MOVES.split(), _move),
}
"""By the operation's name in ATen; operations that are tagged pointwise come beside these."""
