"""A module's own answers, for input bits of the network made of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gen.data.encode import Encoder
from gen.imports.errors import ImportRefused
from gen.imports.lgn.symbols import Scores, Unordered
from gen.intnet.network import Integers

__all__ = ["rows_of", "runtime"]

BATCH = 256


def runtime(
    module: Any, shape: Sequence[int], encoder: Encoder | None, made: Any, given: Integers
) -> Integers:
    """Counts, or bits, int64 (rows, scores), as the module's own forward has them."""
    rows = given.astype(np.float32) if encoder is None else rows_of(encoder, given)
    found = []
    with torch.no_grad(), Unordered():
        for at in range(0, len(rows), BATCH):
            part = torch.from_numpy(rows[at : at + BATCH]).reshape(-1, *shape)
            found.append(module(part).double().numpy())
    return _counts(np.concatenate(found), made)


def _counts(values: NDArray[np.float64], made: Any) -> Integers:
    """Scores without their scale and offset; a class that the module names is left as it is."""
    values = values.reshape(len(values), -1)
    if isinstance(made, Scores):
        values = (values - made.offset) / made.scale
    found = np.rint(values)
    if np.abs(values - found).max(initial=0) > 0.01:
        raise ImportRefused("the module's scores are no counts of bits: it is not read exactly")
    return found.astype(np.int64)


def rows_of(encoder: Encoder, given: Integers) -> NDArray[np.float32]:
    """Features float32 (rows, F) that have these input bits: in even rows the least that reaches a
    feature's thresholds, in odd rows the greatest, so that both sides of each are tried."""
    columns = []
    for at, code in enumerate(encoder.codes):
        bits = given[:, encoder.starts[at] : encoder.starts[at + 1]]
        marks = np.array(code.thresholds)
        least = marks.astype(np.float32)
        least = np.where(least < marks, np.nextafter(least, np.float32(np.inf)), least)
        greatest = np.nextafter(least, np.float32(-np.inf))
        low = np.r_[greatest[:1], least].astype(np.float32)
        high = np.r_[greatest, least[-1:]].astype(np.float32)
        reached = bits.sum(axis=1)
        even = np.arange(len(given)) % 2 == 0
        columns.append(np.where(even, low[reached], high[reached]))
    return np.stack(columns, axis=1).astype(np.float32)
