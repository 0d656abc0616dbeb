"""One training of a comparison, kept as files so that an interrupted comparison goes on.

`<digest>.json` ("smelt-compare-run-1") and `<digest>.npz`, the integer network. The digest is that
of the whole recipe, schedule and seed included, and of the versions that training depends on.
"""

import hashlib
import json
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gen.console import say
from gen.data.sets import DataSet
from gen.files import FileDamaged, read_json, write_json
from gen.intnet.files import load, save
from gen.intnet.network import IntNet
from gen.intnet.node import NetError
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.luts import map_luts
from gen.melt.melt import melt
from gen.nets.freeze import freeze
from gen.nets.recipe import Recipe
from gen.nets.store import Model, weight_counts
from gen.nets.train import accuracy, train

__all__ = ["FORMAT", "Wanted", "digest", "kept_run", "run_once", "versions"]

FORMAT = "smelt-compare-run-1"
MEASURED = {"accuracy": float, "train_accuracy": float, "nonzero": int, "seconds": float}


@dataclass(frozen=True)
class Wanted:
    """What to measure besides accuracy: AND gates as melted, and LUT4 as mapped."""

    ands: bool = True
    lut4: bool = False


def versions() -> dict[str, str]:
    """What a training's result depends on besides its recipe."""
    packages = {name: version(name) for name in ("numpy", "torch")}
    return {"python": platform.python_version(), **packages}


def digest(recipe: Recipe) -> str:
    """Names the files of a run: SHA-256 of recipe and versions, 16 hexadecimal digits."""
    text = json.dumps([recipe.to_dict(), versions()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run_once(recipe: Recipe, data: DataSet, folder: Path, wanted: Wanted) -> dict[str, Any]:
    """The figures of one training, read back from `folder` as far as they are there.

    {"accuracy": on the test part, "train_accuracy", "nonzero", "seconds": of training alone,
    "ands", "lut4": None where not measured}. `data` is the recipe's own set.
    """
    path = folder / f"{digest(recipe)}.json"
    found = kept_run(path)
    if found is None:
        found = _train(recipe, data, path)
    missing = Wanted(wanted.ands and found["ands"] is None, wanted.lut4 and found["lut4"] is None)
    if missing.ands or missing.lut4:
        found |= _count(load(path.with_suffix(".npz")), missing)
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
        return None
    return found


def _check(found: dict[str, Any], path: Path) -> None:
    for key, kind in MEASURED.items():
        if not isinstance(found.get(key), kind):
            raise FileDamaged(f"{path}: entry {key!r} is {found.get(key)!r}")
    for key in ("ands", "lut4"):
        if not isinstance(found.get(key, ""), int | None):
            raise FileDamaged(f"{path}: entry {key!r} is {found.get(key)!r}")
    if found.get("digest") != path.stem:
        raise FileDamaged(f"{path}: is of another run, {found.get('digest')!r}")


def _train(recipe: Recipe, data: DataSet, path: Path) -> dict[str, Any]:
    start = time.monotonic()
    label = f"{recipe.name}, {recipe.schedule.kind}, seed {recipe.schedule.seed}"
    trained = train(
        recipe, *data.part(data.train), len(data.classes), label=label, columns=data.columns
    )
    seconds = time.monotonic() - start
    measured = accuracy(trained.model, trained.encoder, *data.part(data.test))
    metrics = {"quantized": measured, "train": trained.train_accuracy}
    model = Model(recipe, trained.model, trained.encoder, data.classes, metrics, data.columns)
    net = freeze(model, features=data.features)
    save(net, path.with_suffix(".npz"))
    found = {
        "format": FORMAT,
        "digest": path.stem,
        "recipe": recipe.to_dict(),
        "versions": versions(),
        "accuracy": measured,
        "train_accuracy": trained.train_accuracy,
        "nonzero": weight_counts(trained.model)["nonzero"],
        "seconds": round(seconds, 2),
        "ands": None,
        "lut4": None,
    }
    write_json(path, found)
    return found


def _count(net: IntNet, missing: Wanted) -> dict[str, int]:
    melted = melt(net)
    found = {"ands": melted.n_ands}
    if missing.lut4:
        found["lut4"] = _mapped(melted)
    return found


def _mapped(melted: Graph) -> int:
    """LUT4 with class and scores, mapped and proved as `gen map` does.

    Without `gen simplify` before, which takes most of the time of a build and little of its LUT4.
    """
    netlist, _ = map_luts(flatten(melted), [melted])
    return len(netlist.cells)
