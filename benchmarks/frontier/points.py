"""Points of the frontier that others published, from points.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gen.errors import SmeltError

__all__ = [
    "FOLDER",
    "POINTS",
    "UNITS",
    "PointsWrong",
    "Published",
    "Rival",
    "front",
    "known_tasks",
    "no_task",
    "read_published",
]

FOLDER = Path(__file__).parent
POINTS = FOLDER / "points.toml"
UNITS = {"lut6": "LUT6", "lut4": "LUT4", "lc": "LC", "gates": "gates"}
SAID = ("published", "here")
KEYS = ("task", "who", "points", "unit", "encoder", "argmax", "on", "by", "source")


class PointsWrong(SmeltError):
    """A file of points is not of its form, or not where it belongs."""


@dataclass(frozen=True)
class Rival:
    """One point of somebody else; `accuracy` is in per cent, `least` to `most` a size in `unit`,
    None where the source does not tell it, as with `encoder` and `argmax`."""

    task: str
    who: str
    accuracy: float | None
    least: int | None
    most: int | None
    unit: str
    encoder: bool | None
    argmax: bool | None
    on: str
    by: str
    source: str


@dataclass(frozen=True)
class Published:
    """Tasks by name, and what each is; all rivals' points."""

    tasks: Mapping[str, str]
    rivals: tuple[Rival, ...]


def read_published(path: Path = POINTS) -> Published:
    """The published points. Raises PointsWrong naming the entry that is not of the form told in the
    file's head."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PointsWrong(f"{path}: not readable as TOML: {error}") from None
    tasks = table.get("tasks", {})
    rivals = [
        point
        for at, entry in enumerate(table.get("rivals", []), 1)
        for point in _points(entry, tasks, f"{path}: [[rivals]] {at}")
    ]
    return Published(tasks, tuple(rivals))


@cache
def known_tasks() -> frozenset[str]:
    """Names of the frontier's tasks. Raises PointsWrong, as `read_published`."""
    return frozenset(read_published().tasks)


def no_task(what: str) -> str:
    """What is said of something that is not of a task."""
    return f"{what} is none of the frontier's tasks, which are {', '.join(sorted(known_tasks()))}"


def _points(entry: Mapping[str, Any], tasks: Mapping[str, str], where: str) -> Iterable[Rival]:
    unknown = next((key for key in entry if key not in KEYS), None)
    if unknown is not None:
        raise PointsWrong(f"{where}: unknown key {unknown!r}; known: {', '.join(KEYS)}")
    for key in ("task", "who", "points", "on", "by", "source"):
        if key not in entry:
            raise PointsWrong(f"{where}: {key} is missing")
    if entry["task"] not in tasks or entry["by"] not in SAID:
        raise PointsWrong(f"{where}: task {entry['task']!r}, by {entry['by']!r}: not known")
    unit = entry.get("unit", "")
    for point in entry["points"]:
        size = point[1:] if isinstance(point, list) else None
        if not size and size != [] or len(point) > 3 or (unit not in UNITS) == bool(size):
            raise PointsWrong(
                f"{where}: point {point!r} with unit {unit!r}: expected [accuracy], or [accuracy,"
                f" size] and a unit of {', '.join(UNITS)}"
            )
        accuracy = None if point[0] == "?" else float(point[0])
        ends = (min(size), max(size)) if size else (None, None)
        told: dict[str, Any] = {
            key: entry.get(key) for key in KEYS if key not in ("points", "unit")
        }
        yield Rival(accuracy=accuracy, least=ends[0], most=ends[1], unit=unit, **told)


def front(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of (size, accuracy), those that none beats in both, by size."""
    kept: list[tuple[float, float]] = []
    for size, accuracy in sorted(points, key=lambda one: (one[0], -one[1])):
        if not kept or accuracy > kept[-1][1]:
            kept.append((size, accuracy))
    return kept
