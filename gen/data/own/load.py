"""From a file, or a folder of images, to a `DataSet`: features, labels, columns and a split."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.own.archives import read_archive
from gen.data.own.columns import Column, Columns, check_columns, find_column, is_text, learn_columns
from gen.data.own.labels import as_classes, check_counts, labels_of
from gen.data.own.pictures import read_pictures
from gen.data.own.said import Own
from gen.data.own.split import Parts, by_column, by_share
from gen.data.own.tables import TABLES, check_memory, read_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_own"]


def load_own(own: Own) -> DataSet:
    """The data that a recipe describes.

    Raises DataError, in one line, for whatever is not clear in it: see `gen.data.own.tables`,
    `columns`, `labels`, `split`, `pictures` and `archives`.
    """
    path = own.path
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.is_dir():
        return _of_pictures(own)
    if path.suffix.lower() == ".npz":
        return _of_arrays(own)
    if path.suffix.lower() not in TABLES:
        raise DataError(
            f"{path}: a table ({', '.join(TABLES)}), arrays (.npz) or a folder of images is read"
        )
    return _of_table(own)


def _of_table(own: Own) -> DataSet:
    where = str(own.path)
    _refuse(own, "size")
    if own.label is None:
        raise DataError(f'{where}: say which column is the label: label = "..."')
    frame = read_frame(own.path, own.separator)
    label = find_column(frame, own.label, "label", where)
    second = _second(own) if isinstance(own.test, str) and own.test not in frame.columns else None
    unused = [find_column(frame, name, "drop", where) for name in own.drop]
    unused += [find_column(frame, name, "group", where) for name in (own.group,) if name]
    if isinstance(own.test, str) and second is None:
        unused.append(own.test)
    names = [name for name in frame.columns if name not in {label, *unused}]
    check_columns(frame, names, where)
    labels = labels_of(frame[label], where)
    texts = [name for name in (label, *names) if is_text(frame[name])]
    other = None if second is None else read_frame(second, own.separator, texts)
    if other is not None:
        labels += labels_of(other[find_column(other, label, "label", str(second))], str(second))
    numbers, classes = as_classes(labels, where)
    groups = _groups(own, frame, other)
    train, test = _parts(own, numbers, classes, frame, len(frame), groups)
    seen = train[train < len(frame)]
    columns = learn_columns(frame, seen, names, label, own.fill, where)
    check_memory(own.path, 8 * len(labels) * len(columns.features))
    features = columns.table(frame, where)
    if other is not None:
        features = np.concatenate([features, columns.table(other, str(second))])
    parts = train, test
    return DataSet(
        own.path.name, features, numbers, classes, *parts, columns=columns, groups=groups
    )


def _groups(
    own: Own, frame: "pd.DataFrame", other: "pd.DataFrame | None"
) -> NDArray[np.int64] | None:
    """A number for each value of the column `group`; rows of a second file, all of them of the test
    part, have -1."""
    if own.group is None:
        return None
    found = np.unique(frame[own.group].astype(str), return_inverse=True)[1].astype(np.int64)
    return found if other is None else np.append(found, np.full(len(other), -1))


def _second(own: Own) -> Path:
    """The second file or folder that `test` names."""
    second = own.path.parent / str(own.test)
    if not second.exists():
        raise DataError(f"{own.path}: test = {own.test!r} is neither a column nor a file beside it")
    if second.samefile(own.path):
        raise DataError(f"{own.path}: test = {own.test!r} is what is trained on; give another")
    return second


def _parts(
    own: Own,
    labels: NDArray[np.int64],
    classes: Sequence[str],
    frame: "pd.DataFrame | None",
    first: int,
    groups: NDArray[np.int64] | None = None,
) -> Parts:
    """The split; rows from `first` on are of a second file, and are the test part if there are."""
    where, rows = str(own.path), np.arange(len(labels))
    if first < len(labels):
        parts = rows[:first], rows[first:]
    elif frame is not None and isinstance(own.test, str):
        parts = by_column(frame[own.test], own.test, where)
    elif isinstance(own.test, str):
        raise DataError(f"{where}: test = {own.test!r}: expected a share, such as 0.25")
    else:
        check_counts(labels, classes, 2, where)
        parts = by_share(labels, own.test, own.seed, groups, where)
    for part, name in zip(parts, ("training", "test"), strict=True):
        if not len(part):
            raise DataError(f"{where}: no rows are left for the {name} part")
    unknown = np.setdiff1d(labels[parts[1]], labels[parts[0]])
    if len(unknown):
        raise DataError(f"{where}: class {classes[unknown[0]]!r} is in the test part alone")
    return parts


def _of_arrays(own: Own) -> DataSet:
    where = str(own.path)
    _refuse(own, "label", "group", "drop", "fill", "size")
    x, labels, tested, shape, names = read_archive(own.path)
    numbers, classes = as_classes(labels, where)
    train, test = _parts(own, numbers, classes, None, len(x) - tested)
    columns = Columns(tuple(Column(name) for name in names), "y") if names else None
    return DataSet(own.path.name, x, numbers, classes, train, test, columns=columns, image=shape)


def _of_pictures(own: Own) -> DataSet:
    where = str(own.path)
    _refuse(own, "label", "group", "drop", "fill", "separator")
    x, labels, shape = read_pictures(own.path, own.size)
    first = len(x)
    if isinstance(own.test, str):
        more, others, shape = read_pictures(_second(own), shape)
        x, labels = np.concatenate([x, more]), [*labels, *others]
    numbers, classes = as_classes(labels, where)
    train, test = _parts(own, numbers, classes, None, first)
    return DataSet(own.path.name, x, numbers, classes, train, test, image=shape)


def _refuse(own: Own, *keys: str) -> None:
    """Raise DataError for a key that means nothing for this kind of data."""
    value: Any
    for key in keys:
        value = getattr(own, key)
        if value not in (None, ()):
            archive = own.path.suffix == ".npz"
            kind = "arrays" if archive else "a folder of images" if own.path.is_dir() else "a table"
            raise DataError(f"{own.path}: {key} = {value!r} means nothing for {kind}")
