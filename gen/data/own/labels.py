"""Labels: texts or whole numbers, each a class."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gen.data.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_classes", "check_counts", "labels_of"]

MOST_CLASSES = 1024


def labels_of(series: "pd.Series[Any]", where: str) -> list[Any]:
    """The labels in a column, texts or whole numbers; raises DataError naming a row."""
    from pandas.api import types

    gone = np.flatnonzero(series.isna().to_numpy())
    if len(gone):
        raise DataError(f"{where}: row {gone[0] + 1} has no label (column {series.name!r})")
    if types.is_float_dtype(series):
        values = series.to_numpy(np.float64)
        at = int(np.flatnonzero(values != np.floor(values))[:1].sum())
        raise DataError(
            f"{where}: label {series.name!r} holds numbers with a point ({float(values[at])!r} in"
            f" row {at + 1}); a label is a text or a whole number: sort them into classes first"
        )
    if types.is_bool_dtype(series) or not types.is_integer_dtype(series):
        return [str(one).strip() for one in series]
    return [int(one) for one in series]


def as_classes(labels: Sequence[Any], where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels as numbers (n,), and the names of the classes in their order: numbers by size, texts
    by the alphabet. Raises DataError where there is one class, or far too many."""
    text = next((one for one in labels if isinstance(one, str)), None)
    number = next((one for one in labels if not isinstance(one, str)), None)
    if text is not None and number is not None:
        raise DataError(f"{where}: labels are numbers and texts: {number!r} and {text!r}")
    classes = sorted(set(labels))
    names = tuple(str(one) for one in classes)
    wrong = next((one for one in names if not one.strip() or not one.isprintable()), None)
    if wrong is not None:
        raise DataError(f"{where}: a class is called {wrong[:40]!r}, which cannot be printed")
    if len(classes) == 1:
        raise DataError(f"{where}: all rows are of one class, {names[0]!r}; two or more are needed")
    if len(classes) > MOST_CLASSES or (len(classes) > 64 and 2 * len(classes) > len(labels)):
        raise DataError(
            f"{where}: {len(classes):,} classes in {len(labels):,} rows; is this column the label?"
        )
    places = {one: at for at, one in enumerate(classes)}
    return np.array([places[one] for one in labels], np.int64), names


def check_counts(labels: NDArray[np.int64], names: Sequence[str], least: int, where: str) -> None:
    """Raise DataError for a class with fewer rows than a split needs."""
    counts = np.bincount(labels, minlength=len(names))
    few = np.flatnonzero(counts < least)
    if len(few):
        raise DataError(
            f"{where}: class {names[few[0]]!r} has {counts[few[0]]} of the rows; {least} at the"
            " least are needed, for training and for testing"
        )
