"""A validation slice: rows of the training part that are held out for choosing.

What is chosen by them, a size or a number of epochs, has not seen the test part, whose rows are not
even in the set that is made here.
"""

from dataclasses import dataclass

import numpy as np

from gen.data.dataset import DataSet
from gen.data.errors import DataError

__all__ = ["Validation"]


@dataclass(frozen=True)
class Validation:
    """A share of the training part, of each class alike, drawn by a seed."""

    share: float
    seed: int

    def of(self, data: DataSet) -> DataSet:
        """The training part alone, of which `test` are the rows held out; sequences, which have a
        label at every step, are drawn without regard to it.

        Raises DataError where a class has too few rows to be on both sides.
        """
        from sklearn.model_selection import train_test_split

        features, labels = data.part(data.train)
        rows, whole = np.arange(len(labels)), labels.ndim > 1
        try:
            fitted, held = train_test_split(
                rows,
                test_size=self.share,
                random_state=self.seed,
                stratify=None if whole else labels,
            )
        except ValueError as error:
            raise DataError(
                f"{data.name}: a validation slice of {self.share:g} of the {len(rows)} rows of the"
                f" training part: {error}"
            ) from None
        return DataSet(
            *(data.name, features, labels, data.classes, np.sort(fitted), np.sort(held)),
            *(data.columns, data.image),
        )
