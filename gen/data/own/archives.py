"""Arrays `x` and `y` of a NumPy archive, and `x_test` and `y_test` where it has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays
from gen.data.errors import DataError
from gen.data.names import nearest
from gen.data.own.columns import LARGEST

__all__ = ["Archive", "read_archive", "read_archive_rows"]

KEYS = ("x", "y", "x_test", "y_test", "columns")
Archive = tuple[NDArray[np.float64], list[Any], int, tuple[int, int] | None, tuple[str, ...]]


def read_archive(path: Path) -> Archive:
    """Features (n, F), labels, how many of the rows (the last ones) are for testing, height and
    width where x is (n, height, width), and the names of columns where `columns` has them.

    Raises DataError where an array is missing or of another shape, with its row and column.
    """
    arrays = read_arrays(path)
    _check_keys(path, arrays)
    x, shape = _features(path, "x", arrays["x"])
    labels, tested = _labels(path, "y", arrays["y"], len(x)), 0
    if "x_test" in arrays:
        more, other = _features(path, "x_test", arrays["x_test"])
        if other != shape or more.shape[1] != x.shape[1]:
            raise DataError(f"{path}: x_test has other features than x")
        labels += _labels(path, "y_test", arrays["y_test"], len(more))
        x, tested = np.concatenate([x, more]), len(more)
    return x, labels, tested, shape, _names(path, arrays, x.shape[1])


def read_archive_rows(
    path: Path, known: Sequence[str] = ()
) -> tuple[NDArray[np.float64], list[Any] | None]:
    """Features (n, F) and, where the archive has `y`, labels; raises DataError.

    Where it has `columns` they are put in the order of the `known` ones.
    """
    arrays = read_arrays(path)
    if "x" not in arrays:
        raise DataError(f"{path}: no array 'x'; it has {', '.join(arrays) or 'none'}")
    x, _ = _features(path, "x", arrays["x"])
    names = _names(path, arrays, x.shape[1])
    if known and names:
        x = x[:, _places(path, names, known)]
    return x, _labels(path, "y", arrays["y"], len(x)) if "y" in arrays else None


def _names(path: Path, arrays: dict[str, NDArray[Any]], features: int) -> tuple[str, ...]:
    """The names of the features; none where the archive has none."""
    names = tuple(str(one) for one in arrays.get("columns", np.zeros(0)).reshape(-1))
    if names and (len(names) != features or len(set(names)) < len(names)):
        raise DataError(f"{path}: columns has {len(names)} names for {features} features")
    return names


def _places(path: Path, names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Where among `names` the `known` ones are: each of both, in any order."""
    missing = [name for name in known if name not in names]
    if missing:
        raise DataError(f"{path}: no column {missing[0]!r}{nearest(missing[0], names)}")
    extra = [name for name in names if name not in known]
    if extra:
        raise DataError(f"{path}: column {extra[0]!r} is none of the network's; take it out")
    return [names.index(name) for name in known]


def _check_keys(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    missing = [key for key in ("x", "y") if key not in arrays]
    if ("x_test" in arrays) != ("y_test" in arrays):
        missing.append("y_test" if "x_test" in arrays else "x_test")
    if missing:
        raise DataError(
            f"{path}: no array {missing[0]!r}; expected x and y, and x_test and y_test where there"
            f" are test rows; it has {', '.join(arrays) or 'none'}"
        )
    other = [key for key in arrays if key not in KEYS]
    if other:
        raise DataError(f"{path}: array {other[0]!r}; known are {', '.join(KEYS)}")


def _features(
    path: Path, key: str, array: NDArray[Any]
) -> tuple[NDArray[np.float64], tuple[int, int] | None]:
    if array.dtype.kind not in "buif":
        raise DataError(f"{path}: {key} holds {array.dtype}, expected numbers")
    if array.ndim not in (2, 3) or not array.size:
        raise DataError(
            f"{path}: {key} has shape {array.shape}; expected (rows, features) or"
            " (rows, height, width)"
        )
    values = array.reshape(len(array), -1).astype(np.float64)
    wrong = np.argwhere(~(np.abs(values) <= LARGEST))
    if len(wrong):
        row, column = wrong[0].tolist()
        value = float(values[row, column])
        large = f", too large a number: {LARGEST:g} is the most" if np.isfinite(value) else ""
        raise DataError(f"{path}: {key}, row {row + 1}, column {column}: {value}{large}")
    return values, (array.shape[1], array.shape[2]) if array.ndim == 3 else None


def _labels(path: Path, key: str, array: NDArray[Any], rows: int) -> list[Any]:
    if array.shape not in ((rows,), (rows, 1)):
        raise DataError(f"{path}: {key} has shape {array.shape}, expected ({rows},)")
    if array.dtype.kind not in "biuUS":
        raise DataError(f"{path}: {key} holds {array.dtype}; labels are whole numbers or texts")
    values = array.reshape(-1)
    texts = array.dtype.kind in "US"
    return [str(one) for one in values.astype(str)] if texts else [int(one) for one in values]
