"""Chooses codes: how many bits a feature becomes, and where its thresholds come from.

A column that tells classes by itself gets thresholds where a small tree parts them; one that does
not, which may matter together with others, quantiles. Tried on tables of 100 to 2,000 rows, trees
were better by up to 4 points where few columns matter, and no worse elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.data.dataset import DataSet
from gen.data.own.columns import Columns
from gen.data.thresholds import Wanted, fit_by_feature

__all__ = ["Codes", "Judged", "choose_codes", "code_bits", "judge", "picture_thresholds"]

INPUT_BITS = 400
"""About so many bits of input are aimed at."""
MOST_BITS, FEW_VALUES = 6, 6
LOOKED_AT = 4000
"""Rows that a column is judged by."""
PIXEL_BITS = ((100, 4), (256, 3), (1 << 30, 2))
"""Bits of a pixel where there are so many: of 14 x 14 drawn shapes, 2 bits 97 %, 3 bits 99 %;
quantiles, of pixels that are mostly empty, 90 to 95 %."""
BETTER = 0.02
"""A tree on one column alone must be right so much oftener than the largest class is large."""


@dataclass(frozen=True)
class Codes:
    """What an [encoding] table says, why, and what it says of single columns, each with why.

    `sensor_bits` are those of all sensors, and of categories, where the encoder is on the chip.
    """

    table: dict[str, Any]
    why: str
    columns: tuple[tuple[str, dict[str, Any], str], ...] = ()
    features: int = 0
    fixed: int = 0
    sensor_bits: int = 0

    @property
    def input_bits(self) -> int:
        """How many bits a sample has at the most; `fixed` of them are categories'."""
        return self.features * int(self.table["bits"]) + self.fixed


def choose_codes(data: DataSet, steps: int, judged: Sequence["Judged"], fewer: int = 0) -> Codes:
    """Codes for a data set, of its training part; `fewer` bits for each feature than usual.

    `judged` says what the columns of a table tell (`judge`).
    """
    if data.columns is not None and steps == 1:
        return _of_table(data.columns, judged, fewer)
    features = data.features[data.train]
    count = features.shape[1] // steps
    if data.image is not None and steps == 1:
        bits = max(1, next(bits for most, bits in PIXEL_BITS if count <= most) - fewer)
        found = picture_thresholds(features, bits)
        return Codes(
            _kind(bits) | {"thresholds": found}, "evenly between dark and light", (), count
        )
    bits = min(4, _bits(count, fewer)) if steps > 1 else _bits(count, fewer)
    if _coincide(features, bits):
        found = picture_thresholds(features, bits)
        why = "quantiles of many features would coincide: evenly spaced, the same for all"
        return Codes(_kind(bits) | {"thresholds": found}, why, (), count)
    return Codes(_kind(bits), "quantiles of the training part", (), count)


def code_bits(data: DataSet, codes: Codes) -> int | None:
    """How many bits a row of a table becomes: thresholds that tell no rows apart are none; None
    where the data is no table."""
    if data.columns is None:
        return None
    said = {name: _wanted(one) for name, one, _ in codes.columns if "kind" in one}
    return fit_by_feature(_wanted(codes.table), said, data.columns, *data.part(data.train)).n_bits


def _wanted(table: dict[str, Any]) -> Wanted:
    thresholds = tuple(table["thresholds"]) if "thresholds" in table else None
    return Wanted(table["kind"], int(table["bits"]), thresholds, table.get("fit", "quantile"))


def picture_thresholds(features: NDArray[np.float64], bits: int) -> list[float]:
    """Thresholds evenly between the darkest and the lightest, a fiftieth of the pixels aside."""
    low, high = np.quantile(features, [0.02, 0.98])
    if low == high:
        low, high = features.min(), features.max()
    found = low + (high - low) * np.arange(1, bits + 1) / (bits + 1)
    return [float(f"{one:.4g}") for one in found]


def _bits(features: int, fewer: int) -> int:
    return max(1, min(MOST_BITS, INPUT_BITS // features) - fewer)


def _kind(bits: int) -> dict[str, Any]:
    return {"kind": "thermometer" if bits > 1 else "threshold", "bits": bits}


def _coincide(features: NDArray[np.float64], bits: int) -> bool:
    """Whether more than a tenth of all quantiles tell no rows apart."""
    found = np.quantile(features, np.arange(1, bits + 1) / (bits + 1), axis=0)
    low = np.vstack([features.min(0), found[:-1]])
    return bool((found <= low).mean() > 0.1 and np.ptp(features) > 0)


def _of_table(columns: Columns, judged: Sequence["Judged"], fewer: int) -> Codes:
    fixed = sum(len(column.categories) for column in columns.columns)
    if not judged:
        return Codes(_kind(1), "there are categories alone, a bit for each", (), 0, fixed)
    return _told(judged, _bits(len(judged), fewer), fixed)


@dataclass(frozen=True)
class Judged:
    """A column of numbers: its different values where they are few, how often a small tree on it
    alone is right, and whether that is oftener than the largest class and chance explain."""

    name: str
    values: tuple[float, ...]
    right: float
    tells: bool


def judge(data: DataSet) -> tuple[Judged, ...]:
    """What each column of numbers of a table tells, by up to LOOKED_AT rows of its training part;
    none where the data is no table."""
    if data.columns is None:
        return ()
    features, labels = data.part(data.train[_spread(len(data.train))])
    most = float(np.bincount(labels).max() / len(labels))
    needed = most + max(BETTER, 2 * (most * (1 - most) / len(labels)) ** 0.5)
    found, at = [], 0
    for column in data.columns.columns:
        if not column.categories:
            right = _right(features[:, at], labels)
            known = np.unique(features[:, at])
            few = tuple(known.tolist()) if len(known) <= FEW_VALUES else ()
            found.append(Judged(column.name, few, right, right > needed))
        at += len(column.features)
    return tuple(found)


def _spread(rows: int) -> NDArray[np.int64]:
    """Places of at most LOOKED_AT rows, evenly among all."""
    return np.unique(np.linspace(0, rows - 1, min(rows, LOOKED_AT)).astype(np.int64))


def _right(values: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """How often a tree on one feature is right, on rows that it was not fitted to."""
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=MOST_BITS + 1, random_state=0)
    folds = KFold(min(3, len(labels)), shuffle=True, random_state=0)
    return float(cross_val_score(tree, values[:, None], labels, cv=folds).mean())


def _told(judged: Sequence[Judged], bits: int, fixed: int) -> Codes:
    """Trees for all where most columns tell classes, and what is otherwise for single ones."""
    telling = sum(one.tells for one in judged)
    trees = bits > 1 and 2 * telling >= len(judged)
    table = _kind(bits) | ({"fit": "tree"} if trees else {})
    why = (
        f"{telling} of {len(judged)} columns of numbers tell classes by themselves (a small tree on"
        " one is right oftener than the largest class is large): thresholds lie where "
        + ("trees part them" if trees else "quantiles do")
    )
    said = [(one.name, _exception(one, bits, trees)) for one in judged]
    columns = tuple((name, *told) for name, told in said if told is not None)
    return Codes(table, why, columns, len(judged), fixed)


def _exception(one: Judged, bits: int, trees: bool) -> tuple[dict[str, Any], str] | None:
    """What is said of one column where it is not what is said of all, and why."""
    if 2 <= len(one.values) <= bits + 1 and not (one.tells and trees):
        between = [
            float(f"{(a + b) / 2:.6g}") for a, b in zip(one.values, one.values[1:], strict=False)
        ]
        if len(set(between)) == len(between):
            told = _kind(len(between)) | {"thresholds": between}
            return told, f"{len(one.values)} different values: a bit between each two"
    if one.tells and not trees and bits > 1:
        return _kind(bits) | {"fit": "tree"}, f"a tree on it alone is right in {one.right:.0%}"
    if not one.tells and trees:
        return _kind(min(bits, 4)), "tells no class by itself: quantiles"
    return None
