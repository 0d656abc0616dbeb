"""What a module's file says of the inputs: their shape, and the integers that they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from torch import nn

from gen.imports.errors import ImportRefused
from gen.imports.imported import Rows
from gen.intnet.held import CODE_BITS
from gen.intnet.network import Integers, code_range
from gen.intnet.node import MOST_ELEMENTS

__all__ = ["Described", "described_by", "dtype_of", "labelled", "read_described", "shape_of"]

KEYS = (
    "shape",
    "bits",
    "signed",
    "scale",
    "offset",
    "classes",
    "encoder",
    "care",
    "rows",
    "round",
    "threshold",
)


@dataclass(frozen=True)
class Described:
    """The input tensor without the batch, `shape`; its elements are `scale` * code + `offset` for
    codes of `bits` bits. `rows` are codes with their classes, `meta` goes into the network.

    `fraction` is None, or how many bits scores keep behind the point where they are rounded. Of a
    single score class 1 is what is above `threshold`. `dtype` is that of the module's floats.
    """

    shape: tuple[int, ...]
    bits: int = 1
    signed: bool = False
    scale: float = 1.0
    offset: float = 0.0
    fraction: int | None = None
    threshold: float = 0.0
    rows: Rows | None = None
    meta: Mapping[str, Any] | None = None
    dtype: torch.dtype = torch.float32

    @property
    def size(self) -> int:
        return prod(self.shape)

    def tensor(self, codes: Integers) -> torch.Tensor:
        """What the module gets for codes (vectors, size)."""
        values = codes.astype(np.float64) * self.scale + self.offset
        return torch.from_numpy(values).to(self.dtype).reshape(-1, *self.shape)


def read_described(table: Mapping[str, Any], place: str) -> Described:
    """The description, each entry checked; `place` opens the error. Raises ImportRefused."""
    for key in table:
        if key not in KEYS:
            raise ImportRefused(f"{place}: {key!r} is not known; known: {', '.join(KEYS)}")
    found = Described(
        shape_of(table, place),
        _whole(table, "bits", 1, 1, CODE_BITS, place),
        _flag(table, "signed", place),
        _number(table, "scale", 1.0, place),
        _number(table, "offset", 0.0, place),
        _fraction(table.get("round", False), place),
        _number(table, "threshold", 0.0, place),
    )
    if not found.scale > 0:
        raise ImportRefused(f"{place} scale: {found.scale}, expected a number above 0")
    meta = {key: table[key] for key in ("classes", "encoder", "care") if table.get(key)}
    if "classes" in meta:
        meta["classes"] = [str(one) for one in _list(meta["classes"], "classes", place)]
    rows = _rows(table["rows"], found, place) if table.get("rows") is not None else None
    return Described(**{**vars(found), "meta": meta, "rows": rows})


def dtype_of(module: nn.Module, place: str) -> torch.dtype:
    """What the module's floats are: float32, or float64 where all of them are. Raises
    ImportRefused where any has fewer bits."""
    held = {
        one.dtype
        for one in (*module.parameters(), *module.buffers())
        if one.is_floating_point() or one.is_complex()
    }
    few = held - {torch.float32, torch.float64}
    if few:
        raise ImportRefused(
            f"{place}: the module holds {str(few.pop()).removeprefix('torch.')}; float32 and"
            " float64 are read: return module.float()"
        )
    return torch.float64 if held == {torch.float64} else torch.float32


def shape_of(table: Mapping[str, Any], place: str) -> tuple[int, ...]:
    """The shape of an input without the batch."""
    if "shape" not in table:
        raise ImportRefused(
            f"{place}: the input's shape is not said; let the function return the module and"
            ' {"shape": [784], "bits": 1}, or set the same as the module\'s `smelt`'
        )
    shape = tuple(_list(table["shape"], "shape", place))
    if not shape or not all(type(one) is int and one > 0 for one in shape):
        raise ImportRefused(
            f"{place} shape: {list(shape)}, expected sizes without the batch, as [784]"
            " or [1, 28, 28]"
        )
    if prod(shape) > MOST_ELEMENTS:
        raise ImportRefused(f"{place} shape: {prod(shape):,} elements; {MOST_ELEMENTS:,} at most")
    return shape


def _list(value: Any, key: str, place: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ImportRefused(f"{place} {key}: {value!r}, expected a list")
    return list(value)


def _whole(table: Mapping[str, Any], key: str, usual: int, low: int, high: int, place: str) -> int:
    value = table.get(key, usual)
    if type(value) is not int or not low <= value <= high:
        raise ImportRefused(f"{place} {key}: {value!r}, expected an integer from {low} to {high}")
    return value


def _flag(table: Mapping[str, Any], key: str, place: str) -> bool:
    value = table.get(key, False)
    if type(value) is not bool:
        raise ImportRefused(f"{place} {key}: {value!r}, expected true or false")
    return value


def _number(table: Mapping[str, Any], key: str, usual: float, place: str) -> float:
    value = table.get(key, usual)
    if type(value) not in (int, float) or not abs(value) < 2.0**24:
        raise ImportRefused(f"{place} {key}: {value!r}, expected a number")
    return float(value)


def _fraction(value: Any, place: str) -> int | None:
    if type(value) is bool:
        return 0 if value else None
    if type(value) is not int or not 0 <= value <= 8:
        raise ImportRefused(
            f"{place} round: {value!r}, expected true, false, or the bits behind the point, 0 to 8"
        )
    return value


def labelled(value: Any, size: int, place: str) -> tuple[np.ndarray, Integers]:
    """Rows (x, y) of the file: x (n, size), and the classes (n,)."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ImportRefused(f"{place} rows: expected (x, y), inputs and classes")
    try:
        given, labels = (np.asarray(torch.as_tensor(one)) for one in value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ImportRefused(f"{place} rows: no arrays ({' '.join(str(error).split())})") from None
    given = given.reshape(len(given), -1) if given.size and given.ndim else given
    if given.ndim != 2 or given.shape[1] != size or labels.shape != (len(given),):
        raise ImportRefused(
            f"{place} rows: x {given.shape} and y {labels.shape}, expected (n, {size}) and (n,)"
        )
    if not (np.issubdtype(labels.dtype, np.integer) and (labels >= -1).all()):
        raise ImportRefused(f"{place} rows: y is {labels.dtype}, expected classes from 0")
    return given, labels.astype(np.int64)


def _rows(value: Any, found: Described, place: str) -> Rows:
    """Rows of integer codes."""
    codes, labels = labelled(value, found.size, place)
    low, high = code_range(1, found.bits, found.signed)
    if not ((codes >= low) & (codes <= high) & (codes == np.floor(codes))).all():
        raise ImportRefused(f"{place} rows: x has values that are no codes {low[0]} to {high[0]}")
    return Rows(codes.astype(np.int64), labels)


def described_by(made: Any, place: str) -> tuple[nn.Module, Mapping[str, Any]]:
    """The module, and what its maker says of the inputs: a pair, or the module's `smelt`."""
    pair = isinstance(made, tuple) and len(made) == 2
    module, table = made if pair else (made, getattr(made, "smelt", {}))
    if not isinstance(module, nn.Module):
        raise ImportRefused(
            f"{place} returned {type(module).__name__}; expected a torch.nn.Module, or one and"
            ' what its inputs are, as {"shape": [784], "bits": 1}'
        )
    if not isinstance(table, Mapping):
        raise ImportRefused(
            f"{place}: says its inputs as a {type(table).__name__}, expected a dict"
        )
    return module, table
