"""Tensors of bits, and of functions of bits: what is computed of them becomes gates or sums."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.lgn.forms import ELEMENTWISE, Form, applied, plain_name
from gen.imports.lgn.gates import NOT, ONE, ZERO
from gen.imports.lgn.scores import Scores
from gen.imports.lgn.symbols import Features, Symbol
from gen.imports.lgn.windows import POOL, adaptive, pooled, sliding

__all__ = ["Bits", "Logic", "Values"]

Floats = NDArray[np.float64]

AND, OR, XOR = (np.array(table, np.int8) for table in ([0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0]))
PAIRS: Mapping[str, NDArray[np.int8]] = {
    **dict.fromkeys(("__and__", "bitwise_and", "logical_and", "__rand__"), AND),
    **dict.fromkeys(("__or__", "bitwise_or", "logical_or", "__ror__"), OR),
    **dict.fromkeys(("__xor__", "bitwise_xor", "logical_xor", "__rxor__"), XOR),
}
POOLS = ("max_pool1d", "max_pool2d", "max_pool3d")
ADAPTIVE = ("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
ANY, ALL = ("any", "amax", "max"), ("all", "amin", "min", "prod")
MOST_KEPT = 4
"""Bits of a gate that is remembered as a function of them, in `a + b - a * b` say."""
SUMS, PRODUCTS = ("sum", "mean"), ("linear", "matmul", "mm", "__matmul__")


class Logic(Symbol):
    """Functions of bits."""

    def forms(self) -> NDArray[Any]:
        """The elements' functions, an array of objects."""
        raise NotImplementedError

    @classmethod
    def of_forms(cls, forms: Sequence[Form], shape: Sequence[int]) -> Symbol:
        """A tensor of functions: of bits, where all values are 0 and 1."""
        if all(value in (ZERO, ONE) for one in forms for value in one.values):
            numbers = np.array([cls._number(one) for one in forms], np.int64)
            return cls.made("bits", numbers.reshape(shape))
        start = len(cls.gates.forms)
        cls.gates.forms += forms
        return cls.made("values", np.arange(start, start + len(forms)).reshape(shape))

    @classmethod
    def _number(cls, form: Form) -> int:
        """The bit that a function of values 0 and 1 is."""
        if not form.reads:
            return int(form.values[0])
        if form.values == (ZERO, ONE):
            return form.reads[0]
        if form.number is not None:
            return form.number
        table = np.array([form.values], np.int8)
        made = int(cls.gates.gates(np.array([form.reads], np.int64), table)[0])
        if len(form.reads) <= MOST_KEPT:
            cls.gates.meant[made] = Form(form.reads, form.values, made)
        return made

    @classmethod
    def computed(cls, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        if name in SUMS and isinstance(args[0], Logic):
            return args[0].summed(name, *args[1:], **named)
        if name in PRODUCTS and isinstance(args[0], Logic) and not isinstance(args[1], Symbol):
            return args[0].multiplied(name, *args[1:], **named)
        if any(isinstance(one, Symbol) and not isinstance(one, Logic) for one in args):
            raise ImportRefused(f"`{name.strip('_')}` of bits and of features; compare these first")
        return super().computed(name, args, named)

    def summed(self, name: str, dim: Any = None, *_: Any, **__: Any) -> Scores:
        """Sums, or means, over dimensions, with one left that has the scores."""
        count = self.dim()
        over = {at % count for at in ([dim] if isinstance(dim, int) else dim or range(count))}
        left = [at for at in range(1, count) if at not in over]
        if 0 in over or sum(self.shape[at] > 1 for at in left) > 1:
            raise ImportRefused(
                f"`{name}` over {dim} of {self.what()} of shape {tuple(self.shape[1:])}; one"
                " dimension is to be left, that of the scores"
            )
        forms = np.moveaxis(self.forms()[0], [at - 1 for at in left], range(len(left)))
        classes = int(np.prod([self.shape[at] for at in left], dtype=int))
        bits, weight, offset = self._terms(forms.reshape(-1).tolist())
        owner = np.repeat(np.arange(classes), forms.size // classes)
        spread = (owner == np.arange(classes)[:, None]) * weight
        made = Scores(bits, spread, np.bincount(owner, offset, classes).astype(np.float64))
        return made / (forms.size // classes) if name == "mean" else made

    def multiplied(self, name: str, weight: Any, bias: Any = None) -> Scores:
        """The product with a matrix of numbers."""
        if self.dim() != 2:
            raise ImportRefused(
                f"`{name.strip('_')}` of {self.what()} of {self.dim() - 1} dimensions"
            )
        matrix = (weight if name == "linear" else weight.T).detach().double().numpy()
        bits, worth, offset = self._terms(self.forms().reshape(-1).tolist())
        made = Scores(bits, matrix * worth, matrix @ offset)
        return made if bias is None else made + bias

    @classmethod
    def _terms(cls, forms: Sequence[Form]) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Functions as bits, each with what it is worth, and what there is besides."""
        bits, worth, offset = [], [], []
        for one in forms:
            values = sorted({*one.values})
            if len(values) > 2:
                raise ImportRefused(f"a sum of functions of {len(values)} values; bits are summed")
            low, high = values[0], values[-1]
            found = tuple(float(value == high) for value in one.values) if high > low else (0.0,)
            bits.append(cls._number(Form(one.reads if high > low else (), found)))
            worth.append(high - low)
            offset.append(low)
        return np.array(bits, np.int64), np.array(worth), np.array(offset)


class Values(Logic):
    """Functions of bits with other values than 0 and 1, by their places in `gates.forms`."""

    @classmethod
    def constants(cls, values: torch.Tensor) -> torch.Tensor:
        forms = [Form((), (float(one),)) for one in values.reshape(-1)]
        start = len(cls.gates.forms)
        cls.gates.forms += forms
        return torch.arange(start, start + len(forms)).reshape(values.shape)

    def forms(self) -> NDArray[Any]:
        return np.array([*self.gates.forms, None], object)[:-1][self.numbers()]

    @classmethod
    def computed(cls, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        func = named.pop("func")
        made = _each(cls, func, args, named)
        return super().computed(name, args, named) if made is None else made


class Bits(Logic):
    """Bits, 0 or 1."""

    @classmethod
    def constants(cls, values: torch.Tensor) -> torch.Tensor:
        if not bool(((values == 0) | (values == 1)).all()):
            raise ImportRefused("constants other than 0 and 1 stand beside bits")
        return values.long()

    def forms(self) -> NDArray[Any]:
        known = {ZERO: Form((), (0.0,)), ONE: Form((), (1.0,))} | self.gates.meant
        numbers = self.numbers()
        found = np.empty(numbers.size, object)
        found[:] = [
            known.get(one) or Form((one,), (0.0, 1.0)) for one in numbers.reshape(-1).tolist()
        ]
        return found.reshape(numbers.shape)

    @classmethod
    def computed(cls, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        func = named.pop("func")
        numbers = [one.numbers() for one in args if isinstance(one, Bits)]
        if name in PAIRS and len(numbers) == len(args) == 2:
            pairs = np.stack(np.broadcast_arrays(*numbers), axis=-1)
            return cls._gates(pairs, PAIRS[name])
        if name in ("logical_not", "bitwise_not", "__invert__"):
            return cls._gates(numbers[0][..., None], NOT)
        if name in POOLS:
            said = dict(zip(POOL, args[1:], strict=False)) | named
            return pooled(args[0], sliding(tuple(args[0].shape[2:]), said))
        if name in ADAPTIVE:
            return pooled(args[0], adaptive(tuple(args[0].shape[2:]), args[1]))
        if name in (*ANY, *ALL):
            return args[0].reduced(name, *args[1:], **named)
        made = _each(cls, func, args, named)
        return super().computed(name, args, named) if made is None else made

    @classmethod
    def _gates(cls, reads: NDArray[np.int64], table: NDArray[np.int8]) -> Symbol:
        flat = reads.reshape(-1, reads.shape[-1])
        found = cls.gates.gates(flat, np.tile(table, (len(flat), 1)))
        return cls.made("bits", found.reshape(reads.shape[:-1]))

    def reduced(self, name: str, dim: Any = None, keepdim: bool = False) -> Any:
        """The OR, or the AND, over dimensions; of `max` and `min` with the places left out."""
        if isinstance(dim, Bits):
            return self._gates(
                np.stack([self.numbers(), dim.numbers()], -1), AND if name in ALL else OR
            )
        over = sorted({at % self.dim() for at in ([dim] if isinstance(dim, int) else dim or [0])})
        if 0 in over:
            raise ImportRefused(f"`{name}` over all rows of bits; say the dimension")
        given = np.moveaxis(self.numbers(), over, range(-len(over), 0))
        given = given.reshape(*given.shape[: self.dim() - len(over)], -1)
        made = self._tree(given, AND if name in ALL else OR)
        if keepdim:
            made = self.made("bits", np.expand_dims(made.numbers(), tuple(over)))
        return Reduced(made, None) if name in ("max", "min") else made

    def any_of(self, windows: NDArray[np.int64]) -> Symbol:
        """The OR of the last axis of numbers of bits."""
        return self._tree(windows, OR)

    @classmethod
    def _tree(cls, windows: NDArray[np.int64], table: NDArray[np.int8]) -> Symbol:
        """The last axis joined by gates of two."""
        while windows.shape[-1] > 1:
            pairs = windows[..., : windows.shape[-1] // 2 * 2].reshape(*windows.shape[:-1], -1, 2)
            flat = pairs.reshape(-1, 2)
            made = cls.gates.gates(flat, np.tile(table, (len(flat), 1))).reshape(pairs.shape[:-1])
            windows = np.concatenate([made, windows[..., pairs.shape[-2] * 2 :]], axis=-1)
        return cls.made("bits", windows[..., 0])


class Reduced(NamedTuple):
    """What `max` and `min` over a dimension give; where it was is not read."""

    values: Symbol
    indices: None


def _each(
    cls: type[Logic], func: Callable[..., Any], args: list[Any], named: dict[str, Any]
) -> Symbol | None:
    """An operation on each element; None where it is none."""
    if plain_name(func) not in ELEMENTWISE or any(isinstance(one, Features) for one in args):
        return None
    given = [one.forms() if isinstance(one, Logic) else one for one in args]
    forms, shape = applied(func, given, named)
    return cls.of_forms(forms, shape)
