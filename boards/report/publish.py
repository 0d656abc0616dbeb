"""Making the report's files from what a build measured and what other steps left."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from boards.build.run import BITSTREAM_PART
from boards.report.checks import whole_test_set_simulated
from boards.report.inputs import Inputs
from boards.report.render import html_page, markdown
from boards.report.report import class_names, confusion, make_report
from gen.files import FileDamaged, read_json, write_bytes, write_json, write_text
from gen.times import without_times, write_timed

__all__ = ["make_plots", "publish"]

DRAWN = "plots/drawn.json"
"""Of which figures the plots are: others are drawn only where the figures are."""


def publish(folder: Path, build: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    """Write report.md, report.html, plots/ and, last, report.json; returns its value.

    A bitstream that waits for its report gets its name just before report.json is written.
    """
    report = make_report(build, inputs)
    key = _shown(report, build, inputs)
    plots = _drawn(folder, key)
    if plots is None:
        plots = make_plots(report, build, inputs)
        for name, content in plots.items():
            write_bytes(folder / "plots" / f"{name}.png", content)
        write_json(
            folder / DRAWN, {"of": key, "plots": {n: _digest(one) for n, one in plots.items()}}
        )
    for name, text in (
        ("report.md", markdown(report, list(plots))),
        ("report.html", html_page(report, plots)),
    ):
        write_text(folder / name, text)
    if (folder / BITSTREAM_PART).exists():
        (folder / BITSTREAM_PART).replace(folder / build["bitstream_file"])
    write_timed(folder / "report.json", report)
    return report


def _shown(report: dict[str, Any], build: dict[str, Any], inputs: Inputs) -> str:
    """What plots show, and how, in a digest: without the times and proofs, which none shows."""
    figures = {name: one for name, one in report.items() if name not in ("chain", "checks")}
    figures = without_times(figures)
    digest = hashlib.sha256(json.dumps([figures, build["placement"]], default=str).encode())
    if inputs.vectors is not None:
        digest.update(inputs.vectors.labels.tobytes() + inputs.vectors.classes.tobytes())
    digest.update(f"{whole_test_set_simulated(inputs)} {version('matplotlib')}".encode())
    digest.update(Path(__file__).with_name("plots.py").read_bytes())
    return digest.hexdigest()


def _drawn(folder: Path, key: str) -> dict[str, bytes] | None:
    """The plots that were drawn of the same figures, where all of them are there, unchanged."""
    try:
        value = read_json(folder / DRAWN)
        if value["of"] != key:
            return None
        found = {name: (folder / "plots" / f"{name}.png").read_bytes() for name in value["plots"]}
        same = all(_digest(found[name]) == digest for name, digest in value["plots"].items())
        return found if same else None
    except (FileDamaged, OSError, KeyError, TypeError):
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_plots(report: dict[str, Any], build: dict[str, Any], inputs: Inputs) -> dict[str, bytes]:
    """PNG by name; a plot whose figures are missing is left out."""
    from boards.report.plots import (
        plot_critical_path,
        plot_floor_plan,
        plot_fmax,
        plot_timing,
        plot_utilization,
        plot_waterfall,
    )

    columns, rows = build["board"]["grid"]
    parts = list(report["top"]["parts"])
    drawn = {
        "waterfall": plot_waterfall(report),
        "utilization": plot_utilization(report),
        "critical_path": plot_critical_path(report),
        "timing": plot_timing(report),
        "fmax": plot_fmax(report),
        "floor_plan": plot_floor_plan(
            build["placement"], (columns, rows), parts, f"Floor plan, {report['device']}"
        ),
        "confusion": _plot_confusion(report, inputs),
    }
    return {name: content for name, content in drawn.items() if content is not None}


def _plot_confusion(report: dict[str, Any], inputs: Inputs) -> bytes | None:
    from boards.report.plots import plot_confusion

    vectors = inputs.vectors
    if vectors is None or not len(vectors.labels):
        return None
    count = 1 + int(max(vectors.labels.max(), vectors.classes.max()))
    named = class_names(inputs)
    names = named if len(named) >= count else list(map(str, range(count)))
    whose = "simulated logic" if whole_test_set_simulated(inputs) else "PyTorch; logic not run"
    title = f"Test set, {len(vectors.labels):,} samples ({whose})"
    return plot_confusion(confusion(vectors, len(names)), names, title)
