"""Which rows are trained on and which are held out: a matter of the seed and of nothing else."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.data.errors import DataError
from gen.data.folds import stratified_slice

__all__ = ["Parts", "by_column", "by_share"]

Parts = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row numbers of the training and of the test part, ascending."""
TRUE, FALSE = ("test", "true", "1", "yes"), ("train", "false", "0", "no")


def by_share(
    labels: NDArray[np.int64],
    share: float,
    seed: int,
    groups: NDArray[np.int64] | None = None,
    where: str = "",
) -> Parts:
    """A share of the rows for testing, of each class alike; no group is in both parts.

    With groups (n,) the share is met as nearly as they allow.
    """
    if not 0 < share < 1:
        raise DataError(f"{where}: a test part of {share:g}: a share is above 0 and below 1")
    try:
        return stratified_slice(labels, share, seed, groups)
    except ValueError as error:
        raise DataError(
            f"{where}: {len(labels)} rows of {labels.max() + 1} classes cannot be split with a test"
            f" part of {share:g} ({error})"
        ) from None


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
