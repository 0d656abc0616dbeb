"""A module's own answers, for input bits of the network made of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gen.data.encode import Encoder
from gen.data.sensors import SensorEncoder
from gen.imports.errors import ImportRefused
from gen.imports.lgn.layers import lut_layer_parts
from gen.imports.lgn.recognized import layer_of
from gen.imports.lgn.scores import Scores, Unordered
from gen.imports.lgn.stand_in import lut_forward
from gen.intnet.network import Integers

__all__ = ["rows_of", "runtime"]

BATCH = 251
"""Rows at a time: as many as no layer is likely to have classes, by which scores are told."""


def runtime(
    module: Any,
    shape: Sequence[int],
    encoder: Encoder | None,
    made: Any,
    double: bool,
    given: Integers,
) -> Integers:
    """Counts, or bits, int64 (rows, scores), as the module's own forward has them."""
    rows = given.astype(np.float64) if encoder is None else rows_of(encoder, given, double)
    rows = rows if double else rows.astype(np.float32)
    found = []
    classes = len(made.weight) if isinstance(made, Scores) else 0
    with torch.no_grad(), able(module):
        for at in range(0, len(rows), BATCH):
            part = torch.from_numpy(rows[at : at + BATCH]).reshape(-1, *shape)
            with Unordered((len(part), classes)):
                found.append(module(part).double().numpy())
    return _counts(np.concatenate(found), made)


@contextmanager
def able(module: Any) -> Iterator[None]:
    """For the time of the block torch_dwn's layers, which run with CUDA only, run by what stands in
    for them here."""
    changed = []
    for one in module.modules():
        if type(one).__module__.split(".")[0] == "torch_dwn" and layer_of(one, ("LUTLayer",)):
            wiring, _ = lut_layer_parts(one)
            mapping, luts = torch.from_numpy(np.ascontiguousarray(wiring)), one.luts.detach().cpu()
            one.forward = partial(lut_forward, mapping=mapping, luts=luts)
            changed.append(one)
    try:
        yield
    finally:
        for one in changed:
            del one.forward


def _counts(values: NDArray[np.float64], made: Any) -> Integers:
    """Scores without their scale and offset; a class that the module names is left as it is."""
    values = values.reshape(len(values), -1)
    if isinstance(made, Scores):
        scale, offset = made.affine
        values = (values - offset) / scale
    found = np.rint(values)
    if np.abs(values - found).max(initial=0) > 0.01:
        raise ImportRefused("the module's scores are no counts of bits: it is not read exactly")
    return found.astype(np.int64)


def rows_of(encoder: Encoder, given: Integers, double: bool = False) -> NDArray[np.float64]:
    """Features (rows, F), float32 unless `double`, that have these input bits.

    In even rows it is the least that reaches a feature's thresholds, in odd rows the greatest, so
    that both sides of each are tried. Of sensors it is the value of their integer.
    """
    columns = []
    for at, code in enumerate(encoder.codes):
        bits = given[:, encoder.starts[at] : encoder.starts[at + 1]]
        if isinstance(encoder, SensorEncoder):
            sensor = encoder.sensors[at]
            worth = 1 << np.arange(sensor.bits)
            worth[-1] *= -1 if sensor.signed else 1
            columns.append(sensor.values(bits @ worth))
        else:
            columns.append(_reaching(np.array(code.thresholds), bits.sum(axis=1), double))
    return np.stack(columns, axis=1)


def _reaching(marks: NDArray[np.float64], reached: Integers, double: bool) -> NDArray[np.float64]:
    """Features (rows,) that reach so many of these thresholds."""
    least = marks if double else marks.astype(np.float32)
    ends = np.array([-np.inf, np.inf], least.dtype)
    least = np.where(least < marks, np.nextafter(least, ends[1]), least)
    greatest = np.nextafter(least, ends[0])
    low, high = np.r_[greatest[:1], least], np.r_[greatest, least[-1:]]
    even = np.arange(len(reached)) % 2 == 0
    return np.where(even, low[reached], high[reached]).astype(np.float64)
