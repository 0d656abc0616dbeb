"""Operations on each element alone, and on the elements of several tensors."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from gen.imports.module.build import Build, Refused
from gen.imports.module.codes import integers
from gen.imports.module.graph import ROWS
from gen.imports.module.joined import added, padded, together
from gen.imports.module.listed import listed, rounds
from gen.imports.module.ops.maxima import largest_of
from gen.imports.module.ops.moves import move
from gen.imports.module.ops.pairs import of_pairs
from gen.imports.module.ops.windows import Args, Given, value_of
from gen.imports.module.value import Value

__all__ = ["cat", "pad", "pointwise", "stack"]

aten = torch.ops.aten


def pointwise(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
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


def _of_two(build: Build, target: Any, args: Args, kwargs: Given, shape: tuple[int, ...]) -> Value:
    """Of different integers: sums and differences, the larger, and tables of few bits."""
    first, second = args[0], args[1]
    if target is aten.minimum.default and isinstance(second, Value):
        opposite = (first.then(torch.neg), second.then(torch.neg))
        return _of_two(build, aten.maximum.default, opposite, {}, shape).then(torch.neg)
    if target is aten.maximum.default and isinstance(second, Value):
        try:
            return _stacked_max(build, [_to_shape(one, shape) for one in (first, second)])
        except Refused:  # codes of several scales or offsets
            return _table(build, target, args, kwargs, shape)
    adds = target in (aten.add.Tensor, aten.sub.Tensor)
    if not adds or not (isinstance(first, Value) and isinstance(second, Value)):
        return _table(build, target, args, kwargs, shape)
    return _sum(build, target, [_to_shape(one, shape) for one in (first, second)], kwargs)


def _sum(build: Build, target: Any, sides: Sequence[Value], kwargs: Given) -> Value:
    """A sum or difference: integers of one unit added, or listed pair by pair where float32 rounds
    it and no product reads it."""
    by = kwargs.get("alpha", 1) * (1 if target is aten.add.Tensor else -1)
    terms = [integers(build, one) for one in sides]

    def whole() -> Value:
        second = sides[1] if by == 1 else sides[1].then(lambda table: table * by)
        made = added(build, [terms[0], integers(build, second)])
        return Value(made, np.arange(made.element.size).reshape(made.shape))

    if not rounds(build, terms):
        return whole()
    function = partial(target, **kwargs)
    if not build.multiplied:
        return listed(build, terms, function) or whole()
    try:
        return whole()
    except Refused:
        made = listed(build, terms, function)
        if made is None:
            raise
        return made


def _table(build: Build, target: Any, args: Args, kwargs: Given, shape: tuple[int, ...]) -> Value:
    """A table for each pair of elements; of pairs only."""
    values = [_to_shape(one, shape) for one in args if isinstance(one, Value)]
    if len(values) != 2:
        raise Refused("is of three different tensors; sums, differences and tables are of two")
    kinds = [one.table(np.zeros(1, np.int64)).dtype for one in values]

    def function(*tables: torch.Tensor) -> torch.Tensor:
        left = iter(one.to(kind) for one, kind in zip(tables, kinds, strict=True))
        given = [next(left) if isinstance(one, Value) else _column(one, shape) for one in args]
        made: torch.Tensor = target(*given, **kwargs)
        return made

    return of_pairs(build, values[0], values[1], function)


def _column(given: Any, shape: tuple[int, ...]) -> Any:
    """A constant of each element, as (elements, 1, 1)."""
    if not isinstance(given, torch.Tensor) or not given.ndim:
        return given
    return _constant(given, shape).expand(1, *shape).reshape(-1, 1, 1)


def _stacked_max(build: Build, values: Sequence[Value]) -> Value:
    both = stack(build, None, (values, len(values[0].shape) + 1), {})
    places = np.arange(both.wires.size).reshape(*values[0].shape, len(values))
    return largest_of(build, both, places)


def cat(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    dim = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    values = [value_of(one) for one in args[0]]
    dim %= len(values[0].shape) + 1
    if dim == 0:
        raise Refused("puts the rows of batches together; keep the first dimension the batch")
    made = together(build, [integers(build, one) for one in values], dim - 1)
    return Value(made, np.arange(made.element.size).reshape(made.shape))


def stack(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    dim = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    values = [value_of(one) for one in args[0]]
    dim %= len(values[0].shape) + 2
    places = np.arange(values[0].wires.size).reshape(values[0].shape)
    apart = [one.moved(np.expand_dims(places, max(0, dim - 1))) for one in values]
    return cat(build, target, (apart, dim), {})


def pad(build: Build, target: Any, args: Args, kwargs: Given) -> Value:
    """Constants around a tensor: as integers of the same scale."""
    value, sides = args[0], list(args[1])
    rest = dict(zip(("mode", "value"), args[2:], strict=False)) | dict(kwargs)
    if target is aten.constant_pad_nd.default:
        rest = {"value": args[2] if len(args) > 2 else 0}
    if rest.get("mode", "constant") != "constant":
        return value_of(move(build, target, args, kwargs))
    if len(sides) > 2 * len(value.shape):
        raise Refused("pads the batch")
    given = integers(build, value, zero=not rest.get("value"))
    width = [(0, 0)] * (len(value.shape) - len(sides) // 2)
    width += [(sides[at], sides[at + 1]) for at in range(len(sides) - 2, -1, -2)]
    made = padded(build, given, width, float(rest.get("value") or 0.0))
    return Value(made, np.arange(made.element.size).reshape(made.shape))
