"""One training of many, done by whoever is free, and kept as files so that the whole goes on.

`<digest>.json` ("smelt-compare-run-1") and `<digest>.npz`, the integer network. The digest is that
of the whole recipe, schedule and seed included, of the rows that are trained on, and of the
versions that training depends on.
"""

import hashlib
import json
import platform
import time
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gen.compare.counted import COUNTS, count
from gen.compare.validation import Validation
from gen.console import say
from gen.data.errors import DataError
from gen.data.sets import DataSet
from gen.files import FileDamaged, read_json, write_json
from gen.intnet.files import load, save
from gen.intnet.network import IntNet
from gen.intnet.node import NetError
from gen.nets.freezing.freeze import freeze
from gen.nets.recipe import Recipe
from gen.nets.store import Model, weight_counts
from gen.nets.toml.inputs import Data
from gen.nets.training.job import data_of
from gen.nets.training.train import accuracy, train

__all__ = ["FORMAT", "Done", "Job", "Kept", "digest", "fingerprint", "kept_run", "versions", "work"]

FORMAT = "smelt-compare-run-1"
MEASURED = {"accuracy": float, "train_accuracy": float, "nonzero": int, "seconds": float}


@dataclass(frozen=True)
class Job:
    """One training: where `net` is, that is the trained network, of which `wanted` of
    `gen.compare.counted` is counted.

    Accuracy is that on the test part, or on the validation slice. `data`, where it is said, is the
    fingerprint of the data that must be found there.
    """

    recipe: Recipe
    wanted: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    validation: Validation | None = None
    data: str = ""
    net: IntNet | None = None


@dataclass(frozen=True)
class Done:
    """What came of a job: its figures, and the network that they are of."""

    figures: dict[str, Any]
    net: IntNet


def versions() -> dict[str, str]:
    """What a training's result depends on besides its recipe."""
    packages = {name: version(name) for name in ("numpy", "torch")}
    return {"python": platform.python_version(), **packages}


def digest(recipe: Recipe, *more: Any) -> str:
    """Names the files of a run: SHA-256 of recipe, versions and what more decides the result, 16
    hexadecimal digits."""
    text = json.dumps([recipe.to_dict(), versions(), *more], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprint(data: DataSet) -> str:
    """SHA-256 of a set's rows, their parts and groups, 16 hexadecimal digits."""
    hashed = hashlib.sha256()
    groups = () if data.groups is None else (data.groups,)
    for one in (data.features, data.labels, data.train, data.test, *groups):
        hashed.update(str(one.shape).encode())
        hashed.update(one.tobytes())
    return hashed.hexdigest()[:16]


def work(job: Job) -> Done:
    """Train where there is no network yet, and count; needs nothing of the process that asks."""
    if job.net is None:
        figures, net = _train(job)
    else:
        figures, net = {}, job.net
    if job.wanted:
        figures |= count(net, job.wanted, job.outputs)
    return Done(figures, net)


def _train(job: Job) -> tuple[dict[str, Any], IntNet]:
    recipe, data = job.recipe, _data(job)
    start = time.monotonic()
    label = f"{recipe.name}, {recipe.schedule.kind}, seed {recipe.schedule.seed}"
    given = *data.part(data.train), len(data.classes)
    trained = train(recipe, *given, label=label, **data.about(data.train))
    seconds = time.monotonic() - start
    measured = accuracy(trained.model, trained.encoder, *data.part(data.test))
    metrics = {"quantized": measured, "train": trained.train_accuracy}
    model = Model(recipe, trained.model, trained.encoder, data.classes, metrics, data.columns)
    figures = {
        "accuracy": measured,
        "train_accuracy": trained.train_accuracy,
        "nonzero": weight_counts(trained.model)["nonzero"],
        "seconds": round(seconds, 2),
    }
    return figures, freeze(model, features=data.features)


def _data(job: Job) -> DataSet:
    recipe = job.recipe
    data, found = _loaded(recipe.data, recipe, job.data)
    if job.data and job.data != found:
        raise DataError(
            f"{data.name}: the data found there is not what the command was given (SHA-256"
            f" {found}, not {job.data}); put the same files there"
        )
    return data if job.validation is None else job.validation.of(data)


class _Last:
    """The set that this process loaded last, with its fingerprint."""

    key: Any = None
    value: tuple[DataSet, str]


def _loaded(said: Data, recipe: Recipe, wanted: str) -> tuple[DataSet, str]:
    """The set, loaded again where it is not the wanted one: its file may be another by now."""
    key = said, recipe.folder
    if _Last.key != key or wanted not in ("", _Last.value[1]):
        data = data_of(recipe)[1]
        _Last.value = data, fingerprint(data)
        _Last.key = key
    return _Last.value


@dataclass(frozen=True)
class Kept:
    """Runs in a folder, of the outputs and the slice that they are measured with; `data` is the
    data's fingerprint, "" where a recipe's name of it says all."""

    folder: Path
    outputs: tuple[str, ...] = ()
    validation: Validation | None = None
    data: str = ""

    def path(self, recipe: Recipe) -> Path:
        """The file of a recipe's figures."""
        held = self.validation
        more: list[Any] = [self.data] if self.data else []
        if held is not None:
            more = [[held.share, held.seed], list(self.outputs), self.data]
        return self.folder / f"{digest(recipe, *more)}.json"

    def found(self, recipe: Recipe) -> dict[str, Any] | None:
        """The figures that are there."""
        return kept_run(self.path(recipe))

    def job(self, recipe: Recipe, wanted: Collection[str]) -> Job | None:
        """What is to be done for the wanted of COUNTS; None where all of it is kept."""
        found = self.found(recipe)
        missing = tuple(one for one in wanted if found is None or found.get(one) is None)
        if found is not None and not missing:
            return None
        net = None if found is None else load(self.path(recipe).with_suffix(".npz"))
        return Job(recipe, missing, self.outputs, self.validation, self.data, net)

    def keep(self, recipe: Recipe, done: Done) -> dict[str, Any]:
        """Write what came of a job beside what was there; all figures."""
        path = self.path(recipe)
        before = self.found(recipe)
        known = before or {
            "format": FORMAT,
            "digest": path.stem,
            "recipe": recipe.to_dict(),
            "versions": versions(),
            "ands": None,
            "lut4": None,
        }
        found = known | done.figures
        if before is None:
            save(done.net, path.with_suffix(".npz"))
        write_json(path, found)
        return found


def kept_run(path: Path) -> dict[str, Any] | None:
    """The run in `path`; None where there is none, or with one line said where it is damaged."""
    if not path.exists():
        return None
    try:
        found = read_json(path, FORMAT)
        _check(found, path)
        load(path.with_suffix(".npz"))
    except (FileDamaged, NetError) as error:
        say(f"{error}: trained again")
        path.unlink()
        path.with_suffix(".npz").unlink(missing_ok=True)
        return None
    return found


def _check(found: dict[str, Any], path: Path) -> None:
    for key, kind in MEASURED.items():
        if not isinstance(found.get(key), kind):
            raise FileDamaged(f"{path}: entry {key!r} is {found.get(key)!r}")
    for key in COUNTS:
        if not isinstance(found.get(key), int | None):
            raise FileDamaged(f"{path}: entry {key!r} is {found.get(key)!r}")
    if found.get("digest") != path.stem:
        raise FileDamaged(f"{path}: is of another run, {found.get('digest')!r}")
