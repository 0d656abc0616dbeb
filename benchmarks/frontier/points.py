"""Points of the frontier: those that others published, from points.toml, and ours as measured."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from gen.errors import SmeltError
from gen.files import DAMAGE, read_json

__all__ = [
    "FOLDER",
    "POINTS",
    "RESULTS",
    "UNITS",
    "Ours",
    "PointsWrong",
    "Published",
    "Rival",
    "front",
    "measured",
    "read_published",
]

FOLDER = Path(__file__).parent
POINTS = FOLDER / "points.toml"
RESULTS = FOLDER / "results"
UNITS = {"lut6": "LUT6", "lut4": "LUT4", "lc": "LC", "gates": "gates"}
SAID = ("published", "here")
KEYS = ("task", "who", "points", "unit", "encoder", "argmax", "on", "by", "source")
FORMAT = "smelt-frontier-1"


class PointsWrong(SmeltError):
    """A file of points is not of its form."""


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


@dataclass(frozen=True)
class Ours:
    """A recipe as measured with several seeds: accuracies in per cent, ascending, and the figures
    of the median seed (of an even number, the lower one in the middle)."""

    task: str
    recipe: str
    accuracies: tuple[float, ...]
    chosen: Mapping[str, Any]

    @property
    def accuracy(self) -> float:
        """The mean."""
        return mean(self.accuracies)


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


def measured(folder: Path = RESULTS) -> tuple[Ours, ...]:
    """What `benchmarks.frontier.measure` left in a folder, a recipe each, by task and accuracy.

    Raises FileDamaged for a file that is none, PointsWrong for runs of different recipes under one
    name.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.json")):
        one = read_json(path, FORMAT)
        try:
            _ = float(one["accuracy"]), [int(one[unit]) for unit in ("lc", "lut4", "lut6")]
            found.setdefault(one["recipe"], []).append(one)
        except DAMAGE as error:
            said = f"{type(error).__name__}: {error}"
            raise PointsWrong(f"{path}: {said}; measure it again") from None
    return tuple(
        sorted((_ours(name, runs) for name, runs in found.items()),
               key=lambda one: (one.task, one.accuracy))
    )  # fmt: skip


def _ours(name: str, runs: Sequence[dict[str, Any]]) -> Ours:
    if len({run["digest"] for run in runs}) > 1:
        raise PointsWrong(f"{name}: its runs are of different recipes; measure it again")
    runs = sorted(runs, key=lambda run: float(run["accuracy"]))
    accuracies = [100 * run["accuracy"] for run in runs]
    chosen = runs[(len(runs) - 1) // 2]
    return Ours(runs[0]["task"], name, tuple(accuracies), chosen)


def front(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of (size, accuracy), those that none beats in both, by size."""
    kept: list[tuple[float, float]] = []
    for size, accuracy in sorted(points, key=lambda one: (one[0], -one[1])):
        if not kept or accuracy > kept[-1][1]:
            kept.append((size, accuracy))
    return kept
