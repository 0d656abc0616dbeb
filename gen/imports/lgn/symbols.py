"""Tensors whose elements stand for features, for bits, or for counts of bits.

A module's own forward is run on one of these, with a batch of one row. What moves elements runs as
it is, on their numbers; what computes becomes gates; what can be neither is refused by its name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.lgn.gates import NOT, Gates, reached_by

__all__ = ["Features", "Symbol", "features_of"]

JOINS = ("cat", "concat", "concatenate", "stack", "hstack", "vstack")
MOVES = {
    *("view", "reshape", "flatten", "unflatten", "ravel", "permute", "transpose", "movedim"),
    *("moveaxis", "swapaxes", "unsqueeze", "squeeze", "expand", "expand_as", "repeat", "view_as"),
    *("reshape_as", "repeat_interleave", *JOINS),
    *("chunk", "split", "tensor_split", "narrow", "select", "index_select", "unbind"),
    *("flip", "roll", "unfold", "pad", "t", "gather", "take", "__getitem__", "tile"),
    *("dim", "size", "numel", "ndimension", "stride", "__len__", "__get__", "is_contiguous"),
    *("is_floating_point", "is_complex", "rot90", "as_subclass", "pixel_unshuffle"),
}
SAME = {
    *("float", "double", "half", "bfloat16", "int", "long", "short", "bool", "to", "type"),
    *("type_as", "contiguous", "clone", "detach", "detach_", "cpu", "requires_grad_", "cuda"),
}
CUTS = {
    *("int", "long", "short", "bool", "half", "bfloat16"),
    *(f"torch.{kind}" for kind in ("int8", "int16", "int32", "int64", "uint8", "bool")),
    *("torch.float16", "torch.bfloat16"),
}
"""Casts that change what is no bit."""


class Symbol(torch.Tensor):
    """A tensor of numbers of what its elements stand for; `gates` is what they are numbers in."""

    gates: ClassVar[Gates]
    kinds: ClassVar[Mapping[str, type["Symbol"]]]

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name, named = func.__name__, dict(kwargs or {})
        if name in SAME and CUTS & {name, *map(str, args[1:]), *map(str, named.values())}:
            cls.gates.cut = True
        if name in SAME or (name in ("dropout", "dropout2d") and not named.get("training", True)):
            return args[0]
        if name in MOVES:
            if name == "pad":
                args, named = cls._padded(*args, **named), {}
            elif name in JOINS:
                args = (cls._joined(args[0] if args else named.pop("tensors")), *args[1:])
            return super().__torch_function__(func, types, tuple(args), named)
        return cls.computed(name, list(args), {**named, "func": func})

    @classmethod
    def computed(cls, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        """The result of an operation that is no move."""
        raise ImportRefused(
            f"`{name.strip('_')}` of {cls.what()} is not read; layers of logic, comparisons,"
            " sums of groups and what moves elements are"
        )

    @classmethod
    def constants(cls, values: torch.Tensor) -> torch.Tensor:
        """The numbers of constants that stand beside its elements."""
        raise NotImplementedError

    @classmethod
    def _padded(
        cls, x: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None
    ) -> tuple[Any, ...]:
        """Arguments of `pad`, its value as the number of a constant."""
        if mode != "constant":
            return x, list(pad), mode
        return x, list(pad), mode, int(cls.constants(torch.tensor([float(value or 0)])))

    @classmethod
    def _joined(cls, parts: Sequence[Any]) -> list[Any]:
        """Tensors side by side, those that are no symbols as numbers of constants."""
        kinds = {one.what() for one in parts if isinstance(one, Symbol)}
        if kinds == {"bits", "values"}:
            raise ImportRefused("bits stand beside functions of bits of other values")
        if len(kinds) > 1:
            raise ImportRefused("bits stand beside features; compare these first")
        return [one if isinstance(one, Symbol) else cls.constants(one) for one in parts]

    @classmethod
    def what(cls) -> str:
        """What its elements are, for errors."""
        return cls.__bases__[0].__name__.lower()

    @classmethod
    def made(cls, kind: str, numbers: NDArray[np.int64]) -> "Symbol":
        """A tensor of another kind of the same gates."""
        return torch.from_numpy(np.ascontiguousarray(numbers)).as_subclass(cls.kinds[kind])

    def numbers(self) -> NDArray[np.int64]:
        """Its elements' numbers."""
        with torch._C.DisableTorchFunctionSubclass():
            found: NDArray[np.int64] = self.as_subclass(torch.Tensor).numpy()
        return found


class Features(Symbol):
    """Elements of the module's input, or below 0 constants beside them."""

    @classmethod
    def constants(cls, values: torch.Tensor) -> torch.Tensor:
        known = [cls.gates.constant(float(one)) for one in values.reshape(-1)]
        return torch.tensor(known).reshape(values.shape)

    @classmethod
    def computed(cls, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        named.pop("func", None)
        compared = {"gt": (True, False), "ge": (False, False), "le": (True, True)}
        compared |= {"lt": (False, True), "__gt__": (True, False), "__ge__": (False, False)}
        if name not in compared or not isinstance(args[0], Features) or len(args) != 2:
            return super().computed(name, args, named)
        if cls.gates.cut:
            raise ImportRefused("its input is rounded before it is compared; compare it as it is")
        strict, inverted = compared[name]
        given = torch.as_tensor(args[1]).detach()
        # One number for all is taken as float32, as torch does beside a float32 tensor.
        marks = (given if given.dim() else given.float()).double().numpy()
        features, marks = np.broadcast_arrays(args[0].numbers(), marks)
        least = reached_by(marks.reshape(-1), strict, cls.gates.double)
        found = cls.gates.reached(features.reshape(-1), least)
        if inverted:
            found = cls.gates.gates(found[:, None], np.tile(NOT, (len(found), 1)))
        return cls.made("bits", found.reshape(features.shape))

    def bits(self) -> "Symbol":
        """The same elements, as bits."""
        found = self.numbers()
        return self.made("bits", self.gates.as_bits(found.reshape(-1)).reshape(found.shape))


def features_of(gates: Gates, shape: Sequence[int], others: Sequence[type[Symbol]]) -> Features:
    """All features of a batch of one row, of this shape, in order; `others` are the kinds of
    tensors that are made of them."""
    kinds: dict[str, type[Symbol]] = {}
    every: list[type[Symbol]] = [Features, *others]
    for kind in every:
        own = type(kind.__name__, (kind,), {"gates": gates, "kinds": kinds})
        kinds[kind.__name__.lower()] = own
    numbers = np.arange(gates.features).reshape(1, *shape)
    found = torch.from_numpy(numbers).as_subclass(kinds["features"])
    assert isinstance(found, Features)
    return found
