"""Sums of bits with weights, in which a forward ends: what may follow keeps them exact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.folding import common_unit
from gen.intnet.held import WEIGHT_BITS

__all__ = ["ORDERED", "Scores", "Unordered"]

Floats = NDArray[np.float64]

ORDERED = ("softmax", "log_softmax", "sigmoid", "argmax")
"""What may follow scores: it keeps their order, or is the class."""
KEPT = ("squeeze", "unsqueeze", "flatten", "view", "reshape", "float", "double", "contiguous")
JOINED = ("stack", "cat", "concat", "hstack", "column_stack")


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores (classes,) = scale * (weight @ bits + offset) + shift, of bits by number (n,), weights
    (classes, n) and offsets (classes,).

    It stands for a tensor (1, classes) in what follows in a forward.
    """

    bits: NDArray[np.int64]
    weight: Floats
    offset: Floats
    scale: float = 1.0
    shift: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> torch.Size:
        return torch.Size([1, len(self.weight)])

    @cached_property
    def step(self) -> float:
        """The number of which weights, and differences of offsets, are multiples by integers."""
        apart = self.offset - self.offset[0]
        unit = common_unit(np.r_[self.weight.reshape(-1), apart]) or 1.0
        largest = np.abs(self.weight).max(initial=0.0) / unit
        if largest >= 1 << WEIGHT_BITS - 1 or np.abs(apart).max() / unit >= 1 << 24:
            raise ImportRefused(
                "its scores have weights or biases that are no small integers times one number;"
                " quantize them"
            )
        return unit

    @property
    def integers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Weights and biases of scores that are integers."""
        whole = self.weight / self.step, (self.offset - self.offset[0]) / self.step
        weight, bias = (np.rint(one).astype(np.int64) for one in whole)
        return weight, bias

    @property
    def affine(self) -> tuple[float, float]:
        """What the integers are multiplied by, and what is added, to be the module's scores."""
        return self.scale * self.step, self.scale * float(self.offset[0]) + self.shift

    def _at(self, scale: float) -> "Scores":
        """The same at another scale."""
        ratio = self.scale / scale
        return replace(self, weight=self.weight * ratio, offset=self.offset * ratio, scale=scale)

    def _scaled(self, by: Any) -> "Scores":
        factor = _numbers(by, len(self.weight))
        if not np.isfinite(factor).all() or not factor.all():
            raise ImportRefused("scores are multiplied or divided by zero, or by no number")
        one = self._unshifted() if np.ptp(factor) or factor[0] < 0 else self
        if np.ptp(factor) == 0:
            turned = float(np.sign(factor[0]))
            return replace(
                one,
                weight=one.weight * turned,
                offset=one.offset * turned,
                scale=one.scale * abs(float(factor[0])),
                shift=one.shift * float(factor[0]),
            )
        return replace(one, weight=one.weight * factor[:, None], offset=one.offset * factor)

    def _unshifted(self) -> "Scores":
        """The same with its shift among the offsets."""
        return replace(self, offset=self.offset + self.shift / self.scale, shift=0.0)

    def _added(self, other: Any) -> "Scores":
        if isinstance(other, Scores):
            if len(other.weight) != len(self.weight):
                raise ImportRefused(f"{len(other.weight)} and {len(self.weight)} scores are added")
            other = other._at(self.scale)
            return Scores(
                np.r_[self.bits, other.bits],
                np.concatenate([self.weight, other.weight], axis=1),
                self.offset + other.offset,
                self.scale,
                self.shift + other.shift,
                (*self.notes, *other.notes),
            )
        more = _numbers(other, len(self.weight))
        if not np.isfinite(more).all():
            raise ImportRefused("no number is added to scores")
        if np.ptp(more) == 0:
            return replace(self, shift=self.shift + float(more[0]))
        return replace(self, offset=self.offset + more / self.scale)

    def __add__(self, other: Any) -> "Scores":
        return self._added(other)

    def __neg__(self) -> "Scores":
        return self._scaled(-1)

    def __sub__(self, other: Any) -> "Scores":
        return self._added(-other)

    def __rsub__(self, other: Any) -> "Scores":
        return (-self)._added(other)

    def __mul__(self, other: Any) -> "Scores":
        return self._scaled(other)

    def __truediv__(self, other: Any) -> "Scores":
        by = _numbers(other, len(self.weight))
        if not by.all():
            raise ImportRefused("scores are divided by zero: tau must be above 0")
        return self._scaled(torch.from_numpy(1 / by))

    __radd__, __rmul__ = __add__, __mul__

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name = func.__name__
        if name in JOINED:
            return _side_by_side(args[0])
        operators = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__"}
        plain = name.strip("_").removeprefix("r")
        if plain in operators and len(args) == 2:
            own, other = args if isinstance(args[0], Scores) else args[::-1]
            swapped = own is not args[0] and plain == "sub"
            return own.__rsub__(other) if swapped else getattr(own, operators[plain])(other)
        scores = next(one for one in args if isinstance(one, Scores))
        return scores._named(name)

    def __getattr__(self, name: str) -> Callable[..., "Scores"]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: self._named(name)

    def _named(self, name: str) -> "Scores":
        if name in KEPT:
            return self
        if name in ORDERED:
            said = "the class is added" if name == "argmax" else "it keeps the order"
            return replace(self, notes=(*self.notes, f"{name} at the end is left out: {said}"))
        raise ImportRefused(f"`{name}` of scores is not read; take it out of the forward")


class Unordered(torch.overrides.TorchFunctionMode):
    """Within it a module answers its scores as they are, whatever keeps their order after them.

    `shape` is that of its scores, by which they are told from what else a forward sorts.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func.__name__ in ORDERED and tuple(args[0].shape) == self.shape:
            return args[0]
        return func(*args, **(kwargs or {}))


def _numbers(value: Any, classes: int) -> Floats:
    """A number for each class, float64 (classes,), of one for all or a tensor of them."""
    found = torch.as_tensor(value).detach().double().reshape(-1)
    if found.numel() not in (1, classes):
        raise ImportRefused(f"{found.numel()} numbers are put beside {classes} scores")
    made: Floats = found.broadcast_to(classes).numpy().copy()
    return made


def _side_by_side(parts: Sequence[Any]) -> Scores:
    """Scores of several classes each become scores of all of them."""
    if not all(isinstance(one, Scores) for one in parts):
        raise ImportRefused("scores are put beside what is none")
    parts = [one._unshifted()._at(parts[0].scale) for one in parts]
    ends = np.cumsum([0, *(len(one.bits) for one in parts)])
    rows = []
    for at, one in enumerate(parts):
        row = np.zeros((len(one.weight), ends[-1]))
        row[:, ends[at] : ends[at + 1]] = one.weight
        rows.append(row)
    offset = np.concatenate([one.offset for one in parts])
    notes = tuple(note for one in parts for note in one.notes)
    bits = np.concatenate([one.bits for one in parts])
    return Scores(bits, np.concatenate(rows), offset, parts[0].scale, notes=notes)
