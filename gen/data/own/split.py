"""Which rows are trained on and which are held out: a matter of the seed and of nothing else."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.data.errors import DataError

__all__ = ["Parts", "by_column", "by_share"]

Parts = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row numbers of the training and of the test part, ascending."""
TRUE, FALSE = ("test", "true", "1", "yes"), ("train", "false", "0", "no")


def by_share(
    labels: NDArray[np.int64], share: float, seed: int, groups: Any = None, where: str = ""
) -> Parts:
    """A share of the rows for testing, of each class alike; no group is in both parts.

    With groups the share is met as nearly as they allow (scikit-learn's StratifiedGroupKFold).
    """
    from sklearn.model_selection import StratifiedGroupKFold, train_test_split

    if not 0 < share < 1:
        raise DataError(f"{where}: a test part of {share:g}: a share is above 0 and below 1")
    rows = np.arange(len(labels))
    try:
        if groups is None:
            train, test = train_test_split(
                rows, test_size=share, random_state=seed, stratify=labels
            )
        else:
            folds = StratifiedGroupKFold(max(2, round(1 / share)), shuffle=True, random_state=seed)
            train, test = next(folds.split(rows, labels, groups))
    except ValueError as error:
        raise DataError(
            f"{where}: {len(labels)} rows of {labels.max() + 1} classes cannot be split with a test"
            f" part of {share:g} ({error})"
        ) from None
    return np.sort(rows[train]), np.sort(rows[test])


def by_column(values: Any, name: str, where: str) -> Parts:
    """The rows whose value says test; raises DataError for a value that says nothing."""
    gone = np.flatnonzero(values.isna().to_numpy())
    if len(gone):
        raise DataError(f"{where}: column {name!r}, row {gone[0] + 1}: no value")
    words = [str(value).strip().lower() for value in values]
    for row, word in enumerate(words, 1):
        if word not in TRUE and word not in FALSE:
            raise DataError(
                f"{where}: column {name!r}, row {row}: {word!r} says neither test"
                f" ({', '.join(TRUE)}) nor train ({', '.join(FALSE)})"
            )
    held = np.array([word in TRUE for word in words])
    return np.flatnonzero(~held), np.flatnonzero(held)
