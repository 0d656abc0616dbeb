"""Rows to be classified: of a file or folder like that which was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_table
from gen.data.errors import DataError
from gen.data.own.archives import read_archive_rows
from gen.data.own.columns import columns_from_dict
from gen.data.own.pictures import ENDINGS, read_some_pictures
from gen.data.own.tables import has_header, read_frame, separator_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "read_rows", "right_said"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Features (n, F), and the name of each row's class where the table has that column."""

    features: NDArray[np.float64]
    labels: tuple[str, ...] | None = None

    def right(self, classes: list[str]) -> int | None:
        """How many of these classes are the labels; None without labels."""
        if self.labels is None:
            return None
        return sum(said == label for said, label in zip(classes, self.labels, strict=True))


def right_said(right: int, rows: int) -> str:
    """How many of so many rows with labels were classified as these say."""
    return f"{right} of {rows} rows have the class that they are labelled with"


def read_rows(path: Path, meta: Mapping[str, Any], unseen: bool = False) -> Rows:
    """The rows of what is like that which a network, known by its `meta`, was trained on: of a
    table with a header, its columns found by name; of arrays `x`, and `y` where it is there; of an
    image, or a folder of them. Without a header, features in order.

    A text that is no category is refused, or with `unseen` of no category. Raises DataError or
    FileDamaged naming the file, row and column.
    """
    if path.is_dir() or path.suffix.lower() in ENDINGS:
        return _of_pictures(path, meta)
    if path.suffix.lower() == ".npz":
        columns = columns_from_dict(meta["columns"]).features if meta.get("columns") else ()
        features, labels = read_archive_rows(path, columns)
        return Rows(features, None if labels is None else tuple(map(str, labels)))
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{path}: is empty")
    if not has_header(path):
        return Rows(read_table(path))
    if not meta.get("columns"):
        raise DataError(
            f"{path}: has a header, and the network knows no columns; give features in order,"
            " without one"
        )
    known = columns_from_dict(meta["columns"])
    separator = separator_of(path, [column.name for column in known.columns])
    frame = read_frame(path, separator, (*known.texts, known.label))
    features = known.table(frame, str(path), unseen)
    return Rows(features, _labels(frame, known.label, meta.get("classes") or ()))


def _of_pictures(path: Path, meta: Mapping[str, Any]) -> Rows:
    if not meta.get("image"):
        raise DataError(f"{path}: the network was not trained on a folder of images")
    features, labels = read_some_pictures(path, (meta["image"][0], meta["image"][1]))
    return Rows(features, labels)


def _labels(frame: "pd.DataFrame", name: str, classes: Sequence[str]) -> tuple[str, ...] | None:
    """The names of the rows' classes; None where there is no such column or a row has none."""
    if name not in frame.columns or frame[name].isna().any():
        return None
    return tuple(_as_class(str(one).strip(), classes) for one in frame[name])


def _as_class(said: str, classes: Sequence[str]) -> str:
    """A label as a class is called: 007 is class 7, and true is True, where no class is so
    called."""
    if said in classes:
        return said
    try:
        return str(int(said))
    except ValueError:
        return said.capitalize() if said.lower() in ("true", "false") else said
