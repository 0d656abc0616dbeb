"""One look for every plot: few colours, readable in print and without colour."""

import io
from collections.abc import Sequence
from typing import Any

from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "DARK",
    "FREE",
    "LIGHT",
    "LINK_COLOUR",
    "MIDDLE",
    "figure",
    "part_colours",
    "png",
    "tidy",
]

# One hue from light to dark for the way through the network, grey for what is none of it.
LIGHT, MIDDLE, DARK = "#9ecae1", "#4292c6", "#08306b"
LINK_COLOUR, TEST_COLOUR, CORE_COLOUR, FREE = "#e6994d", "#8c510a", "#969696", "#ededed"

_SETTINGS: dict[str, Any] = {"fontsize": 9}


def figure(title: str, width: float = 6.4, height: float = 3.0) -> tuple[Figure, Axes]:
    """A figure of one plot, its title on the left; sizes in inches."""
    result = Figure(figsize=(width, height), dpi=130, layout="constrained")
    axes = result.add_subplot()
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    return result, axes


def png(chart: Figure) -> bytes:
    """A figure as PNG bytes, the same ones for the same figure and version of matplotlib."""
    stream = io.BytesIO()
    chart.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def tidy(axes: Axes, x: str = "", y: str = "") -> None:
    """Label the axes and leave out the frame's upper and right side."""
    axes.set_xlabel(x, **_SETTINGS)
    axes.set_ylabel(y, **_SETTINGS)
    axes.tick_params(labelsize=8.5)
    axes.spines[["top", "right"]].set_visible(False)


def part_colours(parts: Sequence[str]) -> dict[str, str]:
    """A colour for each part: layers from light to dark, "core" grey, "link" and "self-test"
    orange and brown."""
    others = {"core": CORE_COLOUR, "link": LINK_COLOUR, "self-test": TEST_COLOUR}
    layers = [part for part in parts if part not in others]
    ramp = colors.LinearSegmentedColormap.from_list("ramp", [LIGHT, MIDDLE, DARK])
    steps = max(len(layers) - 1, 1)
    chosen = {part: colors.to_hex(ramp(index / steps)) for index, part in enumerate(layers)}
    return {**chosen, **others}
