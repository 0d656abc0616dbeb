"""The trials as one picture: accuracy against size, the best ones joined, and rivals' points."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from gen.style import DARK, LIGHT, LINK_COLOUR, MIDDLE, figure, png, tidy
from gen.sweep.said import FIGURES, Rival

__all__ = ["plot_sweep", "size_of"]

FAR = 3.0
"""Trials so many times as far below the best as the worst of the best are left out of the scale."""
EDGE = 0.05
"""Of the scale, below the lowest thing on it."""


def size_of(goals: dict[str, str], rows: Sequence[dict[str, Any]]) -> str:
    """The figure that accuracy is drawn against: packed cells where there are any, else the first
    goal to minimize, else weights."""
    there = [name for row in rows for name in row["figures"]]
    wanted = ["cells", *(name for name, way in goals.items() if way == "minimize"), "nonzero"]
    return next((name for name in wanted if name in there), "nonzero")


def plot_sweep(found: dict[str, Any], rivals: Sequence[Rival] = ()) -> bytes:
    """PNG bytes: a dot for each trial, those of the front with their spread over seeds."""
    rows = [row for row in found["rows"] if row["figures"]]
    size = size_of(found["goals"], rows)
    seeds = f", {found['seeds']} seeds each: mean ± sd" if found["seeds"] > 1 else ""
    title = f"{found['name']}: {found['recipe']}, {len(rows)} trials{seeds}"
    chart, axes = figure(title, 6.4, 4.0)
    best = [row for row in rows if row["best"]]
    _draw(axes, [row for row in rows if not row["best"]], size)
    if best:
        _draw_best(axes, best, size, len(found["goals"]) < 3)
    shown = [one for one in rivals if getattr(one, size) is not None]
    _draw_rivals(axes, shown, size)
    if best:
        _scale(axes, best, shown)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(loc="lower right", fontsize=8, frameon=False)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    tidy(axes, FIGURES[size], "accuracy on the validation slice, %")
    return png(chart)


def _draw(axes: Axes, rows: Sequence[dict[str, Any]], size: str) -> None:
    axes.scatter(
        [row["figures"][size]["mean"] for row in rows],
        [100 * row["figures"]["accuracy"]["mean"] for row in rows],
        color=LIGHT,
        s=14,
        linewidths=0,
        label="other trials" if rows else None,
    )


def _draw_best(axes: Axes, rows: Sequence[dict[str, Any]], size: str, joined: bool) -> None:
    """With their spread; joined where accuracy and size are all that they are best in."""
    rows = sorted(rows, key=lambda row: float(row["figures"][size]["mean"]))
    sizes, right = ([row["figures"][name] for row in rows] for name in (size, "accuracy"))
    axes.errorbar(
        [one["mean"] for one in sizes],
        [100 * one["mean"] for one in right],
        xerr=[one["std"] or 0 for one in sizes],
        yerr=[100 * (one["std"] or 0) for one in right],
        color=DARK,
        ecolor=MIDDLE,
        elinewidth=0.8,
        marker="o",
        markersize=4,
        linewidth=1 if joined else 0,
        label="best trials",
    )


def _scale(axes: Axes, best: Sequence[dict[str, Any]], rivals: Sequence[Rival]) -> None:
    """Trials far below the front would squeeze it together: they are cut off; its spread and rivals
    are not."""
    figures = [row["figures"]["accuracy"] for row in best]
    right = [100 * one["mean"] for one in figures]
    least = [100 * (one["mean"] - (one["std"] or 0)) for one in figures]
    far = min(right) - FAR * max(max(right) - min(right), 1.0)
    low, high = axes.get_ylim()
    wanted = min(far, *least, *(100 * one.accuracy for one in rivals))
    axes.set_ylim(max(low, wanted - EDGE * (high - wanted)), high)


def _draw_rivals(axes: Axes, rivals: Sequence[Rival], size: str) -> None:
    if not rivals:
        return
    sizes = [float(getattr(one, size)) for one in rivals]
    accuracies = [100 * one.accuracy for one in rivals]
    axes.scatter(sizes, accuracies, color=LINK_COLOUR, marker="D", s=26, label="rivals")
    middle = sum(axes.get_xlim()) / 2
    for one, at, right in zip(rivals, sizes, accuracies, strict=True):
        left = at > middle  # A name right of a point at the edge would leave the picture.
        axes.annotate(
            one.name,
            (at, right),
            (-6 if left else 6, -3),
            textcoords="offset points",
            ha="right" if left else "left",
            fontsize=8,
        )
