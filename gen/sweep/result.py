"""What a sweep found: a row for each trial, which of them are best, as values, text and Parquet."""

import io
import json
import os
import platform
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from optuna.samplers import RandomSampler
from optuna.trial import FrozenTrial, TrialState

from gen.compare.runs import versions
from gen.sweep.proposals import replayed, values_of
from gen.sweep.said import Sweep

__all__ = ["FORMAT", "best_of", "format_result", "parquet", "summarize"]

FORMAT = "smelt-sweep-1"
HEAD = ("trial", "state", "best", "error")
"""Columns of the Parquet file before values and figures."""
MOST = 40
"""Rows of the front that are printed."""


def best_of(sweep: Sweep, trials: Sequence[FrozenTrial]) -> list[int]:
    """Numbers of the trials that no other one beats in all goals at once, within the limits; the
    most accurate first, of equal ones the first."""
    ended = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    study = replayed(sweep, ended, RandomSampler(0))
    seen: dict[tuple[float, ...], int] = {}
    for trial in study.best_trials:
        number = ended[trial.number].number
        seen.setdefault(tuple(trial.values), number)
    by_number = {trial.number: trial for trial in ended}
    return sorted(seen.values(), key=lambda at: (-_accuracy(by_number[at]), at))


def _accuracy(trial: FrozenTrial) -> float:
    return float(trial.user_attrs["mean"]["accuracy"])


def summarize(sweep: Sweep, trials: Sequence[FrozenTrial], ended: str) -> dict[str, Any]:
    """The whole result, JSON-able: settings, a row for each trial, what it was measured with."""
    best = best_of(sweep, trials)
    return {
        "format": FORMAT,
        "name": sweep.name,
        "recipe": sweep.recipe.name,
        "data": sweep.recipe.data.name,
        "part": f"validation slice, {sweep.validation.share:.3g} of the training part",
        "outputs": list(sweep.outputs) or "all",
        "seeds": sweep.seeds,
        "goals": {goal.figure: goal.direction for goal in sweep.goals},
        "limits": {name: bound for name, _, bound in sweep.limits},
        "ended": ended,
        "best": best,
        "rows": [_row(sweep, trial, trial.number in best) for trial in trials],
        "versions": versions(),
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
    }


def _row(sweep: Sweep, trial: FrozenTrial, best: bool) -> dict[str, Any]:
    figures = trial.user_attrs.get("figures", {})
    return {
        "trial": trial.number,
        "state": {TrialState.COMPLETE: "done", TrialState.FAIL: "failed"}.get(
            trial.state, "under way"
        ),
        "best": best,
        "values": {one.name: value for one, value in values_of(sweep.ranges, trial.params).items()},
        "figures": {name: _spread(values) for name, values in figures.items()},
        "error": trial.user_attrs.get("error") if trial.state == TrialState.FAIL else None,
    }


def _spread(values: list[float]) -> dict[str, Any]:
    """Mean, standard deviation (n - 1; None of one seed), and all values."""
    std = stdev(values) if len(values) > 1 else None
    return {"mean": fmean(values), "std": std, "all": values}


def format_result(found: dict[str, Any]) -> str:
    """Text: the best trials, a line each, what failed, and what it was measured with."""
    rows = {row["trial"]: row for row in found["rows"]}
    shown = [rows[number] for number in found["best"][:MOST]]
    names = list(found["rows"][0]["values"]) if rows else []
    figures = [*dict.fromkeys(["accuracy", *found["goals"], *found["limits"]])]
    head = ["trial", *(f"{name}, %" if name == "accuracy" else name for name in figures), *names]
    lines = [
        head,
        *([_number(row), *_figures(row, figures), *_values(row, names)] for row in shown),
    ]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    text = [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    if len(found["best"]) > MOST:
        text.append(f"and {len(found['best']) - MOST} more in sweep.json")
    return "\n".join([*text, *_about(found)])


def _number(row: dict[str, Any]) -> str:
    return str(row["trial"])


def _figures(row: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [_figure(row["figures"][name], name == "accuracy") for name in names]


def _figure(figure: dict[str, Any], percent: bool) -> str:
    factor, digits = (100, 2) if percent else (1, 0 if figure["mean"] % 1 == 0 else 1)
    mean = f"{figure['mean'] * factor:,.{digits}f}"
    return f"{mean} +- {figure['std'] * factor:,.{digits}f}" if figure["std"] else mean


def _values(row: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [_text(row["values"][name]) for name in names]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _about(found: dict[str, Any]) -> list[str]:
    states = [row["state"] for row in found["rows"]]
    machine = found["machine"]
    told = [
        f"{found['name']}: {states.count('done')} trials of {found['recipe']} ({found['data']}),"
        f" {found['seeds']} seed{'s' if found['seeds'] > 1 else ''} each; {found['part']};"
        f" ended by {found['ended']}",
        f"{', '.join(f'{name} {value}' for name, value in found['versions'].items())};"
        f" {machine['processor']}, {machine['cores']} cores",
    ]
    if "done" in states and not found["best"]:
        told.insert(1, "none of them is within the limits")
    failed = [row for row in found["rows"] if row["state"] == "failed"]
    if failed:
        told.insert(1, f"{len(failed)} failed; trial {failed[0]['trial']}: {failed[0]['error']}")
    return told


def parquet(found: dict[str, Any]) -> bytes:
    """A Parquet file: a row for each trial, its values, and of each figure mean, standard deviation
    and the list by seed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = []
    for row in found["rows"]:
        flat = {key: row[key] for key in HEAD} | row["values"]
        for name, figure in row["figures"].items():
            flat |= {name: figure["mean"], f"{name}_std": figure["std"]}
            flat[f"{name}_by_seed"] = [float(one) for one in figure["all"]]
        rows.append(flat)
    names = dict.fromkeys([*HEAD, *(name for row in rows for name in row)])
    columns = {name: pa.array(_column([row.get(name) for row in rows])) for name in names}
    for name, column in columns.items():  # Of the same kind where there is nothing in it.
        if column.type == pa.null():
            columns[name] = column.cast(pa.string() if name in HEAD else pa.float64())
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _column(values: list[Any]) -> list[Any]:
    """Values of one kind: lists and tables of a recipe, and words beside numbers, as JSON."""
    kinds = {type(one) for one in values if one is not None}
    if kinds <= {int, float} or kinds in ({str}, {bool}) or _by_seed(values):
        return values
    return [json.dumps(one) for one in values]


def _by_seed(values: list[Any]) -> bool:
    return all(
        one is None or isinstance(one, list) and all(type(inner) is float for inner in one)
        for one in values
    )
