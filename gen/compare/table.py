"""The comparison as values and as a table of text."""

import os
import platform
from collections.abc import Sequence
from typing import Any

import numpy as np

from gen.compare.variants import Variant

__all__ = ["format_table", "row_of", "summarize"]

FORMAT = "smelt-compare-1"
FIGURES = ("accuracy", "train_accuracy", "nonzero", "ands", "lut4", "seconds")


def row_of(variant: Variant, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row: each figure's mean, standard deviation (n - 1; None for one seed), and all values.

    A figure that was not measured in every run is None, and so is the count of weights of networks
    that have none: tables.
    """
    row: dict[str, Any] = {"schedule": variant.kind, "gate_budget": variant.gate_budget}
    for figure in FIGURES:
        row[figure] = _spread([run[figure] for run in runs])
    if not any(run["nonzero"] for run in runs):
        row["nonzero"] = None
    return row


def _spread(values: list[Any]) -> dict[str, Any] | None:
    if any(value is None for value in values):
        return None
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "std": std, "all": values}


def summarize(
    recipe: str, data: str, seeds: int, rows: list[dict[str, Any]], versions: dict[str, str]
) -> dict[str, Any]:
    """The whole comparison, JSON-able, with what its figures depend on."""
    return {
        "format": FORMAT,
        "recipe": recipe,
        "data": data,
        "part": "test part of the fixed split",
        "seeds": list(range(seeds)),
        "rows": rows,
        "versions": versions,
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
    }


def format_table(comparison: dict[str, Any]) -> str:
    """Text, a line per row: means, and standard deviations where there are several seeds."""
    head = ["schedule", "accuracy, %", "training, %", "weights", "ANDs", "LUT4", "seconds"]
    lines = [head, *(_cells(row) for row in comparison["rows"])]
    used = [
        column
        for column in range(len(head))
        if column < 3 or any(line[column] != "-" for line in lines[1:])
    ]
    widths = {column: max(len(line[column]) for line in lines) for column in used}
    text = ["  ".join(_pad(line[c], widths[c], c) for c in used).rstrip() for line in lines]
    machine, versions = comparison["machine"], comparison["versions"]
    about = [
        f"{comparison['recipe']} ({comparison['data']}), seeds {len(comparison['seeds'])}:"
        f" mean +- standard deviation; {comparison['part']}",
        f"{', '.join(f'{name} {value}' for name, value in versions.items())};"
        f" {machine['processor']}, {machine['cores']} cores",
    ]
    return "\n".join([*text, *about])


def _pad(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column else text.ljust(width)


def _cells(row: dict[str, Any]) -> list[str]:
    name = Variant(row["schedule"], row["gate_budget"]).name
    return [
        name,
        _cell(row["accuracy"], 100, 2),
        _cell(row["train_accuracy"], 100, 2),
        _cell(row["nonzero"], 1, 0),
        _cell(row["ands"], 1, 0),
        _cell(row["lut4"], 1, 0),
        _cell(row["seconds"], 1, 1),
    ]


def _cell(figure: dict[str, Any] | None, factor: float, digits: int) -> str:
    if figure is None:
        return "-"
    mean = f"{figure['mean'] * factor:,.{digits}f}"
    if figure["std"] is None or not figure["std"]:
        return mean
    return f"{mean} +- {figure['std'] * factor:,.{digits}f}"
