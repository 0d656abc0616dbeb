"""What acts on each element alone: functions of a few bits, worked out by torch on their values.

So a forward may write its gates as it likes: `a + b - 2 * a * b`, `(a - b).abs()`, `torch.where`,
comparisons, straight-through estimators.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gen.imports.errors import ImportRefused

__all__ = ["ELEMENTWISE", "Form", "applied", "plain_name"]

ELEMENTWISE = {
    *("add", "radd", "iadd", "sub", "rsub", "isub", "mul", "rmul", "imul", "div", "true_divide"),
    *("truediv", "rtruediv", "neg", "abs", "absolute", "pow", "square", "round", "floor", "ceil"),
    *("trunc", "clamp", "clip", "clamp_min", "clamp_max", "relu", "relu6", "hardtanh", "sign"),
    *("remainder", "fmod", "mod", "floor_divide", "floordiv", "eq", "ne", "lt", "le", "gt", "ge"),
    *("where", "maximum", "minimum", "fmax", "fmin", "heaviside", "sigmoid", "tanh"),
    *("logical_and", "logical_or", "logical_xor", "logical_not"),
}
MOST_BITS = 12
"""Bits that a function of an element is worked out on."""


@dataclass(frozen=True)
class Form:
    """A function of bits: values[address], reads[j] being worth 2^j in the address; `number` is
    the bit that it is, where there is one."""

    reads: tuple[int, ...]
    values: tuple[float, ...]
    number: int | None = None

    @property
    def plain(self) -> "Form":
        """The bit itself, where there is one."""
        return self if self.number is None else Form((self.number,), (0.0, 1.0))


def plain_name(func: Callable[..., Any]) -> str:
    """The name of an operation, of an operator's method without its underscores."""
    name: str = func.__name__
    return name[2:-2] if name.startswith("__") and name.endswith("__") else name


def applied(
    func: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]
) -> tuple[list[Form], tuple[int, ...]]:
    """An operation on tensors of forms (object arrays), tensors, and numbers: forms, and shape."""
    shaped = [one for one in args if isinstance(one, np.ndarray | torch.Tensor)]
    shape = np.broadcast_shapes(*(tuple(one.shape) for one in shaped))
    columns = [_column(one, shape) for one in args]
    known: dict[Any, Form] = {}
    made = []
    for at in range(int(np.prod(shape, dtype=int))):
        forms = [None if one is None else one[at] for one in columns]
        reads = _read(forms)
        if len(reads) > MOST_BITS:
            forms = [one and one.plain for one in forms]
            reads = _read(forms)
        if len(reads) > MOST_BITS:
            raise ImportRefused(
                f"`{plain_name(func)}` makes a function of {len(reads)} bits; {MOST_BITS} at most"
            )
        places = tuple(one and (tuple(map(reads.index, one.reads)), one.values) for one in forms)
        if (places, len(reads)) not in known:
            known[places, len(reads)] = _worked_out(func, args, named, places, len(reads))
        form = known[places, len(reads)]
        made.append(Form(tuple(reads[place] for place in form.reads), form.values))
    return made, shape


def _read(forms: Sequence[Form | None]) -> tuple[int, ...]:
    """All bits that functions read."""
    return tuple(dict.fromkeys(bit for one in forms if one for bit in one.reads))


def _column(value: Any, shape: tuple[int, ...]) -> list[Form] | None:
    """An argument's forms, one for each element; None where it is no tensor."""
    if isinstance(value, torch.Tensor):
        numbers = value.detach().double().broadcast_to(shape).reshape(-1).tolist()
        return [Form((), (one,)) for one in numbers]
    if isinstance(value, np.ndarray):
        found: list[Form] = np.broadcast_to(value, shape).reshape(-1).tolist()
        return found
    return None


def _worked_out(
    func: Callable[..., Any],
    args: Sequence[Any],
    named: Mapping[str, Any],
    places: Sequence[Any],
    size: int,
) -> Form:
    """The operation on all values of so many bits, of those that it depends on; reads are places
    among the bits."""
    address = np.arange(1 << size)
    given: list[Any] = []
    for at, (one, said) in enumerate(zip(places, args, strict=True)):
        if one is None:
            given.append(said)
            continue
        own = sum(((address >> place & 1) << j for j, place in enumerate(one[0])), address * 0)
        column = torch.tensor([one[1][which] for which in own.tolist()], dtype=torch.float32)
        given.append(column.bool() if at == 0 and func.__name__ == "where" else column)
    made = func(*given, **named)
    if not isinstance(made, torch.Tensor) or made.shape != (1 << size,):
        raise ImportRefused(f"`{plain_name(func)}` of bits makes no number of each")
    values, reads = made.double().numpy(), tuple(range(size))
    for place in reversed(range(size)):
        halves = values.reshape(-1, 2, 1 << place)
        if np.array_equal(halves[:, 0], halves[:, 1]):
            values, reads = halves[:, 0].reshape(-1), reads[:place] + reads[place + 1 :]
    return Form(reads, tuple(values.tolist()))
