"""Stratified splits, seeded: in k folds, and in two."""

import numpy as np

from gen.data.errors import DataError

__all__ = ["stratified_folds", "stratified_slice"]


def stratified_slice(labels: np.ndarray, size: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers, ascending, of what is left and of a slice: a share of the rows, or so many. Each
    class is in both alike; sequences, with labels (n, steps), are drawn without regard to them.

    Raises ValueError, as scikit-learn's train_test_split does, where that cannot be.
    """
    from sklearn.model_selection import train_test_split

    left, drawn = train_test_split(
        np.arange(len(labels)),
        test_size=size,
        random_state=seed,
        stratify=labels if labels.ndim == 1 else None,
    )
    return np.sort(left), np.sort(drawn)


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
