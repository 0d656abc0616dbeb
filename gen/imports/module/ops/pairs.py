"""Operations on two tensors of codes: a truth table for each pair of elements."""

from collections.abc import Callable

import numpy as np
import torch

from gen.imports.module.build import Build, Refused, in_units
from gen.imports.module.codes import integers, width_of
from gen.imports.module.value import Affine, Floats, Value
from gen.intnet.held import CODE_BITS
from gen.intnet.lookups import TABLE_BITS
from gen.intnet.network import Concat, Integers, Table, code_range

__all__ = ["of_pairs"]


def of_pairs(
    build: Build, first: Value, second: Value, function: Callable[..., torch.Tensor]
) -> Value:
    """What an elementwise function makes of two tensors of one shape. Raises Refused where they
    are not of few bits, or what it gives is not quantized."""
    pair = integers(build, first), integers(build, second)
    names = [build.whole(one) for one in pair]
    name, n = names[0], first.wires.size
    if names[0] != names[1]:
        name = build.add(Concat(build.fresh("pairs"), (names[0], names[1]), 2 * n))
    signal = build.signals[name]
    if not signal.bits or 2 * signal.bits > TABLE_BITS:
        raise Refused(
            "is of two different tensors; besides sums and differences only tables of them can be"
            f" exact, of codes of up to {TABLE_BITS // 2} bits: quantize both before"
        )
    low, high = code_range(1, signal.bits, signal.signed)
    codes = np.arange(low[0], high[0] + 1)
    values = _values(pair, codes, function, n)
    reached = [
        (codes >= build.signals[one].low[:, None]) & (codes <= build.signals[one].high[:, None])
        for one in names
    ]
    inside = (reached[0][:, :, None] & reached[1][:, None, :]).reshape(n, -1)
    unit, made, bits, signed = _coded(values, inside)
    order = np.argsort(codes % (1 << signal.bits))  # as they stand in an address
    tables = made.reshape(n, len(codes), -1)[:, order][:, :, order]
    elements = np.arange(n, dtype=np.int32)
    wiring = np.stack([elements, elements + (0 if names[0] == names[1] else n)], axis=1)
    node = Table(
        build.fresh("table"),
        (name,),
        wiring,
        tables.transpose(0, 2, 1).reshape(n, -1),
        bits=bits,
        signed=signed,
        width=signal.bits,
    )
    element = np.arange(n).reshape(first.shape)
    parts = np.full((), unit), np.zeros(()), np.zeros(())
    return Value(Affine(build.add(node), element, *parts, pair[0].dtype), element)


def _values(
    pair: tuple[Affine, Affine], codes: Integers, function: Callable[..., torch.Tensor], n: int
) -> Floats:
    """What the function gives (n, first codes * second codes)."""
    if any(one.error.any() for one in pair):
        raise Refused("is of two tensors whose values float32 rounds; let scales be powers of two")
    given = []
    for one, dims in zip(pair, ((n, -1, 1), (n, 1, -1)), strict=True):
        table = one.values(codes, 0.0)
        whole = table.expand(len(codes), *one.shape).reshape(len(codes), -1).T
        given.append(whole.reshape(dims))
    with torch.no_grad():
        made = function(*given).expand(n, len(codes), len(codes))
    values: Floats = made.to(torch.float64).reshape(n, -1).numpy()
    return values


def _coded(values: Floats, inside: np.ndarray) -> tuple[float, Integers, int, bool]:
    """Unit, codes, their bits, and whether they have a sign."""
    few = np.unique(values[inside])
    if not np.isfinite(few).all():
        raise Refused("gives values that are no numbers")
    unit, _ = in_units(few, "what it gives", 1 << CODE_BITS)
    if (few != np.rint(few / unit) * unit).any():
        raise Refused("gives values that are not quantized; quantize both before")
    codes = np.rint(np.where(inside, values, few[0]) / unit).astype(np.int64)
    bits, signed = width_of(codes)
    if bits > CODE_BITS:
        raise Refused(f"gives values of {bits} bits; {CODE_BITS} at most")
    return unit, codes, bits, signed
