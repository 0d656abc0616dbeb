"""Our points of the frontier: what `benchmarks.frontier.measure` left, a file for each recipe and
seed, checked when it is read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.frontier.points import FOLDER, PointsWrong, known_tasks
from gen.files import check_json, read_json
from gen.forms import COUNT, SHARE

__all__ = ["FORMAT", "PLAIN", "RESULTS", "Ours", "check_labels", "file_of", "measured", "read_run"]

RESULTS = FOLDER / "results"
FORMAT = "smelt-frontier-1"
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
"""A recipe's name that tables and pictures can show as it is."""
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,+/-]*")
"""What a class or a model is called there."""
SIZE = range(1, 1 << 31)
FORM = {
    "recipe": PLAIN,
    "digest": str,
    "seed": COUNT,
    "set?": PLAIN,
    "encoder": frozenset({"host", "chip"}),
    "accuracy": SHARE,
    "train_accuracy?": SHARE,
    "recall": {str: SHARE},
    "macro_f1": SHARE,
    "lc": SIZE,
    "lut4": SIZE,
    "lut6": SIZE,
}


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


def file_of(recipe: str, seed: int) -> str:
    """The name of the file of a recipe's run with a seed."""
    return f"{recipe}-{seed}.json"


def read_run(path: Path) -> dict[str, Any]:
    """One run. Raises FileDamaged where an entry is missing or mistyped, PointsWrong where the
    file's name is not that of its recipe and seed."""
    one = read_json(path, FORMAT, FORM)
    check_json(path, one, {"task": known_tasks()})
    check_labels(path, "recall", one["recall"])
    name = file_of(one["recipe"], one["seed"])
    if path.name != name:
        raise PointsWrong(
            f"{path}: is of {one['recipe']}, seed {one['seed']}, whose file is {name}; remove it,"
            " or give it that name"
        )
    return one


def check_labels(path: Path, what: str, labels: Iterable[str]) -> None:
    """Raise PointsWrong where there are none, or one that a table cannot show as it is."""
    labels = list(labels)
    wrong = next((label for label in labels if not LABEL.fullmatch(label)), None)
    if wrong is not None:
        raise PointsWrong(f"{path}: {what} of {wrong[:40]!r}, not of the form {LABEL.pattern}")
    if not labels:
        raise PointsWrong(f"{path}: {what} of nothing; make it again, or give another file")


def measured(folder: Path = RESULTS) -> tuple[Ours, ...]:
    """What `benchmarks.frontier.measure` left in a folder, a recipe each, by task and accuracy.

    Raises PointsWrong where there is nothing, and for runs of different recipes or tasks under one
    name; and as `read_run`.
    """
    if not folder.is_dir():
        raise PointsWrong(f"{folder}: no folder; our results are meant")
    runs = {path: read_run(path) for path in sorted(folder.glob("*.json"))}
    if not runs:
        raise PointsWrong(
            f"{folder}: no result in it; `python -m benchmarks.frontier.measure` makes them"
        )
    _check_alike(runs)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in runs.values():
        found.setdefault(one["recipe"], []).append(one)
    ours = (_ours(name, runs) for name, runs in found.items())
    return tuple(sorted(ours, key=lambda one: (one.task, one.accuracy)))


def _check_alike(runs: Mapping[Path, Mapping[str, Any]]) -> None:
    """Runs of one recipe are of one task and one digest, those of one task of the same classes."""
    shared = (
        ("recipe", "of another task", lambda one: one["task"]),
        ("recipe", "of another recipe, or by other versions,", lambda one: one["digest"]),
        ("task", "of other classes", lambda one: set(one["recall"])),
    )
    for key, said, of in shared:
        first: dict[str, Path] = {}
        for path, one in runs.items():
            other = first.setdefault(one[key], path)
            if of(one) != of(runs[other]):
                raise PointsWrong(f"{path}: is {said} than {other.name}; measure it with --again")


def _ours(name: str, runs: Sequence[dict[str, Any]]) -> Ours:
    runs = sorted(runs, key=lambda run: float(run["accuracy"]))
    accuracies = [100 * run["accuracy"] for run in runs]
    chosen = runs[(len(runs) - 1) // 2]
    return Ours(chosen["task"], name, tuple(accuracies), chosen)
