"""From data and a board to the text of a recipe, with the reason for everything in comments."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from boards.table import Board
from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.names import nearest
from gen.data.own import Own, load_own
from gen.data.own.columns import find_column
from gen.data.own.tables import TABLES, read_frame
from gen.errors import SmeltError
from gen.first.codes import Codes, choose_codes, code_bits, judge
from gen.first.look import kinds_of, look_at
from gen.first.pictures import choose_picture_size, picture_sizes
from gen.first.sensors import with_sensors
from gen.first.separator import separator_of
from gen.first.size import FULL, TABLE_INPUTS, Size, choose_size, few_inputs, schedule_for
from gen.first.text import write_text
from gen.nets.recipe import Recipe, recipe_from_dict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FirstError", "Wish", "first_recipe"]

HARD_PIXELS = 100
LISTED = 40
"""Columns named in an error at the most."""


class FirstError(SmeltError):
    """No recipe can be made of what was given."""


@dataclass(frozen=True)
class Wish:
    """What a user says of the data: as in `gen.data.own.Own`, in how many steps it is read, and
    whether the encoder is to be on the chip."""

    path: Path
    label: str | None = None
    steps: int = 1
    test: float | str | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()
    chip: bool = False


@dataclass
class _Found:
    """What the recipe's [data] says, each key with the reasons above it, and remarks."""

    own: Own
    why: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def first_recipe(wish: Wish, board: Board, target: Path) -> tuple[str, Recipe, Size]:
    """The text of a recipe to be written to `target`, what it says, and its size.

    Raises FirstError or DataError, in one line, where the data is not clear or nothing fits.
    """
    if not wish.path.exists():
        raise DataError(f"{wish.path}: no such file or folder")
    tabular = wish.path.suffix.lower() in TABLES and not wish.path.is_dir()
    found = _table(wish) if tabular else _other(wish, board)
    data, found = _loaded(found)
    _check_steps(data, wish)
    codes, size = _fitting(data, wish, board)
    few = None if wish.steps > 1 else code_bits(data, codes)
    if few and few < TABLE_INPUTS:
        size = few_inputs(len(data.classes), few, codes.sensor_bits)
    schedule = schedule_for(len(data.train), wish.steps > 1)
    tables = {
        "data": _data_table(found.own, wish, target),
        "encoding": codes.table
        | ({"columns": {name: one for name, one, _ in codes.columns}} if codes.columns else {}),
        "layers": list(size.layers),
        "head": size.head,
        "schedule": schedule,
    }
    recipe = recipe_from_dict({"name": target.stem, **tables}, str(target))
    text = write_text(tables, _why(found, data, codes, size, board, wish), codes.columns)
    return text, replace(recipe, folder=target.parent), size


# Data ----------------------------------------------------------------------------------------


def _table(wish: Wish) -> _Found:
    separator = separator_of(wish.path)
    frame = read_frame(wish.path, separator)
    label = _label(frame, wish)
    for name in wish.drop:
        find_column(frame, name, "--drop", str(wish.path))
    if wish.group is not None:
        find_column(frame, wish.group, "--group", str(wish.path))
    given = tuple(one for one in (wish.group, *wish.drop) if one)
    if isinstance(wish.test, str) and wish.test in frame.columns:
        given = (*given, wish.test)
    looked = look_at(frame, label, given)
    drop = looked.drop
    if looked.test is not None and wish.test is not None:
        drop += ((looked.test, "says which rows are for testing, where --test says others"),)
    own = Own(
        wish.path,
        label,
        wish.test or looked.test or 0.25,
        wish.group or looked.group,
        (*wish.drop, *(name for name, _ in drop)),
        "median" if looked.missing else None,
        separator,
    )
    found = _Found(own)
    for name, reason in drop:
        found.why.setdefault("drop", []).append(f"{name}: {reason}")
    if looked.group and not wish.group:
        found.why["group"] = ["no value of it is in both parts, so new ones are what is tested"]
    for name, count in looked.missing[:LISTED]:
        found.why.setdefault("fill", []).append(f"{name}: {count:,} values are missing")
    if separator:
        found.why["separator"] = ["as the header has it"]
    names = [one for one in frame.columns if one not in {label, own.group, own.test, *own.drop}]
    kinds = ", ".join(f"{count} {kind}" for kind, count in kinds_of(frame, names).items())
    found.remarks.append(f"{len(names)} columns: {kinds}.")
    return found


def _label(frame: "pd.DataFrame", wish: Wish) -> str:
    """The label's column; without one, nothing is guessed."""
    where, names = str(wish.path), [str(one) for one in frame.columns]
    if wish.label is None:
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        raise FirstError(
            f"{where}: which column is the label? say --label NAME; the columns are"
            f" {', '.join(names[:LISTED])}{more}"
        )
    if wish.label in names:
        return wish.label
    try:
        number = int(wish.label)
    except ValueError:
        raise FirstError(
            f"{where}: --label: no column {wish.label!r}{nearest(wish.label, names)}"
        ) from None
    return find_column(frame, number, "--label", where)


def _other(wish: Wish, board: Board) -> _Found:
    """Arrays, or a folder of images."""
    kind = "a folder of images" if wish.path.is_dir() else "arrays"
    if kind == "arrays" and wish.path.suffix.lower() != ".npz":
        load_own(Own(wish.path))  # says what is read
    for name, value in (("label", wish.label), ("group", wish.group), ("drop", wish.drop)):
        if value:
            raise FirstError(f"{wish.path}: --{name} means nothing for {kind}")
    own = Own(wish.path, test=wish.test or 0.25)
    if not wish.path.is_dir():
        return _Found(own)
    if wish.steps > 1:
        raise FirstError(f"{wish.path}: --steps means nothing for {kind}")
    sizes = picture_sizes(wish.path)
    # Where the chip compares pixels, the link keeps eight bits of each.
    size, why = choose_picture_size(sizes, board.capacity // 3 if wish.chip else board.capacity)
    return _Found(replace(own, size=size), {"size": [why]})


def _loaded(found: _Found) -> tuple[DataSet, _Found]:
    """The data as the recipe will read it; without a group where it cannot be split by that."""
    if found.own.group is None or "group" not in found.why:
        return load_own(found.own), found
    try:
        return load_own(found.own), found
    except DataError as error:
        reason = str(error).removeprefix(f"{found.own.path}: ")
        name = found.own.group
        own = replace(found.own, group=None, drop=(*found.own.drop, name))
        data = load_own(own)
    why = {key: value for key, value in found.why.items() if key != "group"}
    why.setdefault("drop", []).append(f"{name}: no split keeps its rows together ({reason})")
    return data, _Found(own, why, found.remarks)


def _check_steps(data: DataSet, wish: Wish) -> None:
    if data.n_features % wish.steps:
        last = "" if data.columns is None else f" (the last is {data.columns.features[-1]!r})"
        raise FirstError(
            f"{wish.path}: --steps {wish.steps} does not divide its {data.n_features} features"
            f"{last}; name what is no part of the sequence with --drop"
        )


def _data_table(own: Own, wish: Wish, target: Path) -> dict[str, Any]:
    """What [data] says; the file as seen from the recipe's folder."""
    file = os.path.relpath(own.path.resolve(), target.parent.resolve())
    found: dict[str, Any] = {"file": Path(file).as_posix(), "label": own.label}
    found |= {"steps": wish.steps if wish.steps > 1 else None}
    found |= {"test": own.test, "group": own.group, "drop": list(own.drop) or None}
    found |= {"fill": own.fill, "separator": own.separator}
    found["size"] = list(own.size) if own.size else None
    return {key: value for key, value in found.items() if value is not None}


# Size ----------------------------------------------------------------------------------------


def _fitting(data: DataSet, wish: Wish, board: Board) -> tuple[Codes, Size]:
    """Codes of as many bits as fit the board together with a network of some size."""
    classes = len(data.classes)
    hard = data.image is not None and data.n_features > HARD_PIXELS or len(data.train) > 10_000
    judged = judge(data) if wish.steps == 1 else ()
    last = 0
    for fewer in range(6):
        codes = choose_codes(data, wish.steps, judged, fewer)
        if wish.chip:
            codes = with_sensors(codes, data, wish.steps)
        bits = codes.input_bits
        step = bits if wish.steps > 1 else None
        size = choose_size(classes, bits, board.capacity, hard, step, codes.sensor_bits)
        if size is not None:
            return codes, size
        if bits == last:
            break
        last = bits
    raise FirstError(
        f"{wish.path}: {classes} classes and {data.n_features} features do not fit {board.name}"
        f" ({board.capacity:,} {board.kind.unit}, link included): take a larger board, or fewer"
        " columns"
    )


# Reasons -------------------------------------------------------------------------------------


def _why(
    found: _Found, data: DataSet, codes: Codes, size: Size, board: Board, wish: Wish
) -> dict[str, list[str]]:
    """Lines of comment by the table or key that they stand above."""
    counts = np.bincount(data.labels)
    most, unit = int(counts.argmax()), board.kind.unit
    rows = f"{len(data.labels):,} rows, {len(data.train):,} of them to learn from"
    largest = f"the largest class, {data.classes[most]!r}, has {counts.max() / counts.sum():.0%}"
    top = [
        f"A first recipe for {found.own.path.name} on {board.title}, to be changed as you like.",
        "",
        f"{rows}; {len(data.classes)} classes, {largest}.",
        *found.remarks,
        f"About {size.luts:,} LUT4, and {size.link:,} {unit} of link and self-test: some"
        f" {size.whole:,} of the {board.capacity:,} {unit} of {board.name}, of which {FULL:.0%} are"
        " the most for a first try.",
    ]
    why = dict(found.why) | {"": top, "encoding": [_sentence(codes.why)]}
    why["layers"] = [_about_layers(data, size, wish)]
    why["head"] = [f"A score for each class: of {size.head['fan_in']} units, added or subtracted."]
    why["schedule"] = [
        f"About {_updates(data, wish):,} batches: enough for most data of this size."
    ]
    return why


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _about_layers(data: DataSet, size: Size, wish: Wish) -> str:
    if wish.steps > 1:
        each = data.n_features // wish.steps
        said = f"Read in {wish.steps} steps of {each} features each, in their order"
        if data.columns is None:
            return f"{said}."
        first = ", ".join(data.columns.features[: min(each, 4)])
        return f"{said}: the first is {first}{', ...' if each > 4 else ''}."
    if size.layers[0].get("kind") != "lut":
        return "The columns become fewer bits than a table of four reads: sparse sums of them."
    return (
        "Learned truth tables of four bits, a LUT4 each, which choose what they read: of what was"
        " tried the most accurate for their size."
    )


def _updates(data: DataSet, wish: Wish) -> int:
    said = schedule_for(len(data.train), wish.steps > 1)
    return int(said["epochs"]) * max(1, len(data.train) // min(said["batch"], len(data.train)))
