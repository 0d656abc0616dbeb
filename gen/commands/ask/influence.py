"""`python -m gen ask influence`: how often does a change of one bit change another."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "picture", "text"]

MOST = 12
"""Pairs that are printed, the greatest first."""
MOST_BARS = 20
"""Features of a table that are drawn, the greatest first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "The share of valid inputs on which a change of A, and of nothing else, changes B: exact"
        " where it can be counted, else an interval. Without A, every input bit."
    )
    parser.add_argument("b", help="the bit that is changed: an activation, an output, class=NAME")
    parser.add_argument("a", nargs="?", help="what is changed (default: every input bit)")
    parser.add_argument(
        "--features", action="store_true", help="whole features instead of input bits"
    )
    parser.add_argument("--data", action="store_true", help="count on the held-out data too")
    parser.add_argument(
        "--confidence", type=float, default=0.99, help="of an interval (default: %(default)s)"
    )


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.network.names import AskError
    from gen.ask.network.samples import data_of
    from gen.ask.questions.influence import influence

    data = data_of(asked.logic) if args.data else None
    if args.data and data is None:
        raise AskError("--data: the network records no data set and no vectors")
    sources = [args.a] if args.a else asked.logic.features() if args.features else []
    certify = args.certificates is not None
    return influence(
        asked.logic, sources, [args.b], asked.conditions, asked.budget, data, args.confidence,
        certify=certify,
    )  # fmt: skip


def text(answer: "Answer") -> list[str]:
    """The greatest influences, a pair to a line."""
    from gen.ask.evidence.answer import NOT_CHECKED

    pairs = [pair for pair in answer.details["pairs"] if pair["influence"] is not None]
    if not pairs and len(answer.details["pairs"]) == 1:
        (one,) = answer.details["pairs"]
        return [f"{one['from']} -> {one['to']}: {answer.verdict}"]
    pairs.sort(key=lambda pair: -pair["influence"])
    lines = [_line(pair) for pair in pairs[:MOST] if pair["influence"] or len(pairs) == 1]
    none = sum(pair["high"] == 0 for pair in pairs)
    if len(pairs) > 1:
        lines.append(f"{len(pairs)} pairs, {none} of them without any influence")
    bare = sum(pair["method"].endswith(NOT_CHECKED) for pair in pairs)
    if bare:
        lines.append(f"{bare} pairs not checked")
    if answer.details["cannot change"]:
        lines.append(f"{answer.details['cannot change']} pairs where nothing can change")
    if answer.details["undecided"]:
        lines.append(f"{answer.details['undecided']} pairs not counted within the budget")
    return lines


def _line(pair: dict[str, Any]) -> str:
    said = f"{pair['from']} -> {pair['to']}: {pair['influence']:.3%} ({pair['method']}"
    if pair["low"] != pair["high"]:
        said += f", {pair['low']:.3%} to {pair['high']:.3%}"
    said += ")"
    if pair.get("data"):
        hits, tried = pair["data"]
        said += f"; on the data {hits} of {tried}"
    return said


def picture(answer: "Answer", asked: "Asked") -> bytes:
    """PNG bytes: a feature's greatest influence on each target, over the picture where features
    are pixels, else as bars."""
    import numpy as np
    from matplotlib.figure import Figure

    from gen.data.sets import image_of
    from gen.style import png

    targets = list(dict.fromkeys(pair["to"] for pair in answer.details["pairs"]))
    logic = asked.logic
    groups = logic.features() if logic.net.meta.get("encoder") else list(logic.names.elements("x"))
    place = {bit: at for at, name in enumerate(groups) for bit in logic.names.bits(name)}
    place |= {name: at for at, name in enumerate(groups)}
    values = np.zeros((len(targets), len(groups)))
    for pair in answer.details["pairs"]:
        at = place.get(pair["from"])
        if at is not None:
            row = values[targets.index(pair["to"])]
            row[at] = max(row[at], pair["influence"] or 0.0)
    shape = image_of(logic.net.meta)
    drawn = shape and len(groups) == shape[0] * shape[1]
    size = (0.6 + 3.1 * len(targets), 3.2) if drawn else (5.0 * len(targets), 4.4)
    chart = Figure(figsize=size, dpi=130, layout="constrained")
    panels = chart.subplots(1, len(targets), squeeze=False)[0]
    for axes, name, row in zip(panels, targets, values, strict=True):
        axes.set_title(f"Influence on {name}", loc="left", fontsize=10, fontweight="bold")
        if drawn:
            shown = axes.imshow(row.reshape(shape), cmap="Blues", vmin=0)
            chart.colorbar(shown, ax=axes, shrink=0.8)
            axes.set_axis_off()
        else:
            _draw_bars(axes, row, [logic.meanings.get(group, group) for group in groups])
    return png(chart)


def _draw_bars(axes: "Axes", values: "np.ndarray", names: list[str]) -> None:
    """The greatest influences, the greatest on top, each with its feature's name."""
    from gen.style import MIDDLE, tidy

    order = (-values).argsort(kind="stable")[:MOST_BARS]
    axes.barh(range(len(order)), values[order], color=MIDDLE)
    axes.set_yticks(range(len(order)), [names[at] for at in order], fontsize=8)
    axes.invert_yaxis()
    more = f"; {len(values) - len(order)} smaller ones" if len(order) < len(values) else ""
    tidy(axes, f"share of valid inputs{more}")
