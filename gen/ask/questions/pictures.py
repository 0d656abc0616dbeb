"""Pictures of answers about single inputs, and of certified accuracy. All return PNG bytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer
from gen.ask.network.classifier import Part, parts_of
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.table_picture import draw_table
from gen.data.described import feature_shares, feature_values
from gen.data.sets import image_of
from gen.style import DARK, LIGHT, LINK_COLOUR, MIDDLE, figure, png, tidy

__all__ = ["draw_change", "draw_explanation", "draw_radii"]


def draw_explanation(answer: Answer, logic: Logic) -> bytes:
    """The sample's features, those that decide its class marked."""
    found = answer.details
    names = found["kept"] if "kept" in found else answer.question["claimed"]
    kept = [_feature(logic, name) for name in names]
    sample, title = answer.question["sample"], f"{len(names)} decide {found['name']}"
    shape = _shape(logic, sample)
    if shape is None:
        return draw_table(title, _said(logic, sample), [_shares(logic, sample)], kept)
    chart, axes = figure(title, 4.2, 4.0)
    _draw_levels(axes, _shares(logic, sample).reshape(shape), kept)
    return png(chart)


def draw_change(answer: Answer, logic: Logic) -> bytes:
    """The sample, and beside it the nearest input of another class, what changed marked."""
    found = answer.details
    if found["row"] is None:
        raise AskError("--picture: no input of another class was found; there is nothing to draw")
    rows = answer.question["sample"], found["row"]
    changed = sorted({_feature(logic, name) for name in found["changed"]})
    shape, shares = _shape(logic, rows[0]), [_shares(logic, row) for row in rows]
    said = f"{found['least']} {answer.question['unit']} changed"
    if shape is None:
        before, after = (_said(logic, row) for row in rows)
        texts = [
            one if one == other else f"{one}  ->  {other}"
            for one, other in zip(before, after, strict=True)
        ]
        title = f"{found['name']} -> {found['becomes']}: {said}"
        return draw_table(title, texts, shares, changed)
    chart = Figure(figsize=(7.6, 4.0), dpi=130, layout="constrained")
    panels = chart.subplots(1, 2)
    titles = found["name"], found["becomes"]
    for axes, values, title in zip(panels, shares, titles, strict=True):
        axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
        _draw_levels(axes, values.reshape(shape), changed)
    chart.suptitle(said, fontsize=9)
    return png(chart)


def draw_radii(answer: Answer, name: str) -> bytes:
    """Certified accuracy against the radius; above it what was not checked, and not decided."""
    radii = answer.details["radii"]
    chart, axes = figure(f"Certified accuracy, {name}", 6.0, 3.2)
    at = [row["radius"] for row in radii]
    sure = below = np.array([row["certified"] for row in radii])
    axes.bar(at, sure, color=MIDDLE, width=0.8, label="proved")
    for what, colour in (("not checked", LIGHT), ("undecided", LINK_COLOUR)):
        more = np.array([row[what] for row in radii])
        if more.any():
            axes.bar(at, more, bottom=below, color=colour, width=0.8, label=what)
            axes.legend(frameon=False, fontsize=8.5)
        below = below + more
    for x, value in zip(at[:24], sure[:24].tolist(), strict=True):
        axes.text(x, value + 0.01, f"{value:.0%}", ha="center", fontsize=7)
    axes.set_ylim(0, 1.05)
    axes.yaxis.set_major_formatter("{x:.0%}")
    tidy(axes, f"{answer.question['unit']} changed", "right and certified")
    return png(chart)


def _parts(logic: Logic) -> list[Part]:
    """The parts of the frames: not registers, nor reset."""
    count = logic.net.n_inputs * logic.net.input_bits * (logic.steps or 1)
    return [part for part in parts_of(logic) if max(part.bits) < count]


def _shares(logic: Logic, sample: str) -> NDArray[np.float64]:
    """How high each feature is, 0 to 1."""
    bits = np.array(list(map(int, sample)))
    shares = feature_shares(logic.net.meta, bits.tolist())
    if shares:
        return np.array(shares)
    return np.array([bits[list(part.bits)].mean() for part in _parts(logic)])


def _said(logic: Logic, sample: str) -> list[str]:
    """What each feature of a sample is: its column and between which thresholds."""
    values = feature_values(logic.net.meta, list(map(int, sample)))
    return list(values) or [
        f"{part.name} = {''.join(sample[at] for at in reversed(part.bits))}"
        for part in _parts(logic)
    ]


def _shape(logic: Logic, sample: str) -> tuple[int, int] | None:
    """Height and width of a sample whose features are pixels."""
    shape = image_of(logic.net.meta)
    return shape if shape and shape[0] * shape[1] == len(_parts(logic)) else None


def _feature(logic: Logic, name: str) -> int:
    """The number of the feature that a name, of it or of one of its bits, is of."""
    bit = logic.inputs.index(logic.names.bits(name)[0])
    return next(at for at, part in enumerate(parts_of(logic)) if bit in part.bits)


def _draw_levels(axes: Axes, levels: NDArray[Any], framed: Sequence[int]) -> None:
    # Data is light on white, so that the frames stay in front of it.
    axes.imshow(levels, cmap="Greys", vmin=0, vmax=1.25, interpolation="nearest", aspect="equal")
    width = levels.shape[1]
    for at in framed:
        if at < levels.size:
            corner = (at % width - 0.42, at // width - 0.42)
            frame = Rectangle(corner, 0.84, 0.84, fill=True, linewidth=1.6)
            frame.set_edgecolor(DARK)
            frame.set_facecolor((*_rgb(LINK_COLOUR), 0.35))
            axes.add_patch(frame)
    axes.set_xticks([])
    axes.set_yticks([])


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
