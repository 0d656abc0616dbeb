"""Stratified k-fold splits, seeded."""

import numpy as np

from gen.data.errors import DataError

__all__ = ["stratified_folds"]


def stratified_folds(
    labels: np.ndarray, folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Row numbers (train, test) of each fold; every row is tested exactly once.

    Each class is shuffled and dealt out as scikit-learn's StratifiedKFold does it. Raises
    DataError where a class has fewer rows than there are folds.
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
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(labels)), labels))
