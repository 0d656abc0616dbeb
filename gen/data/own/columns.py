"""Columns of a table as features: numbers as they are, texts as a feature for each category.

What a column is is learned from the table that is trained on, and kept: the same columns are found
in another table by their names.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gen.data.errors import DataError
from gen.data.names import nearest
from gen.files import DAMAGE

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LARGEST",
    "Column",
    "Columns",
    "check_columns",
    "columns_from_dict",
    "find_column",
    "is_text",
    "learn_columns",
]

COMMA = re.compile(r"[-+]?[\d.]*,[\d,.]*\d([eE][-+]?\d+)?")
"""A number as it is written where the comma is the point, or parts thousands."""
LARGEST = 1e30
"""Of a number: its square, and sums of many, are numbers too."""
MOST_CATEGORIES = 64
"""Of a column; one with more texts is most likely an identifier or a sentence."""


@dataclass(frozen=True)
class Column:
    """A column: numbers, or one of the `categories`; `fill` stands where a value is missing."""

    name: str
    categories: tuple[str, ...] = ()
    fill: float | str | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """Names of its features."""
        return tuple(f"{self.name}={one}" for one in self.categories) or (self.name,)


@dataclass(frozen=True)
class Columns:
    """The columns that features come from, in order, the name of the label's, and those that may
    be there and are not looked at."""

    columns: tuple[Column, ...]
    label: str
    ignored: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all features."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of the columns of texts."""
        return tuple(column.name for column in self.columns if column.categories)

    def table(self, frame: "pd.DataFrame", where: str, unseen: bool = False) -> NDArray[np.float64]:
        """Features (rows, features) of a table that has these columns, in any order.

        A text that is no category is refused, or with `unseen` of no category. Raises DataError
        naming `where`, and the row and column.
        """
        known = {column.name for column in self.columns} | {self.label, *self.ignored}
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        if missing:
            raise DataError(
                f"{where}: no column {missing[0]!r}{nearest(missing[0], frame.columns)}"
            )
        extra = [name for name in frame.columns if name not in known]
        if extra:
            raise DataError(f"{where}: column {extra[0]!r} is none of the network's; take it out")
        parts = [_values(frame[column.name], column, where, unseen) for column in self.columns]
        return np.concatenate(parts, axis=1)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value from which `columns_from_dict` makes the same."""
        columns = [asdict(column) for column in self.columns]
        return {"columns": columns, "label": self.label, "ignored": list(self.ignored)}


def columns_from_dict(value: Mapping[str, Any]) -> Columns:
    """The columns that `to_dict` described. Raises DataError where that is damaged."""
    try:
        columns = [
            Column(str(one["name"]), tuple(map(str, one["categories"])), one["fill"])
            for one in value["columns"]
        ]
        return Columns(tuple(columns), str(value["label"]), tuple(map(str, value["ignored"])))
    except DAMAGE as error:
        raise DataError(f"not a description of columns: {type(error).__name__}: {error}") from None


def check_columns(frame: "pd.DataFrame", names: Iterable[str], where: str) -> None:
    """Raise DataError where a column is neither numbers nor texts of a few categories."""
    for name in names:
        if is_text(frame[name]):
            _check_text(frame[name].dropna(), name, where)
        else:
            _numbers(frame[name], name, where)


def learn_columns(
    frame: "pd.DataFrame",
    train: NDArray[np.int64],
    names: Sequence[str],
    label: str,
    fill: float | str | None,
    where: str,
) -> Columns:
    """What the columns of a table are: categories from all rows, the rest from those trained on.

    Columns of one value there are left out; DataError where none is left.
    """
    found = [_learn(frame[name], train, fill) for name in names]
    kept = tuple(column for column in found if column is not None)
    if not kept:
        raise DataError(f"{where}: no column is left to learn from besides {label!r}")
    _check_features(kept, where)
    used = {label, *(column.name for column in kept)}
    return Columns(kept, label, tuple(name for name in frame.columns if name not in used))


def _check_features(columns: Iterable[Column], where: str) -> None:
    """Raise DataError where two features would be called alike, or one is called what no line
    holds."""
    seen: set[str] = set()
    for column in columns:
        for name in column.features:
            if not name.isprintable():
                raise DataError(f"{where}: column {column.name!r}: {name!r} cannot be printed")
            if name in seen:
                raise DataError(
                    f"{where}: column {column.name!r}: two features would be called {name!r};"
                    " call the column otherwise"
                )
            seen.add(name)


def find_column(frame: "pd.DataFrame", said: str | int, what: str, where: str) -> str:
    """The name of a column that is given by name or number; raises DataError."""
    names = list(frame.columns)
    if isinstance(said, int):
        if not -len(names) <= said < len(names):
            raise DataError(f"{where}: {what} {said}: there are {len(names)} columns, from 0")
        return str(names[said])
    if said not in names:
        raise DataError(f"{where}: {what}: no column {said!r}{nearest(said, names)}")
    return said


def _learn(
    series: "pd.Series[Any]", train: NDArray[np.int64], fill: float | str | None
) -> Column | None:
    """What a column is; None where it says nothing."""
    name, part = str(series.name), series.iloc[train]
    present = part.dropna()
    if present.nunique() + part.isna().any() < 2:
        return None
    if is_text(series):
        categories = tuple(sorted({str(one) for one in series.dropna()}))
        most = present.mode()
        return Column(name, categories, None if fill is None or most.empty else str(most.iloc[0]))
    return Column(name, (), _filled(present.to_numpy(np.float64), fill))


def _filled(known: NDArray[np.float64], fill: float | str | None) -> float | None:
    """What stands for a missing number."""
    if fill is None or isinstance(fill, (int, float)):
        return None if fill is None else float(fill)
    if fill == "most frequent":
        values, counts = np.unique(known, return_counts=True)
        return float(values[counts.argmax()])
    return float(np.median(known) if fill == "median" else known.mean())


def is_text(series: "pd.Series[Any]") -> bool:
    """Whether a column holds texts, not numbers."""
    from pandas.api import types

    return not (types.is_numeric_dtype(series) or types.is_bool_dtype(series))


def _check_text(present: "pd.Series[Any]", name: str, where: str) -> None:
    """Raise DataError for a column that holds numbers and texts, or too many texts."""
    numeric = [_is_number(one) for one in present]
    if len(numeric) and all(numeric):
        sizes = [abs(float(one)) for one in present]
        at = next((at for at, one in enumerate(sizes) if not math.isfinite(one)), None)
        wrong = "is no finite number"
        if at is None:  # pandas takes whole numbers of more than 64 bits as objects
            at = sizes.index(max(sizes))
            wrong = "is too large a number" if sizes[at] >= 1 << 63 else "is a number as a text"
        row, value = int(present.index[at]) + 1, str(present.iloc[at])[:40]
        raise DataError(f"{where}: column {name!r}: {value!r} in row {row} {wrong}")
    if any(numeric):
        at = numeric.index(False) if sum(numeric) * 2 > len(numeric) else numeric.index(True)
        row, value = int(present.index[at]) + 1, present.iloc[at]
        kind = "a number" if numeric[at] else "no number"
        raise DataError(
            f"{where}: column {name!r} has numbers and texts: {value!r} in row {row} is {kind}"
        )
    commas = [bool(COMMA.fullmatch(str(one).strip())) for one in present]
    if len(commas) > 1 and all(commas):
        raise DataError(
            f"{where}: column {name!r} has numbers with a comma in them, such as"
            f" {str(present.iloc[0])!r}; a number has a point, and no mark between thousands"
        )
    count = present.nunique()
    if count > MOST_CATEGORIES:
        raise DataError(
            f"{where}: column {name!r} has {count:,} different texts; {MOST_CATEGORIES} at the most"
            " become categories: name it in `drop`, or sort them into fewer"
        )


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _numbers(series: "pd.Series[Any]", name: str, where: str) -> NDArray[np.float64]:
    values = np.asarray(series.to_numpy(np.float64, na_value=np.nan))
    at = np.flatnonzero(np.abs(values) > LARGEST)
    if len(at):
        raise DataError(
            f"{where}: column {name!r}, row {at[0] + 1}: infinite, or too large a number:"
            f" {LARGEST:g} is the most"
        )
    return values


def _values(
    series: "pd.Series[Any]", column: Column, where: str, unseen: bool
) -> NDArray[np.float64]:
    """The features (rows, features) of one column."""
    gone = np.flatnonzero(series.isna().to_numpy())
    if len(gone) and column.fill is None:
        raise DataError(
            f"{where}: column {column.name!r}, row {gone[0] + 1}: no value; say fill ="
            ' "median", "mean", "most frequent" or a number, or take the row out'
        )
    if not column.categories:
        if is_text(series):
            _check_text(series.dropna(), column.name, where)
            raise DataError(f"{where}: column {column.name!r} has texts, expected numbers")
        values = _numbers(series, column.name, where)
        filled = np.nan if column.fill is None else float(column.fill)
        return np.where(np.isnan(values), filled, values)[:, None]
    texts = np.array([str(one) for one in series.fillna(column.fill)], dtype=object)
    found = np.stack([texts == one for one in column.categories], axis=1)
    other = np.flatnonzero(~found.any(axis=1))
    if len(other) and not unseen:
        raise DataError(
            f"{where}: column {column.name!r}, row {other[0] + 1}: {texts[other[0]]!r} is none of"
            f" {', '.join(column.categories)}"
        )
    return found.astype(np.float64)
