"""Looks at a table: which columns are of no use, which keep rows together, what is missing.

What is decided here is a guess from names and values, and every guess is said in the recipe.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gen.data.own.columns import MOST_CATEGORIES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Looked", "kinds_of", "look_at"]

NUMBERING = {"id", "index", "idx", "row", "no", "nr", "number", "uid", "uuid", "key", "unnamed"}
TIMES = {"time", "timestamp", "date", "datetime", "ts"}
GROUPS = {
    *("group", "subject", "user", "person", "patient", "participant", "session", "recording"),
    *("trial", "device", "volunteer", "speaker", "writer", "animal"),
}
PARTS = ({"train", "test"}, {"training", "test"})
FEWEST_GROUPS = 4


@dataclass(frozen=True)
class Looked:
    """What to say of a table: columns to drop, each with the reason; the column that keeps rows
    together, and the one that says which rows are for testing, where there are; and how many
    values of the other columns are missing, by column."""

    drop: tuple[tuple[str, str], ...]
    group: str | None
    test: str | None
    missing: tuple[tuple[str, int], ...]


def look_at(frame: "pd.DataFrame", label: str, known: tuple[str, ...] = ()) -> Looked:
    """Look at every column but the label and those that are `known` already."""
    drop: list[tuple[str, str]] = []
    group = test = None
    for name in (one for one in frame.columns if one not in (label, *known)):
        series = frame[name]
        if test is None and _says_part(series):
            test = name
        elif group is None and _keeps_together(series):
            group = name
        elif reason := _useless(series):
            drop.append((name, reason))
    gone = {label, *known, *(name for name, _ in drop), *(one for one in (group, test) if one)}
    missing = [(name, int(frame[name].isna().sum())) for name in frame.columns if name not in gone]
    return Looked(tuple(drop), group, test, tuple(one for one in missing if one[1]))


def kinds_of(frame: "pd.DataFrame", names: list[str]) -> dict[str, int]:
    """How many of these columns are of which kind, in words."""
    counts: dict[str, int] = {}
    for name in names:
        kind = _kind(frame[name].dropna())
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def _kind(present: "pd.Series") -> str:
    if present.nunique() < 2:
        return "constant"
    if not _numeric(present):
        return "categories"
    if present.nunique() == 2:
        return "of two values"
    values = present.to_numpy(np.float64)
    return "whole numbers" if (values == np.floor(values)).all() else "numbers"


def _numeric(series: "pd.Series") -> bool:
    from pandas.api import types

    return bool(types.is_numeric_dtype(series) or types.is_bool_dtype(series))


def _words(name: str) -> set[str]:
    """The words of a column's name: "userId" and "user_id" have the same ones."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return {word.lower() for word in re.split(r"[^A-Za-z]+", parted) if word}


def _says_part(series: "pd.Series") -> bool:
    if _numeric(series):
        return False
    return {str(one).strip().lower() for one in series.unique()[:3]} in PARTS


def _keeps_together(series: "pd.Series") -> bool:
    """Whether a column says of whom or what a row is, and is complete."""
    count = series.nunique()
    named = bool(_words(str(series.name)) & GROUPS)
    return named and FEWEST_GROUPS <= count <= len(series) // 2 and not series.isna().any()


def _useless(series: "pd.Series") -> str:
    """Why a column is not learned from; empty where it is."""
    present = series.dropna()
    count, rows = present.nunique(), len(series)
    if count + bool(len(present) < rows) < 2:
        return "the same in all rows" if len(present) else "no values"
    if 2 * len(present) < rows:
        return f"{rows - len(present):,} of {rows:,} values are missing"
    if not _numeric(series):
        return _useless_text(present, count)
    return _numbering(present, count)


def _useless_text(present: "pd.Series", count: int) -> str:
    if _mostly_numbers(present):
        return ""
    if count == len(present) and count > 2:
        return "a different text in every row"
    return f"{count:,} different texts" if count > MOST_CATEGORIES else ""


def _mostly_numbers(present: "pd.Series") -> bool:
    """Whether most texts are numbers: then the others are mistakes, which reading will name."""
    import pandas as pd

    return bool(pd.to_numeric(present, errors="coerce").notna().mean() > 0.5)


def _numbering(present: "pd.Series", count: int) -> str:
    """Whether numbers only count or time rows: all different, and evenly or ever further on."""
    values = present.to_numpy(np.float64)
    if count < len(values) or len(values) < 3 or not np.isfinite(values).all():
        return ""
    steps, words = np.diff(values), _words(str(present.name))
    whole = bool((values == np.floor(values)).all())
    ordered = bool((steps > 0).all() or (steps < 0).all())
    if whole and np.ptp(values) == len(values) - 1:
        return "numbers the rows"
    if words & NUMBERING and whole:
        return "a different number in every row, and its name says so"
    if ordered and (words & TIMES or np.allclose(steps, steps[0])):
        return "counts on from row to row, as times do"
    return ""
