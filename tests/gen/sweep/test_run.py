"""A sweep in this process: its figures against training by hand, going on, giving up, its files."""

import io
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from errno import ENOSPC
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure
from optuna.trial import FrozenTrial, Trial, TrialState

from gen import executor as executors
from gen.__main__ import parser
from gen.compare import runs
from gen.compare.validation import Validation
from gen.console import main
from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.sets import load_set
from gen.executor import Here
from gen.nets.recipe import read_recipe
from gen.nets.training.train import accuracy, train
from gen.sweep import plot
from gen.sweep.plot import plot_sweep
from gen.sweep.ranges import SweepError
from gen.sweep.recipes import median_seed, recipe_files
from gen.sweep.result import format_result, parquet, summarize
from gen.sweep.run import run_sweep
from gen.sweep.said import Rival, Sweep, read_sweep
from gen.sweep.storage import Storage
from tests.conftest import ROOT
from tests.gen.sweep.files import RANGES, sweep_file
from tests.test_one_line import full_disk


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return read_sweep(sweep_file(tmp_path, top="seeds = 2"))


def ran(sweep: Sweep, folder: Path, executor: Executor | None = None) -> list[FrozenTrial]:
    storage = Storage(sweep, folder)
    run_sweep(sweep, storage, folder, executor or Here())
    return storage.trials


def told(trials: list[FrozenTrial]) -> list[Any]:
    """What has to repeat: all but the times."""
    left = {"seconds"}
    return [
        (one.params, one.values, {k: v for k, v in one.user_attrs["mean"].items() if k not in left})
        for one in trials
    ]


def test_figures_are_those_of_training_by_hand(sweep: Sweep, tmp_path: Path) -> None:
    trials = ran(sweep, tmp_path / "out")
    assert [one.state for one in trials] == [TrialState.COMPLETE] * 3
    whole = load_set("cancer")
    data = sweep.validation.of(whole)
    for trial in trials:
        files = recipe_files(sweep, trials, [trial.number])
        (name, text), = files.items()  # fmt: skip
        path = tmp_path / name
        path.write_text(text)
        found = trial.user_attrs["figures"]["accuracy"]
        recipe = read_recipe(path)
        assert recipe.schedule.seed == median_seed(found)
        trained = train(recipe, *data.part(data.train), 2, columns=data.columns)
        measured = accuracy(trained.model, trained.encoder, *data.part(data.test))
        assert measured == found[recipe.schedule.seed]
        assert trial.values == pytest.approx(
            [np.mean(found), np.mean(trial.user_attrs["figures"]["nonzero"])]
        )


def test_the_test_part_is_not_there_to_be_seen() -> None:
    whole = load_set("digits")
    data = Validation(0.2, 3).of(whole)
    assert len(data.features) == len(whole.train)
    assert not set(data.train) & set(data.test)
    assert len(data.train) + len(data.test) == len(whole.train)
    tested = {row.tobytes() for row in whole.features[whole.test]}
    trained = {row.tobytes() for row in whole.features[whole.train]}
    assert not (tested - trained) & {row.tobytes() for row in data.features}
    for label in range(10):
        share = (data.labels[data.test] == label).sum() / (data.labels == label).sum()
        assert share == pytest.approx(0.2, abs=0.02)
    again = Validation(0.2, 3).of(whole)
    assert (again.test == data.test).all()
    assert (Validation(0.2, 4).of(whole).test != data.test).any()


class _Stopping(Executor):
    """Ends the command when so many pieces of work were done."""

    def __init__(self, after: int) -> None:
        self.left = after

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return Here().submit(fn, *args, **named)


@pytest.mark.parametrize("after", [1, 4])
def test_an_interrupted_sweep_goes_on_to_the_same_end(
    after: int, sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ran(sweep, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        ran(sweep, tmp_path / "out", _Stopping(after))
    calls = []
    real = runs.train
    monkeypatch.setattr(runs, "train", lambda *a, **k: calls.append(1) or real(*a, **k))
    assert told(ran(sweep, tmp_path / "out")) == told(whole)
    assert 6 - after <= len(calls) <= 6


class _Failing(Executor):
    """Work that fails: the trials in `often` as often as told."""

    def __init__(self, often: dict[int, int], error: Exception) -> None:
        self.often, self.error, self.begun = often, error, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        number, self.begun = self.begun, self.begun + 1
        if number in self.often:
            future: Future[Any] = Future()
            future.set_exception(self.error)
            return future
        return Here().submit(fn, *args, **named)


def test_what_dies_is_done_once_more_and_then_recorded(tmp_path: Path) -> None:
    rest = '[goals]\nminimize = ["nonzero"]\n[budget]\ntrials = 3\n[search]\nahead = 1\n'
    sweep = read_sweep(sweep_file(tmp_path, RANGES, rest))
    lost = RuntimeError("the worker\nis gone")
    trials = ran(sweep, tmp_path / "out", _Failing({0: 1, 2: 1, 3: 1}, lost))
    assert [one.state for one in trials] == [
        *(TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE)
    ]
    assert trials[1].user_attrs["error"] == "the worker is gone"
    found = summarize(sweep, trials, "all 3 trials of the budget")
    assert [row["state"] for row in found["rows"]] == ["done", "failed", "done"]
    assert "1 failed; trial 1: the worker is gone" in format_result(found)
    table = pq.read_table(io.BytesIO(parquet(found))).to_pydict()
    assert table["error"] == [None, "the worker is gone", None]
    assert table["accuracy_by_seed"][1] is None
    assert table["accuracy"][2] == table["accuracy_by_seed"][2][0] == trials[2].values[0]
    assert plot_sweep(found).startswith(b"\x89PNG")


def test_columns_are_of_the_same_kinds_where_nothing_failed(sweep: Sweep, tmp_path: Path) -> None:
    found = summarize(sweep, ran(sweep, tmp_path / "out"), "x")
    whole = pq.read_table(io.BytesIO(parquet(found))).schema
    found["rows"][0]["error"] = "gone"
    assert pq.read_table(io.BytesIO(parquet(found))).schema == whole
    for row in found["rows"]:
        row["figures"]["accuracy"]["std"] = None  # As with one seed.
    assert pq.read_table(io.BytesIO(parquet(found))).schema == whole
    assert pq.read_table(io.BytesIO(parquet(found | {"rows": []}))).num_rows == 0


def test_a_full_disk_of_a_worker_ends_the_sweep(sweep: Sweep, tmp_path: Path) -> None:
    full = OSError(ENOSPC, "No space left on device", "/tmp/x")
    with pytest.raises(OSError, match="No space left"):
        ran(sweep, tmp_path / "out", _Failing({1: 1}, full))
    assert len(told(ran(sweep, tmp_path / "out"))) == 3


def test_a_full_disk_is_one_line_and_nothing_is_lost(sweep: Sweep, tmp_path: Path) -> None:
    storage = Storage(sweep, tmp_path / "out")
    trial, size = storage.begin(), storage.path.stat().st_size
    with full_disk(size), pytest.raises(SweepError, match="what was finished is kept") as caught:
        storage.fail(trial, "x" * 10 * size)
    assert str(storage.path) in str(caught.value)
    assert told(ran(sweep, tmp_path / "out"))


def test_another_sweep_in_the_same_folder_is_refused(sweep: Sweep, tmp_path: Path) -> None:
    ran(sweep, tmp_path / "out")
    other = read_sweep(sweep_file(tmp_path, top="seeds = 3"))
    with pytest.raises(SweepError, match="holds a sweep with other seeds; name another folder"):
        Storage(other, tmp_path / "out")
    rest = '[goals]\nminimize = ["nonzero"]\n[budget]\ntrials = 4\n'
    more = read_sweep(sweep_file(tmp_path, RANGES, rest, "seeds = 2"))
    assert len(ran(more, tmp_path / "out")) == 4


def test_a_sweep_that_tried_nothing_makes_room_for_another(tmp_path: Path) -> None:
    none = read_sweep(sweep_file(tmp_path, "[ranges.schedule]\nepochs = [0]\n"))
    with pytest.raises(SweepError, match="no combination of the ranges is a recipe"):
        ran(none, tmp_path / "out")
    rest = '[goals]\nminimize = ["nonzero", "ands"]\n[budget]\ntrials = 2\n'
    right = read_sweep(sweep_file(tmp_path, RANGES, rest))
    assert [len(one.values) for one in ran(right, tmp_path / "out")] == [3, 3]


def test_beyond_the_limits_nothing_is_best(tmp_path: Path) -> None:
    rest = '[goals]\nminimize = ["nonzero"]\n[limits]\nnonzero = {most = 1}\n[budget]\ntrials = 3\n'
    sweep = read_sweep(sweep_file(tmp_path, RANGES, rest + "[search]\nahead = 1\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trials = ran(sweep, tmp_path / "out")
        found = summarize(sweep, trials, "x")
        found = summarize(sweep, trials, "x")
    assert found["best"] == []
    assert "none of them is within the limits" in format_result(found)
    assert plot_sweep(found, sweep.rivals).startswith(b"\x89PNG")


def test_an_error_of_a_trial_that_went_on_is_not_told(sweep: Sweep, tmp_path: Path) -> None:
    """Killed between the error and its end: the trial is done again."""
    storage = Storage(sweep, tmp_path / "out")
    trial = storage.begin()
    Trial(storage._study, trial._trial_id).set_user_attr("error", "killed")
    trials = ran(sweep, tmp_path / "out")
    assert trials[0].state == TrialState.COMPLETE
    assert summarize(sweep, trials, "x")["rows"][0]["error"] is None


def test_a_sweep_whose_trials_all_fail_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(executors, "dask_cluster", lambda *given: nullcontext(Here()))
    path = sweep_file(tmp_path, "[ranges.layers.1]\nfan_in = [31, 32]\n")
    assert main(parser(), ["sweep", str(path), "--json", "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert [row["state"] for row in json.loads(told.out)["rows"]] == ["failed", "failed"]
    assert told.err.splitlines()[-1].startswith(
        f"smelt: error: {path}: all 2 trials failed: small: [[layers]] 1 fan_in: 3"
    )


def test_spread_and_rivals_are_in_the_picture(
    sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = summarize(sweep, ran(sweep, tmp_path / "out"), "x")
    drawn: list[Figure] = []
    monkeypatch.setattr(plot, "png", lambda chart: drawn.append(chart) or b"")
    plot_sweep(found, [Rival(name="a", accuracy=0.01, nonzero=900), Rival(name="b", accuracy=1)])
    (axes,) = drawn[0].axes
    (low, high), (left, right) = axes.get_ylim(), axes.get_xlim()
    assert low < 1 < high
    assert left < 900 < right
    for row in found["rows"]:
        if row["best"]:
            one = row["figures"]["accuracy"]
            assert low < 100 * (one["mean"] - one["std"]) < 100 * (one["mean"] + one["std"]) < high
    assert [one.get_text() for one in axes.texts] == ["a"]


def test_a_file_that_is_no_study_is_refused(sweep: Sweep, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "study.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(SweepError, match=r"study.db: is damaged \(.*not a database.*remove it"):
        Storage(sweep, tmp_path / "out")


def test_without_its_study_a_sweep_finds_what_was_trained(
    sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(ran(sweep, tmp_path / "out"))
    (tmp_path / "out" / "study.db").unlink()
    monkeypatch.setattr(runs, "train", None)
    assert told(ran(sweep, tmp_path / "out")) == whole


def test_the_budget_of_seconds_ends_it(tmp_path: Path) -> None:
    rest = '[goals]\nminimize = ["nonzero"]\n[budget]\nseconds = 0.5\n[search]\nahead = 2\n'
    sweep = read_sweep(sweep_file(tmp_path, RANGES, rest))
    storage = Storage(sweep, tmp_path / "out")
    said = run_sweep(sweep, storage, tmp_path / "out", Here())
    assert said == "all 0.5 seconds of the budget"
    count = len(storage.trials)
    assert run_sweep(sweep, storage, tmp_path / "out", Here()) == said
    assert len(storage.trials) == count


def test_all_of_a_small_grid(tmp_path: Path) -> None:
    ranges = "[ranges.layers.1]\nunits = [4, 5]\n"
    rest = '[goals]\nminimize = ["nonzero"]\n[search]\nsampler = "grid"\n'
    sweep = read_sweep(sweep_file(tmp_path, ranges, rest))
    storage = Storage(sweep, tmp_path / "out")
    assert (
        run_sweep(sweep, storage, tmp_path / "out", Here()) == "all 2 recipes that the ranges have"
    )


def test_figures_of_logic_are_counted(tmp_path: Path) -> None:
    """The cells of a network of two units, and that they are told apart by outputs."""
    ranges = "[ranges.layers.1]\nunits = [3]\n"
    rest = (
        '[goals]\nminimize = ["cells"]\n[limits]\nlevels = {most = 9}\nlut6 = {most = 9}\n'
        "lut4 = {most = 20}\nlatency = {most = 1}\n[search]\nsampler = 'grid'\n"
    )
    sweep = read_sweep(sweep_file(tmp_path, ranges, rest))
    (trial,) = ran(sweep, tmp_path / "out")
    mean = trial.user_attrs["mean"]
    assert mean["lut6"] <= mean["lut4"] <= mean["cells"] <= mean["lut4"] + 4
    assert 1 <= mean["levels"] <= mean["lut4"]
    assert mean["latency"] == 1
    found = json.loads(json.dumps(summarize(sweep, [trial], "x")))
    assert found["best"] == [0]


def blobs() -> DataSet:
    rows = np.arange(12)
    return DataSet("b", np.zeros((12, 1)), rows % 2, ("a", "b"), rows[:3], rows[3:])


def test_a_slice_that_leaves_a_class_out_is_refused() -> None:
    with pytest.raises(DataError, match="b: a validation slice of 0.1 of the 3 rows"):
        Validation(0.1, 0).of(blobs())


def of_groups(size: int = 6) -> DataSet:
    """Groups of so many rows in order, the last twelve rows of 60 of the test part."""
    rows = np.arange(60)
    features, labels = rows[:, None] * 1.0, rows % 2 if size == 6 else rows // size % 2
    parts = rows[:48], rows[48:]
    return DataSet("g", features, labels, ("a", "b"), *parts, groups=rows // size)


def test_a_slice_has_groups_whole() -> None:
    whole = of_groups()
    drawn = [Validation(0.25, seed).of(whole) for seed in range(9)]
    for data in drawn:
        assert data.groups is not None
        assert not set(data.groups[data.train]) & set(data.groups[data.test])
        assert len(data.test) == 12
        assert (data.features[:, 0] // 6 == data.groups).all()
        assert data.features.max() == 47
    assert len({tuple(data.test) for data in drawn}) > 1


def test_a_slice_that_has_all_groups_of_a_class_is_refused() -> None:
    with pytest.raises(DataError, match="would be in it alone, with groups kept whole"):
        Validation(0.5, 0).of(of_groups(24))


def test_other_groups_are_other_data() -> None:
    one, other = of_groups(), of_groups()
    assert runs.fingerprint(one) == runs.fingerprint(other)
    assert other.groups is not None
    other.groups[0] = 1
    assert runs.fingerprint(one) != runs.fingerprint(other)


@pytest.mark.slow
def test_a_sweep_that_is_killed_leaves_no_process_and_goes_on(sweep: Sweep, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [sys.executable, "-m", "gen", "sweep", str(tmp_path / "wide.toml"), "--workers", "1"]
    with subprocess.Popen([*words, "--out", str(out)], cwd=ROOT, stderr=subprocess.PIPE) as ran_by:
        assert ran_by.stderr is not None
        line = next(line for line in ran_by.stderr if b" of 3: trial" in line)
        others = psutil.Process(ran_by.pid).children(recursive=True)
        ran_by.kill()
    assert line.startswith(b"1 of 3: trial 0: ")
    assert others
    assert psutil.wait_procs(others, timeout=60)[1] == []
    assert not (out / "sweep.json").exists()
    storage = Storage(sweep, out)
    assert storage.trials[0].state == TrialState.COMPLETE
    assert any(one.state != TrialState.COMPLETE for one in storage.trials)
    assert told(ran(sweep, out)) == told(ran(sweep, tmp_path / "whole"))
