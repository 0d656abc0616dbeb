"""Two tables of UCI's repository: letters by their shapes, and showers seen by a telescope.

`letter` (D. J. Slate, 1991, CC BY 4.0): 20,000 images of printed capitals in distorted fonts, each
as 16 whole numbers of 0 to 15. As its authors did, the first four fifths are trained on.

`magic` (R. K. Bock, 2007, CC BY 4.0): 19,020 simulated showers of particles as a gamma-ray
telescope sees them, ten numbers each, and whether a gamma ray ("g") or a hadron ("h") made it.
"""

from dataclasses import dataclass

import numpy as np

from gen.data.errors import DataError
from gen.data.own.columns import Column, Columns
from gen.data.published.fetch import Source
from gen.data.published.rows import read_rows

__all__ = ["LETTER", "MAGIC", "Table", "read_table"]

PLACE = "https://archive.ics.uci.edu/ml/machine-learning-databases/"


@dataclass(frozen=True)
class Table:
    """A file of rows, its columns of numbers and the names of its classes; `at` is where the label
    stands in a row, 0 or behind all columns."""

    name: str
    source: Source
    columns: Columns
    classes: tuple[str, ...]
    at: int


LETTER = Table(
    "letter",
    Source(
        "uci/letter",
        "letter-recognition.data",
        f"{PLACE}letter-recognition/",
        "6a2d740def5d13ea6096272546f6d41e",
        "letter-recognition.data of UCI",
    ),
    Columns(
        tuple(
            Column(name)
            for name in (
                *("x-box", "y-box", "width", "high", "onpix", "x-bar", "y-bar", "x2bar"),
                *("y2bar", "xybar", "x2ybr", "xy2br", "x-ege", "xegvy", "y-ege", "yegvx"),
            )
        ),
        "letter",
    ),
    tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    0,
)
MAGIC = Table(
    "magic",
    Source(
        "uci/magic",
        "magic04.data",
        f"{PLACE}magic/",
        "bb3888bd588c4b15b24351218f74491e",
        "magic04.data of UCI",
    ),
    Columns(
        tuple(
            Column(name)
            for name in (
                *("fLength", "fWidth", "fSize", "fConc", "fConc1"),
                *("fAsym", "fM3Long", "fM3Trans", "fAlpha", "fDist"),
            )
        ),
        "class",
    ),
    ("g", "h"),
    10,
)


def read_table(of: Table) -> tuple[np.ndarray, np.ndarray]:
    """Features float64 (n, columns) and labels int64 (n,). Raises DataError for another class, or
    a value that is no number."""
    names = [column.name for column in of.columns.columns]
    frame = read_rows(of.source, [*names[: of.at], of.columns.label, *names[of.at :]])
    said = [str(one).strip() for one in frame[of.columns.label]]
    wrong = next((at for at, one in enumerate(said) if one not in of.classes), None)
    if wrong is not None:
        raise DataError(
            f"{of.source.name}: row {wrong + 1}: class {said[wrong]!r} is none of"
            f" {', '.join(of.classes)}"
        )
    labels = np.array([of.classes.index(one) for one in said], np.int64)
    return of.columns.table(frame, of.source.name), labels
