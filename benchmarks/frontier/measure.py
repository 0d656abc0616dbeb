"""`python -m benchmarks.frontier.measure RECIPE --seeds 0 1 2`: a recipe trained with each seed on
the training part alone, and what it answers and takes, a file for each seed in results/; its model
is kept beside the core.

The test part is looked at once a seed, for its figures. What is there of the same recipe is not
measured again, so an interrupted run goes on; what is there of another one of its name is refused,
but with --again. A file is written whole or not at all. Sizes are those of the core that answers
the class, without the host's encoder, melted, simplified, mapped and proved as `make synth` does;
packed cells have a register on every output, as in `benchmarks.size.area`.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import environment
from benchmarks.frontier.points import known_tasks, no_task
from benchmarks.frontier.runs import FORMAT, PLAIN, RESULTS, file_of, read_run
from benchmarks.kept import kept
from benchmarks.size.made import make_forms, packed_core
from gen.compare.runs import digest, versions
from gen.console import main, say
from gen.console import seed as a_seed
from gen.data.dataset import DataSet
from gen.data.sets import source_set
from gen.errors import SmeltError
from gen.files import make_folder
from gen.intnet.network import IntNet
from gen.nets.answers import predict
from gen.nets.freezing.freeze import freeze
from gen.nets.recipe import Recipe, find_recipe
from gen.nets.store import Model, save_model
from gen.nets.training.job import data_of, train_recipe

__all__ = ["NotMeasured", "check_recipe", "measure_recipe", "right_by_class", "sizes"]


class NotMeasured(SmeltError):
    """A recipe that the frontier has no place for."""


def measure_recipe(
    recipe: Recipe, seed: int, folder: Path, results: Path = RESULTS, again: bool = False
) -> dict[str, Any]:
    """The figures of one seed, kept in `results`; cores are built in `folder`.

    `accuracy` on the test part, `train_accuracy`, `recall` by class, `macro_f1`; `lc`, `lut4`,
    `lut6`, `levels`; seconds, versions and machine. Raises NotMeasured as `check_recipe`, and as
    training and the tools do.
    """
    check_recipe(recipe, [seed], results, again)
    seeded = _seeded(recipe, seed)
    return kept(
        results / file_of(recipe.name, seed),
        lambda: _answered(seeded, folder) | environment() | {"packages": versions()},
        _said(recipe, seed),
        again,
    )


def check_recipe(recipe: Recipe, seeds: Sequence[int], results: Path, again: bool = False) -> None:
    """Raise NotMeasured for a recipe of no task of the frontier, or whose name cannot be shown; and
    unless it is `again`, where `results` has another one under its name, or a file that is none."""
    if _task(recipe) not in known_tasks():
        raise NotMeasured(no_task(f"{recipe.name}: {recipe.data.name}"))
    if not PLAIN.fullmatch(recipe.name):
        raise NotMeasured(f"recipe {recipe.name!r}: its name is not of the form {PLAIN.pattern}")
    for seed in () if again else seeds:
        path = results / file_of(recipe.name, seed)
        if path.exists() and not _said(recipe, seed).items() <= read_run(path).items():
            raise NotMeasured(
                f"{path}: is of another recipe of this name, or by other versions of Python, numpy"
                " or torch; --again measures this one in its place, or give it another name"
            )


def _said(recipe: Recipe, seed: int) -> dict[str, Any]:
    """What a run is known by."""
    name = digest(_seeded(recipe, 0))
    said = {"format": FORMAT, "recipe": recipe.name, "digest": name, "seed": seed}
    return said | {"task": _task(recipe)}


def _task(recipe: Recipe) -> str:
    """The frontier's task of a recipe; of data of one's own, what is none."""
    return source_set(recipe.data.set or "")


def _seeded(recipe: Recipe, seed: int) -> Recipe:
    return replace(recipe, schedule=replace(recipe.schedule, seed=seed))


def _answered(recipe: Recipe, folder: Path) -> dict[str, Any]:
    recipe, data = data_of(recipe)
    start = time.monotonic()
    model, _ = train_recipe(recipe, data)
    spent = time.monotonic() - start
    found = _figures(model, data)
    save_model(model, folder)
    start = time.monotonic()
    found |= sizes(freeze(model, features=data.features), folder)
    found |= {"set": recipe.data.name, "inputs": model.encoder.n_bits}
    found |= {"encoder": model.encoder.where}
    seconds = {"train": round(spent, 1), "count": round(time.monotonic() - start, 1)}
    return found | {"seconds": seconds}


def _figures(model: Model, data: DataSet) -> dict[str, Any]:
    features, labels = data.part(data.test)
    said = predict(model.network, model.encoder.encode(features))
    recall, f1 = right_by_class(labels, said, len(data.classes))
    return {
        "accuracy": float((said == labels).mean()),
        "train_accuracy": model.metrics["train"],
        "float": model.metrics["float"],
        "recall": dict(zip(data.classes, recall, strict=True)),
        "macro_f1": f1,
    }


def right_by_class(labels: np.ndarray, said: np.ndarray, classes: int) -> tuple[list[float], float]:
    """The recall of each class, and the mean of the classes' F1; of a class without rows, 0."""
    from sklearn.metrics import f1_score, recall_score

    known = list(range(classes))
    more = {"labels": known, "zero_division": 0}
    recall = recall_score(labels, said, average=None, **more)
    macro = f1_score(labels, said, average="macro", **more)
    return [round(float(one), 6) for one in recall], round(float(macro), 6)


def sizes(net: IntNet, folder: Path) -> dict[str, Any]:
    """Packed cells `lc`, `lut4`, `levels` and `lut6` of a network that answers its class."""
    made = make_forms(net, ("class",))
    four, _ = made.mapped(4)
    packed = packed_core(four, "frontier", folder)
    six, _ = made.mapped(6)
    return {
        "lc": packed["lc"],
        "lut4": packed["lut4"],
        "levels": four.depth,
        "lut6": len(six.cells),
        "levels6": six.depth,
    }


def run(args: argparse.Namespace) -> None:
    """Measure all recipes with all seeds; all are looked at before the first is measured."""
    recipes = _found(args.recipes)
    for recipe in recipes:
        check_recipe(recipe, args.seeds, args.results, args.again)
    make_folder(args.results)
    for recipe in recipes:
        for seed in args.seeds:
            folder = args.out / f"{recipe.name}-{seed}"
            found = measure_recipe(recipe, seed, folder, args.results, args.again)
            say(
                f"{recipe.name}, seed {seed}: {found['accuracy']:.2%}, macro-F1"
                f" {found['macro_f1']:.3f}, {found['lc']:,} LC, {found['lut6']:,} LUT6"
            )


def _found(names: Sequence[str]) -> list[Recipe]:
    """The recipes, each once. Raises RecipeError, and NotMeasured where two have one name."""
    found: dict[str, Recipe] = {}
    for name in names:
        recipe = find_recipe(name)
        if found.setdefault(recipe.name, recipe) != recipe:
            raise NotMeasured(f"{name}: another recipe called {recipe.name} is to be measured too")
    return list(found.values())


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.frontier.measure", description=__doc__)
    top.add_argument("recipes", nargs="+", help="shipped recipes by name, or .toml files")
    top.add_argument("--seeds", type=a_seed, nargs="+", default=[0, 1, 2])
    top.add_argument("--out", type=Path, default=Path("build/frontier"), help="where cores go")
    top.add_argument("--results", type=Path, default=RESULTS, help="where figures go")
    top.add_argument("--again", action="store_true", help="measure what is there already, too")
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
