"""A validation slice: rows of the training part that are held out for choosing.

What is chosen by them, a size or a number of epochs, has not seen the test part, whose rows are not
even in the set that is made here.
"""

from dataclasses import dataclass

from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.folds import check_classes, stratified_slice

__all__ = ["Validation"]


@dataclass(frozen=True)
class Validation:
    """A share of the training part, of each class alike, drawn by a seed; groups stay whole."""

    share: float
    seed: int

    def of(self, data: DataSet) -> DataSet:
        """The training part alone, of which `test` are the rows held out; sequences, which have a
        label at every step, are drawn without regard to it.

        Raises DataError where a class has too few rows to be on both sides.
        """
        features, labels = data.part(data.train)
        about = data.about(data.train)
        try:
            fitted, held = stratified_slice(labels, self.share, self.seed, about["groups"])
            check_classes(labels, fitted, held)
        except ValueError as error:
            raise DataError(
                f"{data.name}: a validation slice of {self.share:g} of the {len(labels)} rows of"
                f" the training part: {error}"
            ) from None
        parts = features, labels, data.classes, fitted, held
        return DataSet(data.name, *parts, image=data.image, **about)
