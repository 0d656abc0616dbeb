"""Tables from files: CSV and TSV with a header, and Parquet, as pandas frames without surprises.

A frame's columns have different names; its rows are counted from 1, without the header and blank
lines. Empty fields are missing values, and nothing else is: a category may be called "NA".
"""

import csv
import os
from collections import Counter
from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gen.data.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLES", "check_memory", "has_header", "read_frame", "separator_of"]

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": ","}
PARQUET = (".parquet", ".pq")
TABLES = (*SEPARATORS, *PARQUET)
"""How the name of a file with a table ends."""
OTHERS = (";", "\t", "|", ",")
NESTED = (list, dict, set, tuple, np.ndarray)
"""What a cell of a Parquet file may hold that is no value."""
LOOKED_AT = 1000
"""Rows whose number of fields is compared with the header's before the whole file is read."""
EXPANDS = 12
"""Bytes in memory for one of a file, while it is read: seen with tables of short numbers."""


def read_frame(
    path: Path, separator: str | None = None, texts: Collection[str] = ()
) -> "pd.DataFrame":
    """The table in a file; columns of these names are `texts` even where all look like numbers.
    Raises DataError where it is none, or not a clear one."""
    if path.suffix.lower() in PARQUET:
        frame = _read_parquet(path)
    else:
        frame = _read_text(path, separator or _usual(path), texts)
    _check_names(path, [str(name) for name in frame.columns])
    frame.columns = [str(name) for name in frame.columns]
    if not len(frame):
        raise DataError(f"{path}: a header and no rows below it")
    return frame


def separator_of(path: Path, names: Collection[str]) -> str:
    """What stands between the values of a text whose header has these names: what is usual for
    such a file, unless the names are found with another one."""
    for one in dict.fromkeys((_usual(path), *OTHERS)):
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                header = next((row for row in _rows(stream, one) if row), [])
        except (OSError, UnicodeDecodeError, csv.Error):
            break
        if set(names) <= {name.rstrip() for name in header} | set(header):
            return one
    return _usual(path)


def has_header(path: Path) -> bool:
    """Whether a file is a table with a header: a Parquet file, or a text whose first line is not
    numbers alone."""
    if path.suffix.lower() in PARQUET:
        return True
    if path.suffix.lower() not in SEPARATORS or not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        line = next((line for line in stream if line.split("#")[0].strip()), "")
    words = line.split("#")[0].replace(";", ",").replace("\t", ",")
    numbers = (all(map(_is_number, some)) for some in (words.split(","), words.split()))
    return bool(line) and not any(numbers)


def check_memory(path: Path, needed: int) -> None:
    """Raise DataError where so many bytes are more than this machine has free."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > free:
        raise DataError(
            f"{path}: takes about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are"
            " free; take fewer rows or columns"
        )


def _usual(path: Path) -> str:
    return SEPARATORS.get(path.suffix.lower(), ",")


def _rows(stream: Iterable[str], separator: str) -> Iterable[list[str]]:
    """Rows as pandas parts them: blanks behind a separator are none of the value."""
    return csv.reader(stream, delimiter=separator, skipinitialspace=True)


def _read_text(path: Path, separator: str, texts: Collection[str]) -> "pd.DataFrame":
    import pandas as pd

    check_memory(path, EXPANDS * path.stat().st_size)
    _check_start(path, separator)
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            index_col=False,
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
            dtype=dict.fromkeys(texts, str),
        )
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text in UTF-8 ({error.reason} at byte {error.start})"
        ) from None
    except (ValueError, OverflowError) as error:
        raise DataError(f"{path}: {_plain(str(error))}") from None
    if len(frame) > LOOKED_AT - 1 and frame.iloc[LOOKED_AT - 1 :, -1].isna().any():
        _check_start(path, separator, None)  # pandas fills up what is missing of a row
    return frame


def _plain(said: str) -> str:
    """pandas' words without its own."""
    return said.replace("Error tokenizing data. C error: ", "").strip().rstrip(".")


def _check_start(path: Path, separator: str, most: int | None = LOOKED_AT) -> None:
    """Raise DataError where the first rows (None: all) are not a table with this separator and a
    header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in islice(_rows(stream, separator), most) if row]
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text in UTF-8 ({error.reason} at byte {error.start})"
        ) from None
    except (csv.Error, TypeError) as error:
        raise DataError(
            f"{path}: not a table with {separator!r} between values ({error})"
        ) from None
    if not rows:
        raise DataError(f"{path}: is empty")
    header = [name.strip() for name in rows[0]]
    if len(header) == 1:
        other = next((one for one in OTHERS if one != separator and one in header[0]), None)
        if other:
            raise DataError(
                f"{path}: the header has no {separator!r}, and has {other!r}: say"
                f" separator = {_toml(other)}"
            )
    if all(_is_number(name) for name in header):
        raise DataError(
            f"{path}: its first line is numbers only; a header that names columns is needed"
        )
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(header):
            raise DataError(f"{path}: row {number} has {len(row)} values, the header {len(header)}")
    _check_names(path, header)


def _toml(text: str) -> str:
    return '"\\t"' if text == "\t" else f'"{text}"'


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DataError(
            f"{path}: Parquet needs a package more: pip install 'smelt[parquet]'"
        ) from None
    try:
        about = parquet.read_metadata(path)
        check_memory(
            path, 2 * sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups))
        )
        return _plain_columns(path, pd.read_parquet(path))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"{path}: not a whole Parquet file ({str(error).splitlines()[0]})"
        ) from None


def _plain_columns(path: Path, frame: "pd.DataFrame") -> "pd.DataFrame":
    """The table with its rows counted from 0, an index that has a name as a column, and numbers of
    base ten as numbers. Raises DataError for a column of lists or the like."""
    from pandas.api.types import is_object_dtype

    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(named).reset_index(drop=True)
    for name in (one for one in frame.columns if is_object_dtype(frame[one])):
        present = frame[name].dropna()
        if len(present) and all(isinstance(one, Decimal) for one in present):
            frame[name] = frame[name].astype(float)
        wrong = next((one for one in present if isinstance(one, NESTED)), None)
        if wrong is not None:
            raise DataError(
                f"{path}: column {name!r} holds a {type(wrong).__name__} in each row; a number or a"
                " text is read"
            )
    return frame


def _check_names(path: Path, names: list[Any]) -> None:
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise DataError(f"{path}: two columns are called {twice!r}; give each its own name")
    for at, name in enumerate(names):
        if not name.strip():
            raise DataError(f"{path}: column {at} has no name")
        if not name.isprintable():
            raise DataError(f"{path}: the name of column {at}, {name[:40]!r}, cannot be printed")
