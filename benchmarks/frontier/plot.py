"""The frontier of a task as a picture: accuracy against size, ours joined, others' beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from benchmarks.frontier.points import Rival, front
from benchmarks.frontier.runs import Ours
from gen.style import DARK, LINK_COLOUR, MIDDLE, figure, png, tidy

__all__ = ["plot_task"]

GREY = "#737373"
MARKS = {"lut6": "o", "lut4": "s", "lc": "s", "gates": "^"}
OTHERS = {"lut6": "others, LUT6", "lut4": "others, LUT4 or LC", "gates": "others, gates"}
LOWEST = 4.0
"""Points of accuracy below the best of ours and others up to which rivals are drawn."""
LETTER, LINE = 3.3, 8.0
"""Width and height of a small letter, in points."""
PLACES = ((6, -2, "left"), (0, 6, "center"), (-6, -2, "right"), (0, -11, "center"),
          (8, 7, "left"), (8, -12, "left"), (-8, 7, "right"), (-8, -12, "right"),
          (8, 16, "left"), (8, -22, "left"), (-8, 16, "right"), (-8, -22, "right"))  # fmt: skip
"""Where a word may stand beside its point, in points, the best first."""


@dataclass(frozen=True)
class Word:
    """What is written beside a point, at (size, accuracy)."""

    text: str
    x: float
    y: float
    colour: str


def plot_task(
    title: str,
    ours: Sequence[Ours],
    rivals: Sequence[Rival],
    references: Mapping[str, Mapping[str, Any]],
) -> bytes | None:
    """PNG bytes; None where no point has both a size and an accuracy."""
    known = [one for one in rivals if one.accuracy is not None and one.least is not None]
    if not known and not ours:
        return None
    chart, axes = figure(title, 8.0, 4.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda size, _: _short(size))
    axes.xaxis.set_minor_formatter(NullFormatter())
    levels = {name: 100 * one["accuracy"] for name, one in references.items()}
    best = max([one.accuracy for one in ours] + [one.accuracy or 0 for one in known])
    words = _draw_rivals(axes, [one for one in known if (one.accuracy or 0) > best - LOWEST])
    words = _draw_ours(axes, ours, "lc", "ours, LC", DARK) + words
    _draw_ours(axes, ours, "lut6", "ours, LUT6", MIDDLE)
    _draw_levels(axes, levels)
    axes.margins(0.12, 0.08)
    axes.grid(color="#ededed", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="lower right", fontsize=8, frameon=False)
    tidy(axes, "size: LUTs, logic cells or gates", "accuracy on the test part, %")
    chart.draw_without_rendering()
    _write(axes, words)
    return png(chart)


def _short(size: float) -> str:
    """500, 5,000, 50 k, 5 M."""
    if size < 10_000:
        return f"{size:,.0f}"
    return f"{size / 1e3:.0f} k" if size < 1e6 else f"{size / 1e6:.0f} M"


def _draw_ours(axes: Axes, ours: Sequence[Ours], unit: str, label: str, colour: str) -> list[Word]:
    if not ours:
        return []
    found = sorted(ours, key=lambda one: int(one.chosen[unit]))
    sizes = [int(one.chosen[unit]) for one in found]
    right = [one.accuracy for one in found]
    below = [one.accuracy - one.accuracies[0] for one in found]
    above = [one.accuracies[-1] - one.accuracy for one in found]
    axes.errorbar(
        sizes, right, yerr=[below, above], fmt="o" if unit == "lut6" else "s", color=colour,
        elinewidth=0.9, capsize=2, markersize=5, label=label, zorder=4,
    )  # fmt: skip
    joined = front(zip(sizes, right, strict=True))
    axes.plot(*zip(*joined, strict=True), color=colour, linewidth=1.2, zorder=3)
    return [Word(one.recipe, size, one.accuracy, colour)
            for one, size in zip(found, sizes, strict=True)]  # fmt: skip


def _draw_rivals(axes: Axes, rivals: Sequence[Rival]) -> list[Word]:
    """A mark for each unit, joined where one source has several points."""
    told, words = set[str](), []
    for who, unit in dict.fromkeys((one.who, one.unit) for one in rivals):
        points = [one for one in rivals if (one.who, one.unit) == (who, unit)]
        ends = [(one.least or 0, one.most or 0) for one in points]
        sizes, right = [sum(one) / 2 for one in ends], [one.accuracy or 0 for one in points]
        label = OTHERS["lut4" if unit == "lc" else unit]
        colour = LINK_COLOUR if unit == "lut6" else GREY
        axes.plot(sizes, right, MARKS[unit], linestyle=":", linewidth=0.9, color=colour,
                  markerfacecolor="white", markersize=5,
                  label=None if label in told else label)  # fmt: skip
        told.add(label)
        for (low, high), accuracy in zip(ends, right, strict=True):
            axes.plot([low, high], [accuracy] * 2, color=colour)
        words.append(Word(who, sizes[-1], right[-1], GREY))
    return words


def _draw_levels(axes: Axes, levels: Mapping[str, float]) -> None:
    """A dashed line for each other model, its name at the left."""
    for name, accuracy in levels.items():
        axes.axhline(accuracy, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
        axes.annotate(f"{name}, float" if "float" not in name else name, (0.005, accuracy), (0, 2),
                      textcoords="offset points", fontsize=6.5, color=GREY,
                      xycoords=("axes fraction", "data"))  # fmt: skip


def _write(axes: Axes, words: Sequence[Word]) -> None:
    """Words beside their points, each at the first place where it covers no point and no word."""
    scale = 72 / axes.figure.dpi
    at = [axes.transData.transform((word.x, word.y)) * scale for word in words]
    taken = [(x - 3, y - 3, x + 3, y + 3) for line in axes.lines
             for x, y in axes.transData.transform(line.get_xydata()) * scale]  # fmt: skip
    for word, (x, y) in zip(words, at, strict=True):
        found = [(_box(word.text, x + dx, y + dy, side), (dx, dy, side)) for dx, dy, side in PLACES]
        free = [one for one in found if not any(_cover(one[0], other) for other in taken)]
        box, (dx, dy, side) = (free or found)[0]
        taken.append(box)
        axes.annotate(word.text, (word.x, word.y), (dx, dy), textcoords="offset points",
                      ha=side, fontsize=6.5, color=word.colour)  # fmt: skip


Box = tuple[float, float, float, float]


def _box(text: str, x: float, y: float, side: str) -> Box:
    width = LETTER * len(text)
    left = x - {"left": 0.0, "center": width / 2, "right": width}[side]
    return left, y, left + width, y + LINE


def _cover(one: Box, other: Box) -> bool:
    beside = one[2] < other[0] or other[2] < one[0]
    return not (beside or one[3] < other[1] or other[3] < one[1])
