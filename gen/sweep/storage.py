"""The trials of a sweep as Optuna keeps them, in SQLite: killed at any moment, nothing is lost.

What is under way stands there as running and is taken up again. A trial's user attributes are its
figures: `figures`, a list by seed each, their `mean`; or the `error` that it was given up with.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from gen.files import make_folder
from gen.sweep.proposals import propose
from gen.sweep.ranges import SweepError
from gen.sweep.said import Sweep

__all__ = ["FILE", "Storage"]

FILE = "study.db"
DAMAGED = ("not a database", "malformed")
"""What SQLite says of a file that is no whole database."""
NAME = "sweep"
"""Of the study in it."""


class Storage:
    """The study of a sweep in a folder; only one process writes it."""

    def __init__(self, sweep: Sweep, folder: Path) -> None:
        """Open it, or begin it. Raises SweepError where another sweep's trials are there."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.sweep, self.path = sweep, make_folder(folder) / FILE
        with self._reachable():
            storage = RDBStorage(f"sqlite:///{self.path}")
            self._study = self._opened(storage)
            if not self._study.trials and self._study.user_attrs.get("sweep") != sweep.to_dict():
                optuna.delete_study(study_name=NAME, storage=storage)
                self._study = self._opened(storage)
                self._study.set_user_attr("sweep", sweep.to_dict())
            self._is_ours()

    def _opened(self, storage: RDBStorage) -> optuna.Study:
        return optuna.create_study(
            storage=storage,
            study_name=NAME,
            directions=[goal.direction for goal in self.sweep.goals],
            load_if_exists=True,
        )

    def _is_ours(self) -> None:
        said, found = self.sweep.to_dict(), self._study.user_attrs["sweep"]
        if found != said:
            changed = [key for key in said if said[key] != found.get(key)]
            raise SweepError(
                f"{self.path}: holds a sweep with other {', '.join(changed) or 'settings'};"
                " name another folder by --out, or remove it"
            )

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Errors of the file as one line; what was written before stands."""
        try:
            yield
        except (StorageInternalError, SQLAlchemyError) as error:
            cause = error.__cause__ or error
            why = str(getattr(cause, "orig", cause)).splitlines()[0]
            if any(word in why for word in DAMAGED):
                what = f"is damaged ({why}); remove it: what was trained is beside it"
            else:
                what = (
                    f"cannot be read or written ({why}); what was finished is kept, run the same"
                    " command again when there is room"
                )
            raise SweepError(f"{self.path}: {what}") from None

    @property
    def trials(self) -> list[FrozenTrial]:
        """All, by number."""
        with self._reachable():
            return self._study.get_trials(deepcopy=False)

    @property
    def spent(self) -> float:
        """Seconds of all runs together."""
        return float(self._study.user_attrs.get("seconds", 0.0))

    def spend(self, seconds: float) -> None:
        """Say how many seconds all runs took."""
        with self._reachable():
            self._study.set_user_attr("seconds", round(seconds, 3))

    def begin(self) -> FrozenTrial:
        """Propose a trial, and keep it as running. Raises as `propose`."""
        made = propose(self.sweep, self.trials)
        with self._reachable():
            self._study.add_trial(made)
        return self.trials[-1]

    def finish(self, trial: FrozenTrial, runs: Sequence[Mapping[str, Any]]) -> FrozenTrial:
        """Keep a trial's figures, of one run for each seed."""
        names = [name for name in runs[0] if isinstance(runs[0][name], int | float)]
        figures = {name: [run[name] for run in runs] for name in names}
        mean = {name: fmean(values) for name, values in figures.items()}
        with self._reachable():
            writer = Trial(self._study, trial._trial_id)
            writer.set_user_attr("figures", figures)
            writer.set_user_attr("mean", mean)
            self._study.tell(trial.number, [mean[goal.figure] for goal in self.sweep.goals])
        return self.trials[trial.number]

    def fail(self, trial: FrozenTrial, error: str) -> FrozenTrial:
        """Keep the error that a trial was given up with."""
        with self._reachable():
            Trial(self._study, trial._trial_id).set_user_attr("error", error)
            self._study.tell(trial.number, state=TrialState.FAIL)
        return self.trials[trial.number]
