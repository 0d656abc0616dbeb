"""The data that an estimate looks at: the recipe's own, of its right shape where it is not here."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gen.data.dataset import DataSet
from gen.data.own.columns import Column, Columns
from gen.data.published.ecg import CLASSES as BEATS
from gen.data.published.ecg import COLUMNS as OF_BEATS
from gen.data.published.intrusion import CLASSES
from gen.data.published.intrusion import COLUMNS as CONNECTIONS
from gen.data.published.text import ALPHABET, STEPS
from gen.data.published.uci import LETTER, MAGIC
from gen.data.sets import image_shape, set_here
from gen.nets.recipe import Recipe
from gen.nets.training.job import check_sensors, data_of

__all__ = ["Looked", "look"]

ROWS = 8192
"""Rows of the training part that are looked at: thresholds of all of MNIST take minutes."""
IMAGES = ("mnist", "fashion", "mnist-14x14", "fashion-14x14")


@dataclass(frozen=True)
class Looked:
    """The recipe with the size of its images, rows to begin a training with, the rows that there
    are to train on, and whether the data stands in for one that is not here."""

    recipe: Recipe
    data: DataSet
    rows: int
    stands_in: bool


def look(recipe: Recipe) -> Looked:
    """The data of a recipe; nothing is downloaded. Raises DataError for data of one's own that is
    not clear, or that its sensors cannot give."""
    name = recipe.data.set
    if name is not None and name in _STAND_INS and not set_here(name):
        data, rows = _STAND_INS[name]()
        return Looked(recipe, data, rows, True)
    recipe, data = data_of(recipe)
    check_sensors(recipe, data)
    rows = len(data.train)
    chosen = np.unique(np.linspace(0, rows - 1, min(rows, ROWS)).astype(np.int64))
    return Looked(recipe, replace(data, train=data.train[chosen]), rows, False)


def _like_images(name: str) -> tuple[DataSet, int]:
    """Grey noise; of all sets of images 60,000 are to train on."""
    rng = np.random.default_rng(0)
    pixels = math.prod(image_shape(name) or ())
    features = rng.integers(0, 256, (1000, pixels)).astype(np.float64)
    return _made(name, features, np.arange(1000) % 10, [str(one) for one in range(10)]), 60_000


def _like_names() -> tuple[DataSet, int]:
    """Letters at random; of names.txt 31,366 are to train on."""
    rng = np.random.default_rng(0)
    symbols = rng.integers(0, len(ALPHABET), (2000, STEPS + 1))
    found = _made("names", symbols[:, :-1].astype(np.float64), symbols[:, 1:], list(ALPHABET))
    return found, 31_366


def _like_table(
    name: str, columns: Columns, classes: Sequence[str], rows: int
) -> tuple[DataSet, int]:
    """Columns of noise, of texts any of their categories; so many rows are to train on."""
    rng = np.random.default_rng(0)
    parts = [_column(one, rng) for one in columns.columns]
    found = _made(name, np.concatenate(parts, 1), np.arange(ROWS) % len(classes), classes)
    return replace(found, columns=columns), rows


def _column(of: Column, rng: np.random.Generator) -> np.ndarray:
    if of.categories:
        return np.eye(len(of.categories))[rng.integers(0, len(of.categories), ROWS)]
    return rng.integers(0, 16, (ROWS, 1)).astype(np.float64)


def _made(name: str, features: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> DataSet:
    rows = np.arange(len(features))
    return DataSet(name, features, labels.astype(np.int64), tuple(classes), rows, rows[:0])


_STAND_INS: dict[str, Callable[[], tuple[DataSet, int]]] = {
    **{name: partial(_like_images, name) for name in IMAGES},
    "letter": lambda: _like_table("letter", LETTER.columns, LETTER.classes, 16_000),
    "magic": lambda: _like_table("magic", MAGIC.columns, MAGIC.classes, 14_265),
    "nsl-kdd": lambda: _like_table("nsl-kdd", CONNECTIONS, CLASSES, 25_192),
    "ecg": lambda: _like_table("ecg", OF_BEATS, BEATS, 51_013),
    "names": _like_names,
}
