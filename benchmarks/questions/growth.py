"""How the time of explanations and nearest changes grows with the network.

Networks are random, of one hidden layer, 128 input bits in pairs: a neuron reads 12 bits with
random signs and fires at the middle of its range, a class reads three eighths of the neurons. They
have no structure that training would give, and their gates are as melted, not simplified. Rows are
random inputs; what the budget did not settle is counted.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.questions.explanations import parts_by_width
from gen.ask.network.budget import Budget
from gen.ask.network.logic import Logic
from gen.ask.search.explainer import Explainer
from gen.ask.search.nearest import Nearest
from gen.files import write_bytes
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.style import DARK, LINK_COLOUR, figure, png, tidy

__all__ = ["GROWTH_WIDTHS", "layered", "measure_growth", "plot_input_growth"]

GROWTH_WIDTHS = (8, 48, 190, 500)
"""About 1,000, 5,000, 20,000 and 50,000 gates."""
INPUTS, FAN_IN, CLASSES = 128, 12, 10
ROWS, SECONDS = 8, 10.0


def layered(width: int, seed: int = 0) -> IntNet:
    """The network described above."""
    rng = np.random.default_rng(seed)
    first = np.zeros((width, INPUTS), np.int8)
    for row in first:
        row[rng.choice(INPUTS, FAN_IN, replace=False)] = rng.choice([-1, 1], FAN_IN)
    last = np.zeros((CLASSES, width), np.int8)
    for row in last:
        row[rng.choice(width, 3 * width // 8, replace=False)] = rng.choice([-1, 1], 3 * width // 8)
    edges = first.sum(axis=1, keepdims=True, dtype=np.int32) // 2
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(width, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, np.tile(np.array([0, 1], np.int8), (width, 1))),
        Linear("score", ("layer1",), last, np.zeros(CLASSES, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(INPUTS, nodes)


def measure_growth(width: int, rows: int = ROWS, seconds: float = SECONDS) -> dict[str, Any]:
    """Seconds a row of both questions, and how many rows were not settled in `seconds`."""
    net = layered(width)
    sections = melt(net, ("class",))
    logic = Logic(net, sections, flatten(sections))
    samples = np.random.default_rng(1).integers(0, 2, (rows, INPUTS), dtype=np.uint8)
    budget = Budget(seconds, conflicts=10**9)
    found: dict[str, Any] = {"width": width, "ands": logic.flat.n_ands, "rows": rows}
    parts = parts_by_width(logic, 2)
    start = time.monotonic()
    with Explainer(logic, parts=parts) as explainer:
        _ = explainer.order
        found["prepared"] = round(time.monotonic() - start, 3)
        done = []
        for sample in samples:
            start = time.monotonic()
            explained = explainer.explain(sample, budget.start())
            done.append((time.monotonic() - start, not explained.undecided))
    found["explain"] = _said(done)
    with Nearest(logic) as nearest:
        done = []
        for sample in samples:
            start = time.monotonic()
            distance = nearest.search(sample, budget.start())
            done.append((time.monotonic() - start, distance.exact))
    found["robust"] = _said(done)
    return found


def _said(done: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    seconds = [one[0] for one in done]
    return {
        "mean": round(float(np.mean(seconds)), 4),
        "most": round(max(seconds), 4),
        "undecided": sum(not settled for _, settled in done),
    }


def plot_input_growth(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Mean seconds against gates, both logarithmic; how many were not settled beside the point."""
    chart, axes = figure("Seconds a row as the network grows", 6.0, 3.4)
    ands = [row["ands"] for row in rows]
    for what, colour in (("explain", DARK), ("robust", LINK_COLOUR)):
        axes.plot(ands, [row[what]["mean"] for row in rows], "o-", color=colour, label=what)
        for row in rows:
            if row[what]["undecided"]:
                text = f"{row[what]['undecided']} of {row['rows']} undecided"
                place = (row["ands"], row[what]["mean"])
                axes.annotate(text, place, (-4, 5), textcoords="offset points", fontsize=7.5,
                              ha="right")  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(ands, [f"{count:,}" for count in ands])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8.5)
    tidy(axes, "AND gates", "seconds, mean")
    write_bytes(path, png(chart))
