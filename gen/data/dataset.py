"""A data set: features, labels, what they are called, and the two parts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from gen.data.own.columns import Columns

__all__ = ["About", "DataSet"]


class About(TypedDict):
    """What is known of rows besides features and labels, each as in `DataSet`."""

    columns: "Columns | None"
    groups: np.ndarray | None
    fine: np.ndarray | None


@dataclass(frozen=True)
class DataSet:
    """Features float64 (n, F), labels int64 (n,), and the rows of each part.

    A sequence with an answer at every step has labels (n, steps), -1 where none is expected.
    `train` and `test` are row numbers, disjoint, together all rows. `classes[i]` names label i.
    `columns` says which columns of a table features are, `image` height and width where they are
    pixels, row by row. Rows of one number in `groups` int64 (n,) belong together: whatever part is
    drawn has all of them or none. `fine` uint8 (n, height, width) are images whose pixels are more
    than `image` has: features are means of squares of theirs.
    """

    name: str
    features: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    train: np.ndarray
    test: np.ndarray
    columns: "Columns | None" = None
    image: tuple[int, int] | None = None
    groups: np.ndarray | None = None
    fine: np.ndarray | None = None

    @property
    def n_features(self) -> int:
        return int(self.features.shape[1])

    def part(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features and labels of the given rows."""
        return self.features[rows], self.labels[rows]

    def about(self, rows: np.ndarray) -> About:
        """What `gen.nets.training.train` is to know of the given rows besides `part`."""
        groups = None if self.groups is None else self.groups[rows]
        fine = None if self.fine is None else self.fine[rows]
        return About(columns=self.columns, groups=groups, fine=fine)
