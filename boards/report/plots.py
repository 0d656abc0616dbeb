"""The report's plots, each a function from the report's values to a PNG."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from matplotlib.ticker import StrMethodFormatter

from gen.style import DARK, FREE, LIGHT, MIDDLE, figure, part_colours, png, tidy

__all__ = [
    "plot_confusion",
    "plot_critical_path",
    "plot_floor_plan",
    "plot_fmax",
    "plot_timing",
    "plot_utilization",
    "plot_waterfall",
]

# Above this ratio of largest to smallest, a linear axis hides the small bars.
LINEAR_RATIO = 60


def plot_waterfall(report: dict[str, Any]) -> bytes | None:
    """From weights to cells, a bar per step; steps that were not run are left out."""
    steps = [
        ("weights", report["weights"]["total"], FREE),
        ("non-zero weights", report["weights"]["nonzero"], "#bdbdbd"),
        ("AND gates, melted", report["gates"]["melted"], LIGHT),
        ("AND gates, simplified", report["gates"]["simplified"], MIDDLE),
        ("LUTs of the core", report["core"]["lut4"], DARK),
        ("packed cells of the core", report["core"]["lc"], DARK),
    ]
    known = [step for step in steps if isinstance(step[1], int) and step[1] > 0]
    if len(known) < 2:
        return None
    names, values, shades = zip(*known, strict=True)
    chart, axes = figure("From weights to logic cells", height=0.42 * len(known) + 1.0)
    bars = axes.barh(names, values, color=shades, edgecolor="#525252", linewidth=0.6)
    axes.bar_label(bars, [f"{value:,}" for value in values], padding=4, fontsize=8.5)
    axes.invert_yaxis()
    logarithmic = max(values) > LINEAR_RATIO * min(values)
    axes.set_xscale("log" if logarithmic else "linear")
    _thousands(axes)
    axes.margins(x=0.12)
    tidy(axes, "count (logarithmic)" if logarithmic else "count")
    return png(chart)


def plot_utilization(report: dict[str, Any]) -> bytes:
    """Logic cells of the device by part, one bar to its capacity."""
    top = report["top"]
    colours = part_colours(list(top["parts"]))
    shown = [*top["parts"].items(), ("free", top["capacity"] - top["used"])]
    chart, axes = figure(
        f"{top['used']:,} of {top['capacity']:,} {top['unit']}"
        f" ({top['used'] / top['capacity']:.0%}), {report['device']}",
        height=1.35 + 0.2 * -(-len(shown) // 5),
    )
    left = 0
    for part, count in shown:
        axes.barh(
            [""],
            [count],
            left=left,
            color=colours.get(part, FREE),
            edgecolor="white",
            linewidth=0.8,
            label=f"{part} {count:,}",
        )
        left += count
    axes.set_xlim(0, top["capacity"])
    chart.legend(loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    tidy(axes)
    _thousands(axes)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    return png(chart)


def plot_critical_path(report: dict[str, Any]) -> bytes | None:
    """The slowest path as it passes through the layers; logic solid, routing hatched."""
    path = report["critical_path"]
    if not path:
        return None
    colours = part_colours(list(report["top"]["parts"]))
    period = 1000 / report["core_clock_mhz"]
    total = sum(step["logic_ns"] + step["routing_ns"] for step in path)
    chart, axes = figure(
        f"Critical path: {total:.1f} ns of {period:.1f} ns per cycle", height=0.4 * len(path) + 1.5
    )
    start = 0.0
    for row, step in enumerate(path):
        logic, routing = step["logic_ns"], step["routing_ns"]
        colour = colours.get(step["part"], FREE)
        axes.barh(row, logic, left=start, color=colour, edgecolor="#404040", linewidth=0.5)
        axes.barh(row, routing, left=start + logic, color="white", edgecolor=colour, hatch="////")
        start += logic + routing
        note = f"{step['cells']} LUT{'s' if step['cells'] != 1 else ''}, {logic + routing:.1f} ns"
        axes.annotate(
            note,
            (start, row),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )
    axes.axvline(period, color="#525252", linestyle="--", linewidth=1, zorder=0)
    axes.set_yticks(range(len(path)), [step["part"] for step in path])
    axes.invert_yaxis()
    axes.set_xlim(0, max(period, total) * 1.2)
    chart.legend(
        handles=[
            Patch(facecolor=MIDDLE, label="logic, clock-to-output, setup"),
            Patch(facecolor="white", edgecolor=MIDDLE, hatch="////", label="routing"),
        ],
        loc="outside lower center",
        ncols=2,
        fontsize=8,
        frameon=False,
    )
    tidy(axes, "ns from the clock edge (dashed: the next edge)")
    return png(chart)


def plot_timing(report: dict[str, Any]) -> bytes | None:
    """A bar per part: the worst path through it, in the colours of the parts that it passes."""
    rows = report["timing"]
    if not rows:
        return None
    colours = part_colours(list(report["top"]["parts"]))
    periods = [row["path_ns"] + row["slack_ns"] for row in rows]
    chart, axes = figure("Worst path through each part", height=0.42 * len(rows) + 1.6)
    for at, (row, period) in enumerate(zip(rows, periods, strict=True)):
        start = 0.0
        for step in row["path"]:
            width = step["logic_ns"] + step["routing_ns"]
            colour = colours.get(step["part"], FREE)
            axes.barh(at, width, left=start, color=colour, edgecolor="white", linewidth=0.8)
            start += width
        axes.plot([period, period], [at - 0.4, at + 0.4], color="#525252", linestyle="--")
        axes.annotate(
            f"{row['path_ns']:.1f} ns, slack {row['slack_ns']:.1f}",
            (start, at),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )
    axes.set_yticks(range(len(rows)), [row["part"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, max(max(periods) * 1.03, 1.35 * rows[0]["path_ns"]))
    used = list(dict.fromkeys(step["part"] for row in rows for step in row["path"]))
    handles = [Patch(facecolor=colours.get(part, FREE), label=part) for part in colours]
    handles = [handle for handle in handles if handle.get_label() in used]
    chart.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    tidy(axes, "ns from the clock edge (dashed: the next edge)")
    return png(chart)


def plot_fmax(report: dict[str, Any]) -> bytes:
    """Fmax of each seed against the board's clock."""
    fmax = report["fmax_mhz"]
    known = {int(seed): value for seed, value in fmax["seeds"].items() if value is not None}
    chart, axes = figure(
        f"Fmax: median {fmax['median']:.1f} MHz, best {fmax['best']:.1f} MHz", height=2.4
    )
    axes.axhline(fmax["constraint"], color="#525252", linestyle="--", linewidth=1)
    axes.axhline(fmax["median"], color=MIDDLE, linewidth=1)
    shades = [DARK if seed == report["seed"] else LIGHT for seed in known]
    axes.scatter(list(known), list(known.values()), c=shades, edgecolors=DARK, s=42, zorder=3)
    for seed, value in known.items():
        axes.annotate(
            f"{value:.1f}",
            (seed, value),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    right = max(known) + 0.65
    axes.annotate("clock", (right, fmax["constraint"]), fontsize=8, va="bottom", ha="right")
    axes.annotate("median", (right, fmax["median"]), fontsize=8, va="bottom", ha="right")
    axes.set_xticks(list(known))
    axes.set_xlim(min(known) - 0.6, right)
    axes.set_ylim(0, max(*known.values(), fmax["constraint"]) * 1.15)
    tidy(axes, "seed of place and route (dark: delivered)", "MHz")
    return png(chart)


def plot_confusion(matrix: np.ndarray, names: Sequence[str], title: str) -> bytes:
    """Counts by true and predicted class."""
    side = min(2.2 + 0.34 * len(names), 7.5)
    chart, axes = figure(title, width=side + 0.4, height=side)
    shades = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shades, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        if count and len(names) <= 20:
            colour = "white" if shades[row, column] > 0.55 else "#202020"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    tidy(axes, "predicted", "true")
    return png(chart)


def plot_floor_plan(
    placement: Sequence[Sequence[Any]], grid: tuple[int, int], parts: Sequence[str], title: str
) -> bytes:
    """The chip: a square per tile, in it its 8 places for LUTs in the colour of their part."""
    columns, rows = grid
    colours = part_colours(parts)
    picture = np.zeros((rows * 4, columns * 2), dtype=np.int64)
    for x, y, z, part in placement:
        picture[4 * y + z // 2, 2 * x + z % 2] = 1 + list(parts).index(part)
    chart, axes = figure(title, width=6.0, height=5.2 * rows / columns)
    palette = ListedColormap(["white", *(colours[part] for part in parts)])
    axes.imshow(
        picture,
        cmap=palette,
        vmin=0,
        vmax=len(parts),
        origin="lower",
        extent=(-0.5, columns - 0.5, -0.5, rows - 0.5),
        interpolation="nearest",
    )
    axes.set_xticks(np.arange(-0.5, columns), minor=True)
    axes.set_yticks(np.arange(-0.5, rows), minor=True)
    axes.grid(which="minor", color="#d9d9d9", linewidth=0.4)
    axes.tick_params(which="minor", length=0)
    _key(axes, [Patch(facecolor=colours[part], label=part) for part in parts])
    tidy(axes, "tile column", "tile row")
    axes.spines[["top", "right"]].set_visible(True)
    return png(chart)


def _thousands(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _key(axes: Axes, patches: list[Patch]) -> None:
    axes.legend(
        handles=patches, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False
    )
