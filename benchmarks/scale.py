"""How time and memory grow with the network: random ternary networks of 10**4 to 10**6 AND gates.

A network is 784 inputs, two hidden layers of one width whose neurons each read 16 to 24 random
inputs with random signs, and ten classes; every neuron of the last hidden layer is read by two
classes, so that all gates hang together. Melting and simplifying are the commands that users run,
each in a process of its own, with the ABC inside YoWASP's Yosys. `dc2` three times is measured on
the same sectioned graph, by the same ABC, on the whole.
"""

import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.started import Stopped
from gen.files import make_folder
from gen.intnet.files import save
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.aiger import aiger_bytes, parse_aiger, read_aiger
from gen.logic.sections import flatten
from gen.simplify.ledger import Ledger
from gen.times import read_timed
from gen.tools.abc import transform

__all__ = ["CLASSES", "INPUTS", "WIDTHS", "exponent", "measure_scale", "plot_scale", "random_mlp"]

WIDTHS = (32, 320, 950, 3200)
INPUTS, CLASSES, FAN_IN = 784, 10, (16, 24)
CORES = 2


def random_mlp(width: int, seed: int = 0, inputs: int = INPUTS) -> IntNet:
    """The network described above, of hidden layers `width` neurons wide."""
    rng = np.random.default_rng(seed)
    first, second = (_sparse(rng, width, size) for size in (inputs, width))
    classes = np.zeros((CLASSES, width), dtype=np.int8)
    for neuron in range(width):
        classes[rng.choice(CLASSES, 2, replace=False), neuron] = rng.choice([-1, 1], 2)
    nodes = (
        *_layer("layer1", "x", first, rng),
        *_layer("layer2", "layer1", second, rng),
        Linear("score", ("layer2",), classes, np.zeros(CLASSES, dtype=np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(inputs, nodes)


def _sparse(rng: np.random.Generator, neurons: int, size: int) -> NDArray[np.int8]:
    weight = np.zeros((neurons, size), dtype=np.int8)
    for row in weight:
        count = min(size, int(rng.integers(FAN_IN[0], FAN_IN[1] + 1)))
        read = rng.choice(size, count, replace=False)
        row[read] = rng.choice([-1, 1], len(read))
    return weight


def _layer(
    name: str, source: str, weight: NDArray[np.int8], rng: np.random.Generator
) -> tuple[Linear, Levels]:
    neurons = len(weight)
    edges = rng.integers(-2, 3, (neurons, 1)).astype(np.int32)
    codes = np.tile(np.array([0, 1], dtype=np.int8), (neurons, 1))
    sums = Linear(f"{name}.sum", (source,), weight, np.zeros(neurons, dtype=np.int32))
    return sums, Levels(name, (f"{name}.sum",), edges, codes)


def measure_scale(width: int, folder: Path) -> dict[str, Any]:
    """Melt, simplify and prove the network of this width; files go to `folder`."""
    make_folder(folder)
    net, melted = folder / "net.npz", folder / "melted.aig"
    save(random_mlp(width), net)
    melting = run_measured(["melt", "--net", str(net), "--out", str(melted)])
    simplifying = run_measured(
        ["simplify", "--melted", str(melted), "--out", str(folder), "--processes", str(CORES)]
    )
    ledger, sidecar = Ledger.read(folder / "ledger.json"), read_timed(melted.with_suffix(".json"))
    before, after = read_aiger(melted).n_ands, read_aiger(folder / "sections.aig").n_ands
    dc2 = _dc2(melted)
    return {
        "width": width,
        "network": f"{INPUTS}-{width}-{width}-{CLASSES}",
        "ands": {"melted": before, "sections": after, "graph": ledger.summary["simplified"]}
        | {"dc2": dc2["ands"], "joined": flatten(read_aiger(melted)).n_ands},
        "of_dc2": round((before - after) / (before - dc2["ands"]), 3),
        "seconds": {"melt": sidecar["seconds"], "dc2": dc2["seconds"]},
        "melt": melting | {"checks": sidecar["checks"]},
        "simplify": simplifying | _proofs(ledger),
    }


def _dc2(melted: Path) -> dict[str, Any]:
    graph = read_aiger(melted)
    start = time.monotonic()
    made = transform(aiger_bytes(graph, symbols=False), ["dc2", "dc2", "dc2"], "out.aig", 7200)
    spent = round(time.monotonic() - start, 1)
    return {"ands": parse_aiger(made).n_ands, "seconds": spent}


def _proofs(ledger: Ledger) -> dict[str, Any]:
    """How many parts were proved, how many undone, and what the last rows say of the whole."""
    passes = [row for row in ledger.rows if row.budget is not None]
    return {
        "parts": sum(row.parts for row in passes),
        "undone": sum(row.undone for row in passes),
        "proof_seconds": round(sum(row.proof_seconds or 0 for row in ledger.rows), 1),
        "last": [f"{row.step}: {row.proof}" for row in ledger.rows if " = " in row.step],
    }


def run_measured(command: Sequence[str]) -> dict[str, float]:
    """Run `python -m gen` with arguments: seconds, CPU seconds, peak memory of all processes.

    Memory in MiB is the largest sum of resident sizes seen, twice a second.
    """
    used, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = os.environ | {"ABC": "yosys", "OMP_NUM_THREADS": str(CORES)}
    argv = [sys.executable, "-m", "gen", *command]
    peak = 0.0
    with subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.5 if time.monotonic() - start > 2 else 0.02)
    if process.returncode:
        raise Stopped(f"`{shlex.join(argv)}` failed with status {process.returncode}")
    spent, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return {"wall": round(spent, 2), "cpu": round(cpu, 2), "peak_mib": round(peak, 1)}


def resident(process: int) -> float:
    """MiB that a process and all its descendants hold, from Linux's /proc; 0 elsewhere."""
    total, waiting = 0, [process]
    while waiting:
        at = Path(f"/proc/{waiting.pop()}")
        try:
            pages = int((at / "statm").read_text().split()[1])
            for task in (at / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, ValueError, IndexError):
            continue
        total += pages * resource.getpagesize()
    return total / (1 << 20)


def exponent(rows: Sequence[dict[str, Any]], what: str, kind: str = "cpu") -> float:
    """The power of the AND count that `what`'s time grows with: a straight line in logarithms."""
    ands = [row["ands"]["melted"] for row in rows]
    times = [row[what][kind] for row in rows]
    return round(float(np.polyfit(np.log(ands), np.log(times), 1)[0]), 3)


def plot_scale(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Seconds over AND gates, both logarithmic, beside n log n through the largest network."""
    from gen.style import DARK, MIDDLE, figure, tidy

    result, axes = figure("Time by size of the network")
    ands = np.array([row["ands"]["melted"] for row in rows], dtype=float)
    for what, colour in (("simplify", DARK), ("melt", MIDDLE)):
        times = [row[what]["cpu"] for row in rows]
        label = f"{what} (grows with n to the {exponent(rows, what):.2f})"
        axes.plot(ands, times, "o-", color=colour, label=label)
        curve = ands * np.log(ands)
        axes.plot(ands, curve * times[-1] / curve[-1], ":", color=colour, linewidth=1)
    axes.plot([], [], ":", color="black", linewidth=1, label="n log n")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend(fontsize=8, frameon=False)
    tidy(axes, "AND gates, melted", "CPU seconds")
    result.savefig(path)
