"""`python -m gen sweep`: the recipes around one, searched."""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.console import positive, say
from gen.files import write_bytes, write_json, write_text

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from gen.sweep.said import Sweep
    from gen.sweep.storage import Storage

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Search the recipes around one: ranges of its keys, goals and a budget, as a sweep file"
        " says (docs/sweep.md). Accuracy is that on a slice of the training part; the test part is"
        " not looked at. Killed at any moment, the same command goes on where it was."
    )
    parser.add_argument("sweep", type=Path, help="the sweep file, .toml")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a running Dask scheduler, tcp://HOST:8786 (default: a cluster of this machine)",
    )
    parser.add_argument(
        "--workers", type=positive, help="processes of this machine's cluster (default: its cores)"
    )
    parser.add_argument("--out", type=Path, help="folder (default: build/sweeps/<file's name>)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    """Search, and write sweep.json, .txt, .parquet, .png and the best recipes."""
    from gen.executor import ExecutorError, dask_cluster, need_packages

    need_packages("optuna", "distributed", "pyarrow")
    from gen.make import lock
    from gen.sweep.ranges import SweepError
    from gen.sweep.run import run_sweep
    from gen.sweep.said import read_sweep
    from gen.sweep.storage import Storage

    if args.scheduler and args.workers:
        raise ExecutorError("--scheduler and --workers: the cluster's workers are its own")
    sweep = read_sweep(args.sweep)
    out = args.out or Path("build") / "sweeps" / sweep.name
    with dask_cluster(args.scheduler, args.workers) as executor:
        held = lock.hold(out)
        try:
            storage = Storage(sweep, out)
            ended = run_sweep(sweep, storage, out, executor, _Progress(sweep, storage))
            found = _write(sweep, storage, ended, out)
        finally:
            lock.release(held)
    if args.json:
        print(json.dumps(found))
    rows = found["rows"]
    if rows and all(row["state"] == "failed" for row in rows):
        raise SweepError(f"{args.sweep}: all {len(rows)} trials failed: {rows[0]['error']}")


class _Progress:
    """A line for each trial that is done, with the best so far."""

    def __init__(self, sweep: "Sweep", storage: "Storage") -> None:
        self.sweep, self.storage, self.start = sweep, storage, time.monotonic()

    def __call__(self, trial: "FrozenTrial") -> None:
        from gen.sweep.result import best_of

        trials = self.storage.trials
        ended = sum(one.state.is_finished() for one in trials)
        of = f" of {self.sweep.budget.trials:,}" if self.sweep.budget.trials else ""
        if trial.values is None:
            say(f"{ended:,}{of}: trial {trial.number} failed: {trial.user_attrs['error']}")
            return
        best = best_of(self.sweep, trials)
        front = f"; best of {len(best)}: {self._told(trials[best[0]])}" if best else ""
        say(f"{ended:,}{of}: trial {trial.number}: {self._told(trial)}{front}")

    def _told(self, trial: "FrozenTrial") -> str:
        mean = trial.user_attrs["mean"]
        sizes = (f"{mean[name]:,g} {name}" for name in self.sweep.figures if name != "accuracy")
        return ", ".join([f"{mean['accuracy']:.2%}", *sizes])


def _write(sweep: "Sweep", storage: "Storage", ended: str, out: Path) -> dict[str, Any]:
    from gen.sweep.plot import plot_sweep
    from gen.sweep.recipes import recipe_files
    from gen.sweep.result import format_result, parquet, summarize

    trials = storage.trials
    found = summarize(sweep, trials, ended)
    text = format_result(found)
    files = recipe_files(sweep, trials, found["best"])
    found["recipes"] = [str(out / "recipes" / name) for name in files]
    for name, recipe in files.items():
        write_text(out / "recipes" / name, recipe)
    write_bytes(out / "sweep.parquet", parquet(found))
    write_bytes(out / "sweep.png", plot_sweep(found, sweep.rivals))
    write_text(out / "sweep.txt", text + "\n")
    write_json(out / "sweep.json", found)
    say(text)
    if files:
        say(f"next: make synth RECIPE={found['recipes'][0]}")
    return found
