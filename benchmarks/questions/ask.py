"""How long questions take: whole matrices of dependences, growth with the network, plain miters.

The matrices are those of finished builds, as `python -m gen ask depends` finds them; what proofs
and their checks take is not in these times. Growth is measured on random networks of one hidden
layer, melted and joined, 64 inputs against all bits of class and scores. What a general tool does
with the same question is ABC, given two plain copies of the network that differ in one input:
sweeping (`&fraig -x`) and `iprove`, all questions in one process. It says which outputs never
differ; where they may, it says no more.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.sources import sources_of
from gen.ask.questions.depends import search_pairs
from gen.ask.search.dependences import Pair, Search
from gen.ask.search.pairs import TwoCopies
from gen.files import write_bytes
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.tools.abc import SWEEP, abc_identity, is_constant_zero, run_abc

__all__ = ["GROWTH", "measure_ask", "plot_growth"]

GROWTH = (12, 50, 200, 500)
"""Neurons of the hidden layer, for about 1k, 5k, 20k and 50k AND gates."""
INPUTS, CLASSES, FAN_IN = 256, 10, 12
ASKED = 64
SECONDS = 300.0
COMPARED = 24


def measure_ask(builds: list[Path]) -> dict[str, Any]:
    """Matrices of these builds, growth, and the comparison on the first build."""
    return {
        "matrices": [row for build in builds for row in _matrices(build)],
        "growth": [_growth(width) for width in GROWTH],
        "plain": compare_plain(Logic.load(builds[0])),
    }


def _matrices(build: Path) -> list[dict[str, Any]]:
    logic = Logic.load(build)
    asked = {"inputs x activations": logic.activations, "inputs x outputs": ()}
    return [
        {"build": build.name, "matrix": name, "ands": logic.flat.n_ands}
        | _figures(*_pairs(logic, logic.inputs, targets))
        for name, targets in asked.items()
    ]


def _pairs(
    logic: Logic, sources: Sequence[str], targets: Sequence[str] = ()
) -> tuple[list[Pair], float]:
    """Each of the sources with each of the targets (default: all outputs), settled, in so many
    seconds."""
    search = Search(logic, Region(logic), Budget(SECONDS).start(), seed=0)
    pairs = search_pairs(search, sources, targets or logic.flat.output_names)
    return pairs, search.clock.spent


def _figures(pairs: Sequence[Pair], seconds: float) -> dict[str, Any]:
    verdicts = Counter(pair.verdict for pair in pairs)
    return {
        "pairs": len(pairs),
        "undecided": verdicts["undecided"],
        "verdicts": dict(verdicts),
        "methods": dict(Counter(pair.method for pair in pairs)),
        "seconds": round(seconds, 3),
    }


def random_layer(width: int, seed: int = 0) -> IntNet:
    """One hidden layer of ternary neurons, each of which reads FAN_IN of the first 2 * `width`
    inputs at most and is read by three classes."""
    rng = np.random.default_rng(seed)
    first = np.zeros((width, INPUTS), np.int8)
    last = np.zeros((CLASSES, width), np.int8)
    for neuron in range(width):
        places = rng.choice(min(INPUTS, max(FAN_IN, 2 * width)), FAN_IN, replace=False)
        first[neuron, places] = rng.choice([-1, 1], FAN_IN)
        last[rng.choice(CLASSES, 3, replace=False), neuron] = rng.choice([-1, 1], 3)
    edges = rng.integers(-1, 3, (width, 1)).astype(np.int32)
    codes = np.tile(np.array([0, 1], np.int8), (width, 1))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(width, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes),
        Linear("score", ("layer1",), last, np.zeros(CLASSES, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(INPUTS, nodes)


def _growth(width: int) -> dict[str, Any]:
    net = random_layer(width)
    sections = melt(net)
    logic = Logic(net, sections, flatten(sections))
    start = time.process_time()
    pairs, seconds = _pairs(logic, logic.inputs[:ASKED])
    cpu = time.process_time() - start
    return {"ands": logic.flat.n_ands, "cpu": round(cpu, 3)} | _figures(pairs, seconds)


def compare_plain(logic: Logic, seed: int = 0) -> dict[str, Any]:
    """The same questions to us, one after the other, and to ABC, all in one process."""
    everything, whole = _pairs(logic, logic.inputs)
    proved = [pair for pair in everything if pair.method == "proved"]
    others = [pair for pair in everything if pair.verdict == "depends"]
    rng = np.random.default_rng(seed)
    chosen = [found[at] for found in (proved, others) for at in _some(found, rng)]
    names = [(pair.source.name, pair.name) for pair in chosen]
    start = time.monotonic()
    ours = [_pairs(logic, [source], [target])[0][0].verdict for source, target in names]
    seconds = time.monotonic() - start
    theirs, spent = _by_abc([_plain(logic, *name) for name in names])
    agree = [(a == "independent") == b for a, b in zip(ours, theirs, strict=True)]
    return {
        "abc": abc_identity().rsplit("/", 1)[-1],
        "questions": len(chosen),
        "verdicts": dict(Counter(ours)),
        "abc_independent": sum(theirs),
        "agree": sum(agree),
        "ours_seconds": round(seconds, 3),
        "abc_seconds": round(spent, 3),
        "ratio": round(spent / seconds, 1),
        "matrix_ratio": round(spent / len(chosen) / (whole / len(everything)), 1),
    }


def _some(found: Sequence[Pair], rng: np.random.Generator) -> list[int]:
    count = min(COMPARED // 2, len(found))
    chosen: list[int] = rng.choice(len(found), count, replace=False).tolist()
    return chosen


def _plain(logic: Logic, source: str, target: str) -> Graph:
    """One output: both copies are valid, and the target differs."""
    (one,) = sources_of(logic, [source], {target: (target,)})
    both = TwoCopies(one, Region(logic)).graph
    places = [both.output_names.index(name) for name in ("holds", f"{target} differs")]
    first, second = both.outputs[places].tolist()
    top = both.first_and + both.n_ands
    fan_in = np.concatenate([both.fan_in, [[first, second]]])
    return Graph(both.input_names, ("apart",), fan_in, np.array([2 * top]))


def _by_abc(miters: list[Graph]) -> tuple[list[bool], float]:
    """Which of these outputs ABC proves to be 0, and the seconds of one process for all."""
    with tempfile.TemporaryDirectory(prefix="smelt-ask-") as name:
        folder = Path(name)
        commands = []
        for at, graph in enumerate(miters):
            write_bytes(folder / f"{at}.aig", aiger_bytes(graph, symbols=False))
            commands += [f"read_aiger {at}.aig", *SWEEP, "iprove", f"write_aiger out{at}.aig"]
        start = time.monotonic()
        run_abc(commands, folder, 600)
        spent = time.monotonic() - start
        made = [folder / f"out{at}.aig" for at in range(len(miters))]
        return [one.exists() and is_constant_zero(one.read_bytes()) for one in made], spent


def plot_growth(rows: list[dict[str, Any]], path: Path) -> None:
    """CPU seconds of a matrix over the gates of the network, both logarithmic."""
    from gen.style import DARK, figure, tidy

    result, axes = figure(f"Time to decide {rows[0]['pairs']} dependences")
    axes.plot([row["ands"] for row in rows], [row["cpu"] for row in rows], "o-", color=DARK)
    for row in rows:
        said = f"{row['undecided']} undecided" if row["undecided"] else "all decided"
        axes.annotate(said, (row["ands"], row["cpu"]), (4, -10), textcoords="offset points")
    axes.set_xscale("log")
    axes.set_yscale("log")
    tidy(axes, "AND gates", "CPU seconds")
    result.savefig(path)
