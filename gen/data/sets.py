"""Data sets by name, each with one fixed split into a training and a test part.

`digits` and `cancer` come with scikit-learn and need nothing else; the others are read from files
that others published (`gen.data.published`).
The split never depends on a recipe, so accuracies of different recipes can be compared.
"""

import hashlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.names import nearest
from gen.data.own.columns import Column, Columns
from gen.data.published.ecg import CLASSES as BEATS
from gen.data.published.ecg import COLUMNS as OF_BEATS
from gen.data.published.ecg import RECORDS, read_ecg
from gen.data.published.fetch import Source, is_here, sum_of
from gen.data.published.images import FASHION, MNIST, SIZE, Images, image_files, read_images
from gen.data.published.intrusion import CLASSES, COLUMNS, read_connections
from gen.data.published.intrusion import FILES as CONNECTIONS
from gen.data.published.text import ALPHABET, NAMES, STEPS, read_names, spell
from gen.data.published.uci import LETTER, MAGIC, read_table
from gen.data.snapshot import SNAPSHOT, read_snapshot

__all__ = [
    "DataError",
    "DataSet",
    "image_of",
    "image_shape",
    "is_table",
    "known_sets",
    "load_set",
    "set_digest",
    "set_here",
    "source_set",
    "symbol_count",
]

TEST_PART = 0.25  # of the sets that have no split of their own
TEST_NAMES = 600
SQUARE = 2
SMALL = (SIZE[0] // SQUARE, SIZE[1] // SQUARE)
SUFFIX = f"-{SMALL[0]}x{SMALL[1]}"
"""What the sets are called whose features are means of pixels of other ones."""


def known_sets() -> tuple[str, ...]:
    """The names that `load_set` takes."""
    return tuple(_LOADERS)


def image_shape(name: str) -> tuple[int, int] | None:
    """Height and width where a set's features are pixels, row by row; else None."""
    return _IMAGES.get(name)


def is_table(name: str) -> bool:
    """Whether a set's features are columns with names."""
    return name in _TABLES


def image_of(meta: Mapping[str, Any]) -> tuple[int, int] | None:
    """Height and width where the features of a network, known by its `meta`, are pixels."""
    own = meta.get("image")
    return (own[0], own[1]) if own else image_shape(str(meta.get("data")))


def source_set(name: str) -> str:
    """The set that a set's samples are those of: of images of means, the one with all pixels."""
    return name.removesuffix(SUFFIX)


def symbol_count(name: str) -> int | None:
    """How many symbols a sample has where it is a text, a feature and a label each; else None."""
    return _TEXTS.get(name)


def load_set(name: str, folder: Path | None = None) -> DataSet:
    """A data set by name; one of one's own from the snapshot in a build's `folder`.

    Raises DataError for an unknown name, or damaged files.
    """
    if name in _LOADERS:
        return _LOADERS[name]()
    if folder is None:
        raise DataError(f"unknown data set {name!r}{nearest(name, _LOADERS)}")
    return read_snapshot(folder / SNAPSHOT, name)


def set_here(name: str) -> bool:
    """Whether a set by name can be loaded without a download."""
    found = _SOURCES[source_set(name)]
    return isinstance(found, str) or all(map(is_here, found()))


def set_digest(name: str) -> str:
    """The SHA-256, in hexadecimal, of what a set is read from: of its file in scikit-learn, or of
    the sums that its files have. Nothing is downloaded."""
    found = _SOURCES[source_set(name)]
    if isinstance(found, str):
        spec = importlib.util.find_spec("sklearn")
        (folder,) = (spec and spec.submodule_search_locations) or [""]
        data = (Path(folder) / "datasets" / "data" / found).read_bytes()
    else:
        data = "".join(f"{sum_of(source)} {source.name}\n" for source in found()).encode()
    return hashlib.sha256(data).hexdigest()


def _split(name: str, features: np.ndarray, labels: np.ndarray, classes: list[str]) -> DataSet:
    """The stratified split with random_state 0 that scikit-learn makes."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(labels))
    train, test = train_test_split(rows, test_size=TEST_PART, random_state=0, stratify=labels)
    return DataSet(
        name,
        np.asarray(features, np.float64),
        np.asarray(labels, np.int64),
        tuple(classes),
        train,
        test,
    )


def _digits() -> DataSet:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return _split("digits", bunch.data, bunch.target, [str(name) for name in bunch.target_names])


def _cancer() -> DataSet:
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    names = [str(name) for name in bunch.target_names]
    columns = Columns(tuple(Column(str(name)) for name in bunch.feature_names), "diagnosis")
    return replace(_split("cancer", bunch.data, bunch.target, names), columns=columns)


def _images(of: Images) -> DataSet:
    images, labels, n_train = read_images(of)
    return _with_pixels(of, images.astype(np.float64), labels, n_train)


def _small(of: Images) -> DataSet:
    """Images whose pixels are the means of squares of SQUARE x SQUARE."""
    images, labels, n_train = read_images(of)
    high, wide = SMALL
    means = images.reshape(-1, high, SQUARE, wide, SQUARE).mean((2, 4))
    whole = _with_pixels(of, means, labels, n_train)
    return replace(whole, name=f"{of.name}{SUFFIX}", image=SMALL, fine=images)


def _with_pixels(of: Images, pixels: np.ndarray, labels: np.ndarray, n_train: int) -> DataSet:
    """Pixels float64 (n, height, width) as features; labels beyond the set's classes are called
    by their numbers."""
    rows = np.arange(len(labels))
    more = range(len(of.classes), int(labels.max()) + 1)
    classes = (*of.classes, *(str(label) for label in more))
    features = pixels.reshape(len(labels), -1)
    return DataSet(
        of.name, features, labels.astype(np.int64), classes, rows[:n_train], rows[n_train:]
    )


def _letter() -> DataSet:
    """The first four fifths are trained on, as the set's authors did."""
    features, labels = read_table(LETTER)
    rows, first = np.arange(len(labels)), len(labels) * 4 // 5
    parts = rows[:first], rows[first:]
    return DataSet("letter", features, labels, LETTER.classes, *parts, LETTER.columns)


def _magic() -> DataSet:
    features, labels = read_table(MAGIC)
    return replace(_split("magic", features, labels, [*MAGIC.classes]), columns=MAGIC.columns)


def _connections() -> DataSet:
    features, labels, n_train = read_connections()
    rows = np.arange(len(labels))
    parts = rows[:n_train], rows[n_train:]
    return DataSet("nsl-kdd", features, labels, CLASSES, *parts, COLUMNS)


def _ecg() -> DataSet:
    features, labels, tested = read_ecg()
    parts = np.flatnonzero(~tested), np.flatnonzero(tested)
    return DataSet("ecg", features, labels, BEATS, *parts, OF_BEATS)


def _names() -> DataSet:
    """600 names are for testing, drawn once: of 32,000, a quarter would be simulated for hours."""
    symbols, labels = spell(read_names())
    order = np.random.default_rng(0).permutation(len(labels))
    tested = min(TEST_NAMES, len(labels) // 4)
    test, train = np.sort(order[:tested]), np.sort(order[tested:])
    return DataSet("names", symbols, labels, tuple(ALPHABET), train, test)


_LOADERS: dict[str, Callable[[], DataSet]] = {
    "digits": _digits,
    "cancer": _cancer,
    "mnist": lambda: _images(MNIST),
    "fashion": lambda: _images(FASHION),
    f"mnist{SUFFIX}": lambda: _small(MNIST),
    f"fashion{SUFFIX}": lambda: _small(FASHION),
    "letter": _letter,
    "magic": _magic,
    "nsl-kdd": _connections,
    "ecg": _ecg,
    "names": _names,
}

# What each is read from: a file that comes with scikit-learn, or files with their sums.
_SOURCES: dict[str, str | Callable[[], Sequence[Source]]] = {
    "digits": "digits.csv.gz",
    "cancer": "breast_cancer.csv",
    "mnist": lambda: image_files(MNIST),
    "fashion": lambda: image_files(FASHION),
    "letter": lambda: [LETTER.source],
    "magic": lambda: [MAGIC.source],
    "nsl-kdd": lambda: CONNECTIONS,
    "ecg": lambda: [RECORDS],
    "names": lambda: [NAMES],
}
_IMAGES = {"digits": (8, 8), "mnist": SIZE, "fashion": SIZE}
_IMAGES |= {f"mnist{SUFFIX}": SMALL, f"fashion{SUFFIX}": SMALL}
_TEXTS = {"names": STEPS}
_TABLES = ("cancer", "letter", "magic", "nsl-kdd", "ecg")
