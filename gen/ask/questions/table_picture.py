"""A picture of one or two rows of a table: a bar for each feature, with what it says beside it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gen.style import FREE, LIGHT, LINK_COLOUR, MIDDLE, png

__all__ = ["draw_table"]

MOST = 48
"""Features that are drawn; of more, only those that are marked."""


def draw_table(
    title: str, texts: Sequence[str], rows: Sequence[NDArray[np.float64]], marked: Sequence[int]
) -> bytes:
    """PNG bytes: each feature's text, and how high it is in every one of the rows, 0 to 1.

    Marked features are in colour, the others may be anything.
    """
    shown = list(range(len(texts))) if len(texts) <= MOST else sorted(set(marked))[:MOST]
    chart = Figure(figsize=(8.0, 0.9 + 0.24 * max(len(shown), 1)), dpi=130, layout="constrained")
    axes = chart.add_subplot()
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    for place, feature in enumerate(shown):
        _draw_bars(axes, place, [row[feature] for row in rows], feature in marked)
    axes.set_yticks(range(len(shown)), [_short(texts[at]) for at in shown], fontsize=8)
    for label, feature in zip(axes.get_yticklabels(), shown, strict=True):
        label.set_fontweight("bold" if feature in marked else "normal")
        label.set_color("black" if feature in marked else "#969696")
    axes.set_xticks([])
    axes.set_xlim(0, 1)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(_left_out(len(texts), len(shown), len(set(marked))), fontsize=8)
    return png(chart)


def _draw_bars(axes: Axes, place: int, values: Sequence[float], marked: bool) -> None:
    """The bars of a feature, above each other: light behind, as long as it is high in front."""
    height = 0.76 / len(values)
    colours = [MIDDLE, LINK_COLOUR] if marked else [LIGHT, LIGHT]
    for at, value in enumerate(values):
        y = place - 0.38 + (at + 0.5) * height
        axes.barh(y, 1, height * 0.9, color=FREE)
        axes.barh(y, value, height * 0.9, color=colours[at], alpha=1.0 if marked else 0.5)


def _short(text: str) -> str:
    return text if len(text) <= 64 else f"{text[:61]}..."


def _left_out(count: int, shown: int, marked: int) -> str:
    if shown < marked:
        return f"the first {shown} of {marked} marked features"
    if shown < count:
        return f"{count - marked} other features are not drawn"
    return "bar: how many of the feature's thresholds are reached"
