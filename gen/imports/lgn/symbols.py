"""Tensors whose elements stand for features, for bits, or for counts of bits.

A module's own forward is run on one of these, with a batch of one row. What moves elements runs as
it is, on their numbers; what computes becomes gates; what can be neither is refused by its name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.lgn.gates import Gates, reached_by

__all__ = ["Bits", "Features", "Scores", "Symbol", "Unordered", "features_of"]

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
ORDERED = ("softmax", "log_softmax", "sigmoid")
"""What may follow scores: it keeps their order."""
AND, OR, XOR = (np.array(table, np.int8) for table in ([0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0]))
NOT = np.array([1, 0], np.int8)
PAIRS: Mapping[str, NDArray[np.int8]] = {
    **dict.fromkeys(("mul", "__and__", "bitwise_and", "logical_and", "minimum", "__rand__"), AND),
    **dict.fromkeys(("__or__", "bitwise_or", "logical_or", "maximum", "__ror__"), OR),
    **dict.fromkeys(("__xor__", "bitwise_xor", "logical_xor", "__rxor__"), XOR),
}


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
        return cls.computed(name, list(args), named)

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


class Bits(Symbol):
    """Bits, 0 or 1."""

    @classmethod
    def constants(cls, values: torch.Tensor) -> torch.Tensor:
        if not bool(((values == 0) | (values == 1)).all()):
            raise ImportRefused("constants other than 0 and 1 stand beside bits")
        return values.long()

    @classmethod
    def computed(cls, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        numbers = [one.numbers() for one in args if isinstance(one, Bits)]
        if name in PAIRS and len(numbers) == len(args) == 2:
            pairs = np.stack(np.broadcast_arrays(*numbers), axis=-1)
            return cls._gates(pairs, PAIRS[name])
        inverse = name in ("rsub", "__rsub__") and args[1:] == [1]
        if inverse or name in ("logical_not", "bitwise_not", "__invert__"):
            return cls._gates(numbers[0][..., None], NOT)
        if name in ("gt", "ge") and type(args[1]) in (int, float):
            mark = args[1] if name == "gt" else 1 - args[1]
            if 0 <= mark < 1:
                return args[0]
        if name == "sum":
            return cls._summed(numbers[0], *args[1:], **named)
        return super().computed(name, args, named)

    @classmethod
    def _gates(cls, reads: NDArray[np.int64], table: NDArray[np.int8]) -> Symbol:
        flat = reads.reshape(-1, reads.shape[-1])
        found = cls.gates.gates(flat, np.tile(table, (len(flat), 1)))
        return cls.made("bits", found.reshape(reads.shape[:-1]))

    @classmethod
    def _summed(cls, bits: NDArray[np.int64], dim: Any = None, **named: Any) -> "Scores":
        """How many of each group are 1: groups are rows of what is summed over last."""
        last = dim in (-1, bits.ndim - 1, [-1], (-1,)) and bits.ndim == 3
        if not last or named.get("keepdim"):
            raise ImportRefused(
                f"`sum` over {dim} of bits of shape {bits.shape[1:]}; groups of bits are summed"
                " over the last of two dimensions"
            )
        return Scores(bits[0], 1.0, 0.0)


@dataclass(frozen=True)
class Scores:
    """Counts of groups of bits, numbers (groups, bits): a score is scale * count + offset.

    It stands for a tensor (1, groups) in what follows in a forward, and takes what keeps the order
    of the scores.
    """

    groups: NDArray[np.int64]
    scale: float
    offset: float
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> torch.Size:
        return torch.Size([1, len(self.groups)])

    def __add__(self, other: Any) -> "Scores":
        return self._affine(1.0, _number(other))

    def __sub__(self, other: Any) -> "Scores":
        return self._affine(1.0, -_number(other))

    def __mul__(self, other: Any) -> "Scores":
        return self._affine(_number(other), 0.0)

    def __truediv__(self, other: Any) -> "Scores":
        by = _number(other)
        if not by:
            raise ImportRefused("scores are divided by zero: tau must be above 0")
        return self._affine(1 / by, 0.0)

    __radd__, __rmul__ = __add__, __mul__

    def _affine(self, scale: float, offset: float) -> "Scores":
        if not (np.isfinite(scale) and np.isfinite(offset)) or scale <= 0:
            raise ImportRefused(f"scores are multiplied by {scale:g}: tau must be above 0")
        whole = self.scale * scale, self.offset * scale + offset
        return Scores(self.groups, *whole, self.notes)

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        scores = next(one for one in args if isinstance(one, Scores))
        return scores._named(func.__name__)

    def __getattr__(self, name: str) -> Callable[..., "Scores"]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: self._named(name)

    def _named(self, name: str) -> "Scores":
        if name in SAME or name == "squeeze":
            return self
        if name in ORDERED:
            notes = (*self.notes, f"{name} at the end is left out: it keeps the order")
            return Scores(self.groups, self.scale, self.offset, notes)
        if name == "argmax":
            raise ImportRefused("answer the scores: the class is added, the first of equal ones")
        raise ImportRefused(f"`{name}` of scores is not read; take it out of the forward")


class Unordered(torch.overrides.TorchFunctionMode):
    """Within it a module answers its scores as they are, whatever keeps their order after them."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return args[0] if func.__name__ in ORDERED else func(*args, **(kwargs or {}))


def _number(value: Any) -> float:
    found = torch.as_tensor(value).detach()
    if found.numel() != 1:
        raise ImportRefused("scores are scaled each by its own number; one for all is read")
    return float(found)


def features_of(gates: Gates, shape: Sequence[int]) -> Features:
    """All features of a batch of one row, of this shape, in order."""
    kinds: dict[str, type[Symbol]] = {}
    for kind in (Features, Bits):
        own = type(kind.__name__, (kind,), {"gates": gates, "kinds": kinds})
        kinds[kind.__name__.lower()] = own
    numbers = np.arange(gates.features).reshape(1, *shape)
    found = torch.from_numpy(numbers).as_subclass(kinds["features"])
    assert isinstance(found, Features)
    return found
