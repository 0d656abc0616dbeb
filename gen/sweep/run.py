"""Running a sweep: as many trials under way as may be, each a training for every seed.

A piece of work that dies, whatever the reason, is done once more; then its trial is recorded with
the error. What concerns all of it, a full disk, a worker of other versions or a scheduler that is
gone, ends the sweep: what was finished is kept, and the same command goes on from there.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from gen.compare.runs import Done, Job, Kept, fingerprint, work
from gen.executor import WorkerDiffers, worker_died
from gen.nets.recipe import Recipe
from gen.nets.training.job import check_sensors, data_of
from gen.sweep.proposals import Exhausted, recipe_of
from gen.sweep.ranges import SweepError
from gen.sweep.said import Sweep
from gen.sweep.storage import Storage

__all__ = ["RUNS", "run_sweep"]

RUNS = "runs"
TRIES = 2


@dataclass
class _Trial:
    """A trial under way: a recipe for each seed, and the runs that there are."""

    trial: FrozenTrial
    recipes: list[Recipe]
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class _Piece:
    """One seed of a trial, how often it was begun, and what is done."""

    of: _Trial
    seed: int
    job: Job
    tries: int = 1


@dataclass
class _Running:
    """All that is under way."""

    sweep: Sweep
    storage: Storage
    kept: Kept
    executor: Executor
    finished: Callable[[FrozenTrial], None]
    pieces: dict[Future[Done], _Piece] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def start(self, trial: FrozenTrial) -> None:
        """Have done what of a trial is not kept."""
        recipes = [
            replace(one, schedule=replace(one.schedule, seed=one.schedule.seed + seed))
            for one in [recipe_of(self.sweep, trial.params, self.sweep.recipe.name)]
            for seed in range(self.sweep.seeds)
        ]
        mine = _Trial(trial, recipes)
        self.open.add(trial.number)
        for seed, recipe in enumerate(recipes):
            job = self.kept.job(recipe, self.sweep.counts)
            if job is None:
                mine.runs[seed] = self.kept.found(recipe) or {}
            else:
                self._submit(_Piece(mine, seed, job))
        self._end(mine)

    def _submit(self, piece: _Piece) -> None:
        self.pieces[self.executor.submit(work, piece.job)] = piece

    def take(self) -> None:
        """Wait for one piece or more, and note what came of them."""
        for future in wait(self.pieces, return_when=FIRST_COMPLETED).done:
            piece = self.pieces.pop(future)
            mine = piece.of
            if mine.trial.number not in self.open:
                continue
            try:
                done = future.result()
            except (WorkerDiffers, KeyboardInterrupt):
                raise
            except CancelledError:
                raise SweepError(
                    "the Dask scheduler is gone; start it and run this again"
                ) from None
            except Exception as error:
                self._again(piece, error)
                continue
            mine.runs[piece.seed] = self.kept.keep(mine.recipes[piece.seed], done)
            self._end(mine)

    def _again(self, piece: _Piece, error: Exception) -> None:
        """Once more, unless Dask did so already; or the trial is given up."""
        if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT):
            raise error
        if piece.tries < TRIES and not worker_died(error):
            self._submit(replace(piece, tries=piece.tries + 1))
            return
        self.open.discard(piece.of.trial.number)
        said = " ".join(str(error).split())[:1000] or type(error).__name__
        self.finished(self.storage.fail(piece.of.trial, said))

    def _end(self, mine: _Trial) -> None:
        if len(mine.runs) == len(mine.recipes):
            self.open.discard(mine.trial.number)
            runs = [mine.runs[seed] for seed in range(len(mine.recipes))]
            self.finished(self.storage.finish(mine.trial, runs))


def run_sweep(
    sweep: Sweep,
    storage: Storage,
    folder: Path,
    executor: Executor,
    finished: Callable[[FrozenTrial], None] = lambda trial: None,
) -> str:
    """Run what the budget has room for; why it ended, in words. `finished` is told of each trial.

    Raises SweepError and what concerns all of it; the storage then has what was finished.
    """
    recipe, data = data_of(sweep.recipe)
    check_sensors(recipe, data)
    sweep.validation.of(data)
    sweep = replace(sweep, recipe=recipe)
    kept = Kept(folder / RUNS, sweep.outputs, sweep.validation, fingerprint(data))
    running = _Running(sweep, storage, kept, executor, finished)
    for trial in storage.trials:
        if trial.state == TrialState.RUNNING:
            running.start(trial)
    clock = _Clock(storage)
    why = ""
    while True:
        why = why or _begin(running, clock)
        clock.note()
        if not running.pieces:
            return why
        running.take()


def _begin(running: _Running, clock: "_Clock") -> str:
    """Begin trials as long as there may be more under way; why there will be none, or nothing."""
    sweep, storage = running.sweep, running.storage
    while True:
        count = len(storage.trials)
        if sweep.budget.trials is not None and count >= sweep.budget.trials:
            return f"all {sweep.budget.trials:,} trials of the budget"
        if sweep.budget.seconds is not None and clock.spent >= sweep.budget.seconds:
            return f"all {sweep.budget.seconds:,g} seconds of the budget"
        if running.open and count - min(running.open) >= sweep.search.ahead:
            return ""
        try:
            running.start(storage.begin())
        except Exhausted:
            return f"all {count:,} recipes that the ranges have"


class _Clock:
    """Seconds of this run and those before."""

    def __init__(self, storage: Storage) -> None:
        self._storage, self._before, self._start = storage, storage.spent, time.monotonic()

    @property
    def spent(self) -> float:
        return self._before + time.monotonic() - self._start

    def note(self) -> None:
        """Keep them, for the next run."""
        self._storage.spend(self.spent)
