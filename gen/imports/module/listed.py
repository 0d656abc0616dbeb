"""A function of two tensors as one of a single sum, listed for every pair of their integers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from gen.imports.module.build import WEIGHT, Build, Refused, in_units
from gen.imports.module.value import Affine, Floats, Value
from gen.imports.packing import factors_of, packed
from gen.intnet.network import Add, Integers
from gen.intnet.node import EXACT

__all__ = ["listed", "rounds"]

MOST_PAIRS = 1 << 22
MOST_LISTED = 1 << 25
"""Numbers for all elements together, where these have functions of their own."""


@dataclass(frozen=True, eq=False)
class _List:
    """What each side's integer counts in the number, the least one, and the values from it on."""

    factors: tuple[int, int]
    low: int
    values: torch.Tensor


def rounds(build: Build, terms: list[Affine]) -> bool:
    """Whether float32 may round the sum of two tensors of exact values."""
    parts = [(*one.spread()[:2], *_ends(build, one)) for one in terms]
    try:
        unit, factors = in_units(np.stack([part[0] for part in parts]), "scales")
    except Refused:
        return True
    exact = (factors * unit == np.stack([part[0] for part in parts])).all()
    reach = sum(
        np.abs(scale) * np.maximum(np.abs(low), np.abs(high)) + np.abs(offset)
        for scale, offset, low, high in parts
    )
    values = np.concatenate([one.reshape(-1) for part in parts for one in part[:2]])
    lowest = _lowest(values)
    return not exact or bool(np.max(reach) >= lowest * 2.0**24)


def _lowest(values: Floats) -> float:
    """The worth of the lowest bit that any of the values has."""
    mantissa, exponent = np.frexp(values[values != 0])
    bits = (np.abs(mantissa) * 2.0**53).astype(np.int64)
    return float(((bits & -bits) * 2.0 ** (exponent - 53.0)).min(initial=np.inf))


def _ends(build: Build, one: Affine) -> tuple[Integers, Integers]:
    signal = build.signals[one.signal]
    return signal.low[one.element], signal.high[one.element]


def listed(
    build: Build, terms: list[Affine], function: Callable[..., torch.Tensor]
) -> Value | None:
    """What an elementwise function, a sum or difference, makes of two tensors of one shape, run on
    every pair of values; None where these are too many, or rounded themselves."""
    first, second = terms
    if any(one.error.any() and one.known is None for one in terms):
        return None
    known = [_numbered(one) for one in terms]
    columns = [
        np.broadcast_to(column, first.shape)
        for one, (which, _) in zip(terms, known, strict=True)
        for column in (*one.spread()[:2], *_ends(build, one), which)
    ]
    rows = np.stack([np.asarray(one, np.float64).reshape(-1) for one in columns], axis=1)
    unique, group = np.unique(rows, axis=0, return_inverse=True)
    if ((unique[:, 3] - unique[:, 2] + 1) * (unique[:, 8] - unique[:, 7] + 1)).sum() > MOST_PAIRS:
        return None
    lists = [
        _list(
            [
                _values(one, floats, part)
                for one, (_, floats), part in zip(terms, known, (row[:5], row[5:]), strict=True)
            ],
            (float(row[0]), float(row[5])),
            function,
        )
        for row in unique
    ]
    size = max(len(one.values) for one in lists)
    if size > EXACT // 2 or (len(lists) > 1 and size * first.element.size > MOST_LISTED):
        return None
    factors = np.array([one.factors for one in lists])[group.reshape(-1)]
    if np.abs(factors).max() > WEIGHT:
        return None
    names = [
        build.scaled(one, factors[:, at].reshape(one.shape), np.zeros(1, np.int64))
        for at, one in enumerate(terms)
    ]
    made = build.add(Add(build.fresh("sum"), tuple(names), first.element.size))
    element = np.arange(first.element.size).reshape(first.shape)
    none = np.zeros(())
    base = Affine(made, element, np.ones(()), none, none, torch.float64)
    return Value(base, element).then(_looked_up(lists, group.reshape(-1), first.shape))


def _numbered(one: Affine) -> tuple[Integers, Floats]:
    """Which list of known values each element has (shape), and all of these (k, lists)."""
    if one.known is None:
        return np.zeros(one.shape, np.int64), np.zeros((0, 1))
    floats = one.known[1]
    flat = floats.reshape(len(floats), -1)
    unique, which = np.unique(flat, axis=1, return_inverse=True)
    return which.reshape(floats.shape[1:]), unique


def _values(one: Affine, known: Floats, row: Floats) -> tuple[Integers, torch.Tensor]:
    """The integers of an element, by its scale, offset, least and greatest one, and the number of
    its known values; and what the module has for each."""
    scale, offset, low, high, which = row
    integers = np.arange(int(low), int(high) + 1)
    floats = integers * scale + offset
    if one.known is not None:
        place = integers - one.known[0]
        inside = (place >= 0) & (place < len(known))
        given = known[place[inside], int(which)]
        floats[inside] = np.where(np.isinf(given), floats[inside], given)
    return integers, torch.from_numpy(floats).to(one.dtype)


def _list(
    sides: list[tuple[Integers, torch.Tensor]],
    scales: tuple[float, float],
    function: Callable[..., torch.Tensor],
) -> _List:
    (first, values), (second, others) = sides
    with torch.no_grad():
        table = function(values[:, None], others[None, :]).numpy()
    finer = factors_of((scales[0], len(first)), (scales[1], len(second)))
    for factors in (*_shared(scales), finer):
        found = packed(first, second, factors, table)
        if found is not None:
            return _List(factors, found[0], torch.from_numpy(found[1]))
    raise AssertionError("no two pairs have one number")


def _shared(scales: tuple[float, float]) -> list[tuple[int, int]]:
    """The scales in a unit that they share, where they do."""
    try:
        _, whole = in_units(np.array(scales), "scales")
    except Refused:
        return []
    return [(int(whole[0]), int(whole[1]))]


def _looked_up(
    lists: list[_List], group: Integers, shape: tuple[int, ...]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """The function of the number."""

    def of(one: _List, numbers: torch.Tensor) -> torch.Tensor:
        return one.values[(numbers - one.low).clamp(0, len(one.values) - 1)]

    def function(table: torch.Tensor) -> torch.Tensor:
        numbers = table.reshape(-1).long()
        if len(lists) == 1:
            return of(lists[0], numbers).reshape(-1, *[1] * len(shape))
        columns = torch.stack([of(one, numbers) for one in lists], dim=1)
        return columns[:, torch.from_numpy(group)].reshape(-1, *shape)

    return function
