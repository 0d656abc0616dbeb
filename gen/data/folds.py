"""Stratified splits, seeded: in k folds, and in two."""

import math
import warnings
from collections.abc import Iterator

import numpy as np

from gen.data.errors import DataError

__all__ = ["check_classes", "stratified_folds", "stratified_slice"]


def stratified_slice(
    labels: np.ndarray, size: float, seed: int, groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers, ascending, of what is left and of a slice: a share of the rows, or so many. Each
    class is in both alike; sequences, with labels (n, steps), are drawn without regard to them.

    With `groups` (n,) all rows of a group are on one side, and the size is met as nearly as they
    allow. Raises ValueError, as scikit-learn's train_test_split does, where that cannot be.
    """
    from sklearn.model_selection import train_test_split

    if groups is not None:
        if len(np.unique(groups)) < 2:
            raise ValueError("all rows are of one group")
        share = size if size < 1 else size / len(labels)
        folds = min(max(2, round(1 / share)), max(2, len(np.unique(groups))))
        return next(_grouped(labels, folds, seed, groups))
    _check_rows(labels, size)
    left, drawn = train_test_split(
        np.arange(len(labels)),
        test_size=size,
        random_state=seed,
        stratify=labels if labels.ndim == 1 else None,
    )
    return np.sort(left), np.sort(drawn)


def _check_rows(labels: np.ndarray, size: float) -> None:
    """Raise ValueError for a side of the split that has not a row of each class."""
    if labels.ndim > 1:
        return
    drawn, classes = math.ceil(size * len(labels)) if size < 1 else size, len(np.unique(labels))
    for rows, of in ((drawn, "drawn"), (len(labels) - drawn, "left")):
        if rows < classes:
            raise ValueError(f"{rows} rows would be {of}, and there are {classes} classes")


def check_classes(labels: np.ndarray, left: np.ndarray, drawn: np.ndarray) -> None:
    """Raise ValueError for a class that is in the slice alone, as groups may have it."""
    alone = np.setdiff1d(labels[drawn], labels[left])
    if len(alone) or not len(drawn):
        why = f"class {alone[0]} would be in it alone" if len(alone) else "it would be empty"
        raise ValueError(f"{why}, with groups kept whole")


def stratified_folds(
    labels: np.ndarray, folds: int, seed: int, groups: np.ndarray | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Row numbers (train, test) of each fold; every row is tested exactly once, and with `groups`
    (n,) beside all others of its group.

    Each class is shuffled and dealt out as scikit-learn's StratifiedKFold does it, or its
    StratifiedGroupKFold. Raises DataError where a class has fewer rows than there are folds, or
    there are fewer groups, or where these leave a class in one fold alone.
    """
    from sklearn.model_selection import StratifiedKFold

    if labels.ndim > 1:
        raise DataError("folds keep the share of each class; sequences have labels at every step")
    values, counts = np.unique(labels, return_counts=True)
    if folds < 2 or counts.min() < folds:
        raise DataError(
            f"{folds} folds: there must be at least 2, and no more than the {counts.min()} rows of"
            f" class {values[counts.argmin()]}"
        )
    if groups is not None:
        if len(np.unique(groups)) < folds:
            raise DataError(f"{folds} folds: there are {len(np.unique(groups))} groups of rows")
        return _whole_folds(labels, folds, seed, groups)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(labels)), labels))


def _whole_folds(
    labels: np.ndarray, folds: int, seed: int, groups: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    found = list(_grouped(labels, folds, seed, groups))
    for number, (left, drawn) in enumerate(found, 1):
        try:
            check_classes(labels, left, drawn)
        except ValueError as error:
            raise DataError(f"{folds} folds: fold {number}: {error}") from None
    return found


def _grouped(
    labels: np.ndarray, folds: int, seed: int, groups: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # A class of few rows is in few folds: the caller looks.
        warnings.simplefilter("ignore", UserWarning)
        yield from splitter.split(np.zeros(len(labels)), labels, groups)
