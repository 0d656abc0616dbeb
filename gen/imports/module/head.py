"""What a module answers with: integer scores, and how its own floats tell them."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from gen.imports.errors import ImportRefused
from gen.imports.module.build import WEIGHT, Build, Refused, in_units
from gen.imports.module.codes import integers
from gen.imports.module.value import Affine, Floats, Value, tabulated
from gen.intnet.held import CODE_BITS
from gen.intnet.lookups import step_rows
from gen.intnet.network import Integers, Levels, Linear

__all__ = ["Scores", "decided", "scores_of"]

MOST_BIAS = 1 << 23
SCALE_BITS = 6
"""Scales that differ between classes are rounded to so many bits of the largest."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Integer scores as a signal of the network; they are `factor` * integer + `bias`, for the
    integers at which the module's floats, `table` (k, classes) of `first` and up, are nearest.

    `rounded` says how far the module's floats were rounded at most; `fair` that no float
    rounding of the module's decides between equal ones.
    """

    name: str
    first: int
    table: Floats
    factor: Integers
    bias: Integers
    fair: bool = True
    rounded: float = 0.0

    def of(self, given: torch.Tensor) -> Integers:
        """Scores (vectors, classes) of what the module has; raises ImportRefused where it is none
        of the values in the table."""
        values = given.reshape(len(given), -1).to(torch.float64).numpy()
        found = np.empty(values.shape, np.int64)
        for column in range(values.shape[1]):
            table = self.table[:, min(column, self.table.shape[1] - 1)]
            found[:, column] = _nearest(table, values[:, column])
        return (found + self.first) * self.factor + self.bias


def _nearest(table: Floats, values: Floats) -> Integers:
    """The place in a strictly rising or falling table that is nearest to each value."""
    order = slice(None) if table[-1] >= table[0] else slice(None, None, -1)
    rising = table[order]
    middles = (rising[1:] + rising[:-1]) / 2
    found = np.searchsorted(middles, values)
    off = np.abs(rising[found] - values)
    step = np.diff(rising).min(initial=np.inf)
    if (off > 0.05 * step).any() or not np.isfinite(values).all():
        at = int(np.argmax(off))
        raise ImportRefused(
            f"row {at}: the module has a score of {values[at]}, which is none that the network made"
            " of it has; this is a defect of the importer: nothing was written"
        )
    return np.asarray(found if order == slice(None) else len(table) - 1 - found)


def scores_of(build: Build, value: Value, fraction: int | None) -> Scores:
    """Scores of a tensor (classes,). Raises Refused where they are no integers of one unit, and
    `fraction` does not say how to round them."""
    flat = value.moved(np.arange(value.wires.size))
    same = _of_one_function(build, flat)
    if same is not None:
        return same
    try:
        affine = integers(build, flat)
    except Refused as error:
        raise Refused(f"the scores: {error}") from None
    return _of_one_unit(build, affine, fraction)


def decided(build: Build, scores: Scores, threshold: float) -> Scores:
    """One score as two, 0 and what is above 0 where the module's float is above a threshold."""
    (column,) = scores.table.T
    above = column > threshold
    rises = bool(column[-1] >= column[0])
    first = int(above.sum()) if not rises else len(above) - int(above.sum())
    way = 1 if rises else -1
    edge = first + scores.first  # rising: the least integer above; falling: the least that is not
    bias = 1 - edge if rises else edge
    plain = (scores.factor == 1).all() and not scores.bias.any()
    if not plain:
        raise Refused("the one score is scaled; give two")
    weight = np.array([[0], [way]])
    offset = np.array([0, bias])
    node = Linear(build.fresh("decided"), (scores.name,), weight, offset.astype(np.int32))
    return replace(scores, name=build.add(node), factor=weight[:, 0], bias=offset)


def _range(build: Build, name: str, element: Integers) -> tuple[int, int]:
    signal = build.signals[name]
    return int(signal.low[element].min()), int(signal.high[element].max())


def _of_one_function(build: Build, value: Value) -> Scores | None:
    """Where all scores are the same rising function of integers, these are the scores; where it is
    one that has steps, or falls, its ranks."""
    low, high = _range(build, value.base.signal, value.element)
    table = tabulated(value, low, high).reshape(high - low + 1, -1).astype(np.float64)
    if (table != table[:, :1]).any() or not np.isfinite(table).all():
        return None
    name = build.whole(Affine.plain(value.base.signal, value.element))
    fair = not value.base.error.any()
    one, none = np.ones(1, np.int64), np.zeros(1, np.int64)
    steps = np.diff(table[:, 0])
    if (steps > 0).all():
        return Scores(name, low, table[:, :1], one, none, fair)
    if not fair or value.step is None or not ((steps >= 0).all() or (steps <= 0).all()):
        return None
    floats, ranks = np.unique(table[:, 0], return_inverse=True)
    bits = max(1, (len(floats) - 1).bit_length())
    if bits > CODE_BITS or len(floats) < 2:
        return None
    edges, codes = step_rows([low], [ranks.reshape(-1)])
    count = value.wires.size
    node = Levels(
        build.fresh("rank"), (name,), edges.repeat(count, 0), codes.repeat(count, 0), bits=bits
    )
    return Scores(build.add(node), 0, floats[:, None], one, none)


def _of_one_unit(build: Build, affine: Affine, fraction: int | None) -> Scores:
    scale, offset, error = (np.array(one) for one in affine.spread())
    low, high = _range(build, affine.signal, affine.element)
    table = scale * np.arange(low, high + 1)[:, None] + offset
    found = _units(scale, offset) or _units(scale, offset - offset[0])
    if found is None and fraction is None:
        raise Refused(_why(scale))
    factor, bias, rounded = found or _rounded(scale, offset, table, fraction or 0)
    name = build.scaled(affine, factor, bias)
    return Scores(name, low, table, factor, bias, not error.any(), rounded)


def _units(scale: Floats, offset: Floats) -> tuple[Integers, Integers, float] | None:
    """Factors and biases in units that all classes share."""
    try:
        _, (factor, bias) = in_units(np.stack([scale, offset]), "scores", MOST_BIAS)
    except Refused:
        return None
    return (factor, bias, 0.0) if np.abs(factor).max() <= WEIGHT else None


def _rounded(
    scale: Floats, offset: Floats, table: Floats, fraction: int
) -> tuple[Integers, Integers, float]:
    """The nearest factors and biases: in parts of a unit, `fraction` bits of them."""
    one = len({*scale.tolist()}) == 1
    unit = float(np.abs(scale).max()) / 2 ** (fraction if one else max(fraction, SCALE_BITS))
    factor, bias = (np.rint(part / unit).astype(np.int64) for part in (scale, offset))
    made = factor * (table - offset) / np.where(scale == 0, 1, scale) + bias
    return factor, bias, float(np.abs(made * unit - table).max())


def _why(scale: Floats) -> str:
    what = "biases" if len({*scale.tolist()}) == 1 else "scales and biases"
    return (
        f"the scores have float {what} of their own, which are no integers of one unit; train the"
        " last layer without, or say `round = true` (or bits behind the point) and it is rounded"
    )
