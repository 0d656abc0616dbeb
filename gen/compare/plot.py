"""The comparison as one picture: a line per schedule, a panel per figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gen.compare.variants import Variant
from gen.style import DARK, LIGHT, MIDDLE, png, tidy

__all__ = ["plot_comparison"]

FAR = 10.0
"""A schedule whose mean is this many points below the best would squeeze the others together."""

PANELS = (
    ("nonzero", "non-zero weights"),
    ("ands", "AND gates, melted"),
    ("lut4", "LUT4, mapped"),
    ("seconds", "seconds to train"),
)


def plot_comparison(comparison: dict[str, Any]) -> bytes:
    """PNG bytes: accuracy with a dot per seed, then bars of every other figure that was measured.

    A schedule far below the best is written at the edge instead of drawn to scale.
    """
    rows = comparison["rows"]
    panels = [panel for panel in PANELS if all(row[panel[0]] is not None for row in rows)]
    chart = Figure(
        figsize=(4.6 + 1.75 * len(panels), 1.35 + 0.46 * len(rows)), dpi=130, layout="constrained"
    )
    all_axes = chart.subplots(
        1, 1 + len(panels), sharey=True, width_ratios=[2.3, *[1] * len(panels)], squeeze=False
    )[0]
    seeds = len(comparison["seeds"])
    chart.suptitle(
        f"Training schedules of {comparison['recipe']}, {seeds} seed{'s' if seeds > 1 else ''}",
        x=0.01,
        ha="left",
        fontsize=10,
        fontweight="bold",
    )
    _draw_accuracy(all_axes[0], rows)
    for axes, (figure, label) in zip(all_axes[1:], panels, strict=True):
        _draw_bars(axes, [row[figure] for row in rows], label)
    all_axes[0].set_yticks(range(len(rows)), [_name(row) for row in rows])
    all_axes[0].set_ylim(len(rows) - 0.45, -0.55)
    return png(chart)


def _name(row: dict[str, Any]) -> str:
    return Variant(row["schedule"], row["gate_budget"]).name


def _draw_accuracy(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """Dots, mean and standard deviation, in percent, of what is near the best."""
    values = [100 * np.array(row["accuracy"]["all"]) for row in rows]
    best = max(found.mean() for found in values)
    near = [found for found in values if found.mean() >= best - FAR]
    low, high = min(found.min() for found in near), max(found.max() for found in near)
    room = max(high - low, 1.0)
    axes.set_xlim(low - 0.25 * room, high + 0.4 * room)
    for place, found in enumerate(values):
        if found.mean() >= best - FAR:
            _draw_seeds(axes, place, found)
        else:
            axes.annotate(
                f"◂ {found.mean():.1f}, off the scale",
                (low - 0.2 * room, place),
                va="center",
                fontsize=8.5,
                color="#b30000",
            )
    axes.grid(axis="x", color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    tidy(axes, "accuracy on the test part, %  (dots: seeds; bar: mean ± sd)")


def _draw_seeds(axes: Axes, place: int, found: np.ndarray) -> None:
    """Dots above the line, equal ones stacked; mean and standard deviation below it."""
    above = [place - 0.1 - 0.11 * list(found[:index]).count(one) for index, one in enumerate(found)]
    spread = float(found.std(ddof=1)) if len(found) > 1 else 0.0
    axes.scatter(found, above, color=LIGHT, edgecolors=MIDDLE, s=26)
    axes.errorbar(
        found.mean(), place + 0.12, xerr=spread, color=DARK, marker="|", markersize=11, capsize=3
    )
    end = max(found.max(), found.mean() + spread)
    axes.annotate(
        f"{found.mean():.2f}",
        (end, place),
        (8, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        fontweight="bold",
    )


def _draw_bars(axes: Axes, figures: list[dict[str, Any]], label: str) -> None:
    means = [figure["mean"] for figure in figures]
    bars = axes.barh(
        range(len(means)), means, height=0.55, color=LIGHT, edgecolor=MIDDLE, linewidth=0.6
    )
    axes.bar_label(bars, [f"{mean:,.0f}" for mean in means], padding=3, fontsize=8.5)
    axes.set_xlim(0, max(*means, 1) * 1.45)
    axes.set_xticks([])
    tidy(axes, label)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)
