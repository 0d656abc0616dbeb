"""What a recipe says of a file of data."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FILLS", "Own"]

FILLS = ("median", "mean", "most frequent")


@dataclass(frozen=True)
class Own:
    """A file or folder of data, and what is what in it.

    `path` is where it lies; `label` a column by name, or by number from 0 (negative from the end).
    `test` is a share of the rows, another file or folder of the same kind beside the first, or a
    column that is true, 1 or "test" in the rows that are held out. No value of the column `group`
    is in both parts. Columns in `drop` are not looked at. `fill` says what stands for a missing
    value: one of FILLS, of the training part, or a number; without it missing values are refused.
    `size` is height and width that images are brought to. `seed` decides the split, and alone does.
    """

    path: Path
    label: str | int | None = None
    test: float | str = 0.25
    group: str | None = None
    drop: tuple[str, ...] = ()
    fill: str | float | None = None
    separator: str | None = None
    size: tuple[int, int] | None = None
    seed: int = 0
