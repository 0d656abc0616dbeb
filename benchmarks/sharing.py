"""What it costs to have trainings done elsewhere, and what a cluster of 100 workers would do.

The same trainings here, by one and two workers of this machine, and by two workers with nannies of
their own that were started as programs of their own; and what the process that asks does for each
piece of work and each trial, one after the other, which is what limits a large cluster.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from optuna.trial import create_trial

from gen.compare.runs import Job, Kept, work
from gen.executor import Here, dask_cluster
from gen.nets.recipe import find_recipe
from gen.sweep.proposals import propose
from gen.sweep.result import best_of
from gen.sweep.said import Sweep, read_sweep
from gen.sweep.storage import Storage

__all__ = ["measure_sharing", "on_paper", "sharing_section"]

RECIPE, EPOCHS, TRAININGS, EMPTY, TRIALS, MANY = "digits-lut", 12, 8, 400, 40, 1000
WORKERS, MINUTES, LARGE, SEEDS = 100, 5.0, 10_000, 3
"""The sweep on paper: so many workers, minutes of one training, trials, and seeds of each."""
SWEEP = """
recipe = "digits-lut"
[ranges.layers.1]
units = {low = 50, high = 400}
[ranges.schedule]
learning_rate = {low = 0.005, high = 0.05, log = true}
noise = {low = 0.0, high = 0.5}
[goals]
minimize = ["nonzero"]
[budget]
trials = 10000
"""


def measure_sharing() -> dict[str, Any]:
    """Seconds of the same trainings by each, and milliseconds for each piece, trial and run."""
    recipe = replace(find_recipe(RECIPE), descent=None)  # Epochs alone: the descent takes longer.
    jobs = [
        Job(replace(recipe, schedule=replace(recipe.schedule, epochs=EPOCHS, seed=seed)))
        for seed in range(TRAININGS)
    ]
    rows = [{"who": "this process", "seconds": _timed(Here(), jobs)}]
    with dask_cluster(workers=1) as one:
        rows.append({"who": "1 worker of this machine", "seconds": _timed(one, jobs)})
        empty = _empty(one)
    with dask_cluster(workers=2) as two:
        rows.append({"who": "2 workers of this machine", "seconds": _timed(two, jobs)})
    with _programs(2) as address, dask_cluster(address) as apart:
        rows.append({"who": "2 workers, each with its own nanny", "seconds": _timed(apart, jobs)})
    return {"rows": rows, "cores": os.cpu_count(), "piece_ms": empty, **_asking(jobs[0])}


def _timed(executor: Executor, jobs: Sequence[Job]) -> float:
    """Seconds for all, once everybody has trained once."""
    warm = [executor.submit(work, job) for job in jobs[:2]]
    for future in warm:
        future.result()
    start = time.perf_counter()
    for future in [executor.submit(work, job) for job in jobs]:
        future.result()
    return round(time.perf_counter() - start, 2)


def _empty(executor: Executor) -> float:
    """Milliseconds for a piece of work that is none."""
    start = time.perf_counter()
    for future in [executor.submit(abs, at) for at in range(EMPTY)]:
        future.result()
    return round(1000 * (time.perf_counter() - start) / EMPTY, 2)


@contextmanager
def _programs(count: int) -> Iterator[str]:
    """A scheduler and workers as programs, on a free port."""
    with tempfile.TemporaryDirectory(prefix="smelt-dask-") as folder:
        told = Path(folder) / "scheduler.json"
        common = ["--scheduler-file", str(told)]
        dask = [sys.executable, "-m", "dask"]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        scheduler = [*dask, "scheduler", *common, "--port", "0", "--dashboard-address", ":0"]
        worker = [*dask, "worker", *common, "--nthreads", "1", "--dashboard-address", ":0"]
        started = [subprocess.Popen(scheduler, **quiet)]
        try:
            started += [subprocess.Popen(worker, cwd=Path.cwd(), **quiet) for _ in range(count)]
            yield _address(told, count)
        finally:
            for one in reversed(started):
                one.terminate()
                one.wait()


def _address(told: Path, count: int) -> str:
    """The scheduler's, once so many workers are there."""
    from distributed import Client

    while not told.exists() or not told.read_text():
        time.sleep(0.1)
    address = str(json.loads(told.read_text())["address"])
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=120)
    return address


def _asking(job: Job) -> dict[str, float]:
    """Milliseconds to propose a trial and keep it, more for each MANY trials that there are, and to
    keep a run, all of it by one process."""
    with tempfile.TemporaryDirectory(prefix="smelt-sweep-") as name:
        folder = Path(name)
        (folder / "large.toml").write_text(SWEEP)
        sweep = read_sweep(folder / "large.toml")
        trial, many = _per_trial(sweep, Storage(sweep, folder / "out")), _with_many(sweep)
        done, kept = work(job), Kept(folder / "runs")
        start = time.perf_counter()
        kept.keep(job.recipe, done)
        run = round(1000 * (time.perf_counter() - start), 2)
        return {"trial_ms": trial, "many_ms": many, "run_ms": run}


def _per_trial(sweep: Sweep, storage: Storage) -> float:
    start = time.perf_counter()
    for at in range(TRIALS):
        trial = storage.begin()
        storage.finish(trial, [{"accuracy": at / TRIALS, "nonzero": 900 - at}])
    return round(1000 * (time.perf_counter() - start) / TRIALS, 2)


def _with_many(sweep: Sweep) -> float:
    """Milliseconds that a proposal takes, and to say what is best, with MANY trials before it."""
    rng = np.random.default_rng(0)
    first = propose(sweep, [])
    trials = []
    for number in range(MANY):
        mean = {"accuracy": float(rng.random()), "nonzero": float(rng.integers(999))}
        params = {**first.params, "schedule.noise": float(rng.uniform(0, 0.5))}
        trial = create_trial(
            values=list(mean.values()),
            params=params,
            distributions=first.distributions,
            user_attrs={"mean": mean},
        )
        trial.number = number
        trials.append(trial)
    start = time.perf_counter()
    propose(sweep, trials)
    best_of(sweep, trials)
    return round(1000 * (time.perf_counter() - start), 2)


def on_paper(found: dict[str, Any]) -> dict[str, float]:
    """A sweep of LARGE trials on WORKERS workers: hours of training shared out, hours that the one
    process that asks is busy, which may overlap, and the workers that it could keep busy."""
    trial = found["trial_ms"] + found["many_ms"] * LARGE / 2 / MANY
    one = found["piece_ms"] + found["run_ms"] + trial / SEEDS
    pieces = LARGE * SEEDS
    return {
        "training_hours": pieces * MINUTES / 60 / WORKERS,
        "asking_hours": pieces * one / 3_600_000,
        "busy_workers": MINUTES * 60_000 / one,
    }


def sharing_section(found: dict[str, Any]) -> str:
    """The table, for BENCHMARKS.md."""
    base = found["rows"][0]["seconds"]
    paper = on_paper(found)
    lines = [
        "## Trainings shared out",
        "",
        f"{TRAININGS} trainings of `{RECIPE}` of {EPOCHS} epochs on {found['cores']} cores, every"
        " process trained",
        "once before.",
        "",
        "| who | seconds | times as fast |",
        "| --- | --- | --- |",
        *(
            f"| {row['who']} | {row['seconds']} | {base / row['seconds']:.2f} |"
            for row in found["rows"]
        ),
        "",
        f"A piece of work that is none takes {found['piece_ms']} ms; the process that asks takes"
        f" {found['trial_ms']} ms",
        f"to propose a trial and keep it (the mean of {TRIALS}), {found['many_ms']} ms more for"
        f" each {MANY:,} trials before it,",
        f"and {found['run_ms']} ms to keep a training.",
        f"**On paper**: {LARGE:,} trials of {SEEDS} seeds, {MINUTES:g} minutes each, on {WORKERS}"
        f" workers: {LARGE * SEEDS:,} x {MINUTES:g} min / {WORKERS} =",
        f"{paper['training_hours']:.1f} hours; the process that asks is busy for"
        f" {paper['asking_hours']:.2f} of them, and would",
        f"keep {paper['busy_workers']:,.0f} workers busy. Not measured: a network between them.",
    ]
    return "\n".join(lines)
