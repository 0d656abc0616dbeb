"""`python -m benchmarks.ablation`: train what is not measured yet, print the table.

A file for each training in results/, so that an interrupted run goes on; the test part is looked at
once, for its figure.
"""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ablation.changes import AblationError, Row, read_rows
from benchmarks.environment import environment
from benchmarks.kept import kept
from gen.compare.runs import digest
from gen.console import main, say
from gen.console import seed as a_seed
from gen.data.dataset import DataSet
from gen.files import make_folder, read_json
from gen.forms import COUNT, SHARE, Within
from gen.nets.recipe import Recipe
from gen.nets.training.job import data_of
from gen.nets.training.train import accuracy, train

FORMAT = "smelt-ablation-1"
FORM = {"row": str, "seed": COUNT, "digest": str, "accuracy": SHARE, "seconds": Within(0, 1e9)}
RESULTS = Path(__file__).parent / "results"


def measure(row: Row, seed: int, data: DataSet, results: Path) -> dict[str, Any]:
    """Accuracy on the test part and seconds of one training, kept in `results`."""
    recipe = row.seeded(seed)
    said = {"format": FORMAT, "row": row.name, "seed": seed, "digest": digest(recipe)}
    path = results / _file(row.name, seed)
    return kept(path, lambda: _trained(recipe, data, f"{row.name}, seed {seed}"), said)


def _trained(recipe: Recipe, data: DataSet, label: str) -> dict[str, Any]:
    start = time.monotonic()
    given = *data.part(data.train), len(data.classes)
    trained = train(recipe, *given, label=label, **data.about(data.train))
    seconds = time.monotonic() - start
    right = accuracy(trained.model, trained.encoder, *data.part(data.test))
    say(f"{label}: {right:.2%}")
    found = {"accuracy": right, "train_accuracy": trained.train_accuracy}
    return found | {"seconds": round(seconds, 1), **environment()}


def table(rows: list[Row], found: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown: mean and standard deviation over seeds, and the difference to the row before."""
    lines = [
        "| training | accuracy, % | sd | seeds | to its base | seconds |",
        "|---|---|---|---|---|---|",
    ]
    means: dict[str | None, float] = {}
    for row in rows:
        if not found.get(row.name):
            continue
        right = [100 * one["accuracy"] for one in found[row.name]]
        means[row.name] = float(np.mean(right))
        spread = f"{np.std(right, ddof=1):.2f}" if len(right) > 1 else ""
        change = f"{means[row.name] - means[row.like]:+.2f}" if row.like in means else ""
        seconds = np.mean([one["seconds"] for one in found[row.name]])
        name = f"{row.name}: {row.says}" if row.says else row.name
        cells = f"{means[row.name]:.2f}", spread, str(len(right)), change, f"{seconds:.0f}"
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> None:
    """Measure the rows asked for, and print all that is known."""
    rows = read_rows()
    wanted = _wanted(rows, args.only)
    make_folder(args.results)
    data = data_of(rows[0].recipe)[1] if args.seeds else None
    for seed in args.seeds:
        for row in wanted:
            if data is not None:
                measure(row, seed, data, args.results)
    print(table(rows, current(rows, args.results)))


def _wanted(rows: Sequence[Row], only: str) -> list[Row]:
    try:
        return [row for row in rows if re.search(only, row.name)]
    except (re.error, OverflowError, RecursionError) as error:
        raise AblationError(f"--only {only[:60]!r}: no pattern ({error})") from None


def current(rows: Sequence[Row], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The results of the rows as they are, by row; how many others were left out is said.

    Raises FileDamaged where an entry of a file is missing or mistyped, AblationError for one under
    another's name.
    """
    recipes = {row.name: row for row in rows}
    known: dict[str, list[dict[str, Any]]] = {}
    stale, strange = [], 0
    for path in sorted(folder.glob("*.json")):
        found = _read(path)
        row, seed = recipes.get(found["row"]), found["seed"]
        if row is None:
            strange += 1
        elif found["digest"] != digest(row.seeded(seed)):
            stale.append(seed)
        else:
            known.setdefault(row.name, []).append(found)
    if stale:
        seeds = " ".join(map(str, sorted(set(stale))))
        say(f"{len(stale)} left out, of rows or versions as they were: --seeds {seeds} measures"
            " them anew")  # fmt: skip
    if strange:
        say(f"{strange} left out, of no row that there is")
    return known


def _read(path: Path) -> dict[str, Any]:
    found = read_json(path, FORMAT, FORM)
    name = _file(found["row"], found["seed"])
    if path.name != name:
        raise AblationError(
            f"{path}: is of {found['row'][:60]!r}, seed {found['seed']}, whose file is"
            f" {name[:80]}; remove it, or give it that name"
        )
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    top.add_argument("--seeds", type=a_seed, nargs="*", default=[0, 1, 2])
    top.add_argument("--only", default="", help="rows whose name this pattern is found in")
    top.add_argument("--results", type=Path, default=RESULTS, help="where figures go")
    top.set_defaults(run=run)
    return top


def _file(name: str, seed: int) -> str:
    """The name of the file of a row's training with a seed."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + f"-{seed}.json"


if __name__ == "__main__":
    sys.exit(main(parser()))
