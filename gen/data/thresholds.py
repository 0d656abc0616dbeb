"""Where the thresholds of an encoder come from: what is said, quantiles, or a small tree.

Quantiles are those of the training part, j/(B+1) for B thresholds. A tree of B + 1 leaves is fitted
to one feature and the labels of the training part (scikit-learn's DecisionTreeClassifier), and its
splits are the thresholds: they lie where classes part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.data.encode import Code, Encoder, EncoderError, threshold_counts
from gen.data.own.columns import Columns

__all__ = ["FITS", "Wanted", "fit_by_feature", "fit_encoder"]

FITS = ("quantile", "tree")


@dataclass(frozen=True)
class Wanted:
    """What is said of a feature's code: kind and bits, and thresholds or how they are found."""

    kind: str
    bits: int
    thresholds: tuple[float, ...] | None = None
    fit: str = "quantile"


def fit_encoder(
    kind: str, bits: int, train: np.ndarray, thresholds: tuple[float, ...] | None = None
) -> Encoder:
    """One kind of code for features like `train` (n, F), of which only the quantiles are used.

    With explicit thresholds (as many as `threshold_counts` allows, the same for every feature) the
    values of `train` are not looked at.
    """
    train = np.asarray(train, np.float64)
    if train.ndim != 2 or not train.size:
        raise EncoderError(f"training features of shape {train.shape}: expected (n, F), not empty")
    wanted = Wanted(kind, bits, thresholds)
    _check_count(wanted)
    if wanted.thresholds is None:
        levels = _levels(wanted)
        return Encoder.alike(wanted.kind, np.quantile(train, levels, axis=0).T.copy())
    given = np.asarray(wanted.thresholds, np.float64)
    return Encoder.alike(wanted.kind, np.tile(given, (train.shape[1], 1)))


def _check_count(wanted: Wanted) -> None:
    counts = threshold_counts(wanted.kind, wanted.bits)
    if wanted.thresholds is not None and len(wanted.thresholds) not in counts:
        raise EncoderError(
            f"{len(wanted.thresholds)} thresholds for {wanted.bits} bits per feature"
        )


def _levels(wanted: Wanted) -> NDArray[np.float64]:
    count = threshold_counts(wanted.kind, wanted.bits)[-1]
    return np.arange(1, count + 1) / (count + 1)


def fit_by_feature(
    wanted: Wanted,
    others: Mapping[str, Wanted],
    columns: Columns,
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> Encoder:
    """A code for each feature of a table: that of its column in `others`, else `wanted`.

    `features` (n, F) and `labels` (n,) are those of the training part. A category is one bit.
    Thresholds that are equal, and those that all rows reach or none, are left out; a feature
    without any that is left has one in the middle of its values.
    """
    codes: list[Code] = []
    exclusive: list[tuple[int, ...]] = []
    for column in columns.columns:
        at = len(codes)
        if column.categories:
            codes += [Code("threshold", (0.5,))] * len(column.categories)
            exclusive.append(tuple(range(at, len(codes))))
        else:
            said = others.get(column.name, wanted)
            codes.append(_fitted(said, features[:, at], labels))
    return Encoder(tuple(codes), tuple(exclusive))


def _fitted(wanted: Wanted, values: NDArray[np.float64], labels: NDArray[np.int64]) -> Code:
    _check_count(wanted)
    if wanted.thresholds is not None:
        return Code(wanted.kind, wanted.thresholds)
    if wanted.fit == "tree":
        found = _splits(values, labels, threshold_counts(wanted.kind, wanted.bits)[-1])
    else:
        found = np.quantile(values, _levels(wanted)).tolist()
    told = sorted({one for one in found if values.min() < one <= values.max()})
    told = told or [float((values.min() + values.max()) / 2)]
    kind = "threshold" if len(told) == 1 and wanted.kind == "thermometer" else wanted.kind
    return Code(kind, tuple(told))


def _splits(values: NDArray[np.float64], labels: NDArray[np.int64], count: int) -> Sequence[float]:
    from sklearn.tree import DecisionTreeClassifier

    # scikit-learn keeps 24 bits of a number, which all ranks have and not all values.
    known, ranks = np.unique(values, return_inverse=True)
    tree = DecisionTreeClassifier(max_leaf_nodes=count + 1, random_state=0)
    tree.fit(ranks[:, None], labels)
    inner = tree.tree_.children_left != tree.tree_.children_right
    below = np.floor(tree.tree_.threshold[inner]).astype(np.int64)
    # A split is "<=": the next value above it reaches the threshold.
    middle = known[below] / 2 + known[below + 1] / 2
    return np.minimum(np.nextafter(middle, np.inf), known[below + 1]).tolist()
