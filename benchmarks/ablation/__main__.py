"""`python -m benchmarks.ablation`: train what is not measured yet, print the table.

A file for each training in results/, so that an interrupted run goes on; the test part is looked at
once, for its figure.
"""

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ablation.changes import Row, read_rows
from benchmarks.environment import environment
from benchmarks.kept import kept
from gen.compare.runs import digest
from gen.console import main, say
from gen.data.dataset import DataSet
from gen.files import make_folder, read_json
from gen.nets.recipe import Recipe
from gen.nets.training.job import data_of
from gen.nets.training.train import accuracy, train

FORMAT = "smelt-ablation-1"
RESULTS = Path(__file__).parent / "results"


def measure(row: Row, seed: int, data: DataSet, results: Path) -> dict[str, Any]:
    """Accuracy on the test part and seconds of one training, kept in `results`."""
    recipe = row.seeded(seed)
    said = {"format": FORMAT, "row": row.name, "seed": seed, "digest": digest(recipe)}
    path = results / f"{_file(row.name)}-{seed}.json"
    return kept(path, lambda: _trained(recipe, data, f"{row.name}, seed {seed}"), said)


def _trained(recipe: Recipe, data: DataSet, label: str) -> dict[str, Any]:
    start = time.monotonic()
    given = *data.part(data.train), len(data.classes)
    trained = train(recipe, *given, label=label, columns=data.columns)
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
    make_folder(args.results)
    wanted = [row for row in rows if re.search(args.only, row.name)]
    data = data_of(rows[0].recipe)[1] if args.seeds else None
    for seed in args.seeds:
        for row in wanted:
            if data is not None:
                measure(row, seed, data, args.results)
    known: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(args.results.glob("*.json")):
        found = read_json(path, FORMAT)
        known.setdefault(found["row"], []).append(found)
    print(table(rows, known))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    top.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    top.add_argument("--only", default="", help="rows whose name this pattern is found in")
    top.add_argument("--results", type=Path, default=RESULTS, help="where figures go")
    top.set_defaults(run=run)
    return top


def _file(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


if __name__ == "__main__":
    sys.exit(main(parser()))
