"""Estimates made before training against what was built: shipped recipes, and random ones.

`--fit N` builds N other random recipes and prints what `gen.estimate.fitted` holds.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kept import kept
from benchmarks.size.random_recipes import random_recipe
from benchmarks.started import start
from gen.console import main, positive, say
from gen.estimate import estimate_recipe
from gen.estimate.data import look
from gen.estimate.fitted import FORMULA, SKETCHED, Way
from gen.estimate.formula import formula
from gen.files import make_folder, read_json
from gen.intnet.files import save
from gen.nets.freezing.freeze import freeze_model
from gen.nets.recipe import Recipe, find_recipe
from gen.nets.training.job import train_recipe

__all__ = ["SEEDS", "estimates_section", "measure_estimates"]

SEEDS = range(1, 11)
"""Of the ten random recipes; `gen.estimate.fitted` is of others."""
FITTED_FROM = 1001
ALLOWED = 0.25
"""Errors within it are met by nine of ten."""


def measure_estimates(shipped: Iterable[str], out: Path) -> list[dict[str, Any]]:
    """A row for each shipped recipe and random one, each kept in `out` as it is measured."""
    rows = [
        kept(out / f"estimate-{name}.json", partial(_shipped, find_recipe(name), out))
        for name in shipped
    ]
    return rows + [
        kept(out / f"estimate-random-{seed}.json", partial(_random, random_recipe(seed), out))
        for seed in SEEDS
    ]


def _shipped(recipe: Recipe, out: Path) -> dict[str, Any]:
    """The estimate comes first: nothing of the build is looked at."""
    row = _estimated(recipe)
    start(["make", "hdl", f"RECIPE={recipe.name}"])
    return row | _built(Path("build") / recipe.name)


def _random(recipe: Recipe, out: Path) -> dict[str, Any]:
    row = _estimated(recipe)
    begun = time.monotonic()
    model, _ = train_recipe(recipe)
    row["training_s"] = round(time.monotonic() - begun, 1)
    folder = out / recipe.name
    make_folder(folder)
    net = folder / f"{recipe.name}.npz"
    save(freeze_model(model), net)
    start(["make", "hdl", f"RECIPE={net.resolve()}", f"OUT={folder.resolve() / 'build'}"])
    return row | _built(folder / "build")


def _estimated(recipe: Recipe) -> dict[str, Any]:
    """What both ways say before training: the formula's own figure beside the estimate."""
    found = estimate_recipe(recipe, [])
    training = found.training
    assert training is not None
    return {
        "network": recipe.name,
        "estimate": found.luts,
        "low": found.low,
        "high": found.high,
        "formula": formula(recipe, len(look(recipe).data.classes)),
        "seconds": found.seconds,
        "estimated_training_s": round(60 * training.minutes, 1),
        "notes": list(found.notes),
    }


def _built(folder: Path) -> dict[str, Any]:
    return {"luts": read_json(folder / "core.json")["cells"]}


def estimates_section(rows: list[dict[str, Any]]) -> str:
    """A section of BENCHMARKS.md."""
    lines = [
        "## Estimates before training",
        "",
        "LUT4 that `make estimate` expects of a recipe, by a network of a few batches of training",
        "that is mapped quickly, against those of its core as built; the interval is to hold nine",
        "of ten. The formula, of the layers' sizes alone, is what it was compared with. Random",
        "recipes are drawn with seeds 1 to 10, not among those that the factors come from.",
        "",
        "| recipe | estimate | interval | built | error | formula | its error | s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *map(_line, rows),
        "",
        *_summary(rows),
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    told = row["formula"]
    plain = "none" if told is None else f"{FORMULA.factor * told:,.0f}"
    cells = [
        row["network"],
        f"{row['estimate']:,}",
        f"{row['low']:,} to {row['high']:,}",
        f"{row['luts']:,}",
        f"{_error(row['estimate'], row):+.0%}",
        plain,
        "" if told is None else f"{_error(FORMULA.factor * told, row):+.0%}",
        f"{row['seconds']:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _error(estimate: float, row: dict[str, Any]) -> float:
    return float(estimate / row["luts"] - 1)


def _summary(rows: list[dict[str, Any]]) -> list[str]:
    near = sum(abs(_error(row["estimate"], row)) <= ALLOWED for row in rows)
    inside = sum(row["low"] <= row["luts"] <= row["high"] for row in rows)
    told = [row for row in rows if row["formula"] is not None]
    by_formula = [abs(_error(FORMULA.factor * row["formula"], row)) for row in told]
    nearer = sum(error <= ALLOWED for error in by_formula)
    mean = float(np.mean([abs(_error(row["estimate"], row)) for row in rows]))
    return [
        f"Within {ALLOWED:.0%}: {near} of {len(rows)}, by the formula {nearer} of {len(told)};",
        f"inside the interval: {inside} of {len(rows)}. Mean error: {mean:.1%}, by the formula"
        f" {np.mean(by_formula):.1%}.",
    ]


# Fitting -------------------------------------------------------------------------------------


def _fit(args: argparse.Namespace) -> None:
    """Print the ratios of built to estimated LUT4, and what they come to."""
    make_folder(args.out)
    rows = [
        kept(args.out / f"fit-{seed}.json", partial(_random, random_recipe(seed), args.out))
        for seed in range(FITTED_FROM, FITTED_FROM + args.fit)
    ]
    for row in rows:
        say(f"{row['network']}: built {row['luts']}, told {row['estimate']}, {row['formula']}")
    _print(SKETCHED, [(row["estimate"] / SKETCHED.factor, row["luts"]) for row in rows])
    told = [(row["formula"], row["luts"]) for row in rows if row["formula"]]
    _print(FORMULA, told)


def _print(way: Way, pairs: list[tuple[float, int]]) -> None:
    ratios = np.array([built / told for told, built in pairs])
    factor = float(np.median(ratios))
    low, high = np.quantile(ratios / factor, [0.05, 0.95])
    print(f"{way.name}: factor {factor:.3f}, low {low:.2f}, high {high:.2f}, of {len(pairs)}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.size.estimates", description=__doc__)
    top.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of the JSON")
    top.add_argument("--fit", type=positive, required=True, help="random recipes to fit to")
    top.set_defaults(run=_fit)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
