"""Speed of evaluating graphs, compiled and in numpy, and of predicting, against PyTorch.

Both ways of evaluating run on the same words in the same process, one after the other; so do the
logic and the frozen PyTorch module, which has one thread like everything else here. The best of
several runs counts, in processor time: on a shared machine the rest measures the neighbours.
"""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gen.errors import SmeltError
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate_words
from gen.logic.graph import Graph
from gen.logic.kernel import VARIABLE
from gen.nets.freezing.frozen import FrozenNet
from gen.predict import Predictor

__all__ = ["INPUTS", "generated", "measure_evaluator"]

SEED = 0
SIZES = (10_000, 100_000, 1_000_000)
INPUTS, OUTPUTS = 256, 64
REACH = 2000
ROWS = 20_000
# AND x word of one run, about a tenth of a second each; words are at most a row of MOST_WORDS.
WORK = {"c": 1 << 28, "numpy": 1 << 24}
MOST_WORDS = 8192


def measure_evaluator(
    build: Path, sizes: tuple[int, ...] = SIZES, repeats: int = 5
) -> dict[str, Any]:
    """AND x vector per second of each graph and way; `build` is a finished build, or nothing."""
    graphs = []
    for size in sizes:
        for kind, reach in (("near", REACH), ("far", None)):
            graph = generated(size, reach, np.random.default_rng(SEED))
            graphs.append(_compared(f"{kind} 1e{len(str(size)) - 1}", graph, repeats))
    predict = []
    if (build / "graph.aig").is_file():
        graphs.append(_compared(build.name, read_aiger(build / "graph.aig"), repeats))
        predict = _predictions(Predictor.load(build), repeats)
    return {
        "seed": SEED,
        "repeats": repeats,
        "tools": {"numpy": np.__version__, "torch": torch.__version__, "compiler": _compiler()},
        "graphs": graphs,
        "predict": predict,
    }


def generated(ands: int, reach: int | None, rng: np.random.Generator) -> Graph:
    """Random ANDs, each reading two of the `reach` nodes before it, or any where that is None."""
    own = np.arange(INPUTS + 1, INPUTS + 1 + ands)
    low = np.ones(ands, dtype=np.int64) if reach is None else np.maximum(1, own - reach)
    fan_in = 2 * rng.integers(low[:, None], own[:, None], (ands, 2))
    names = tuple(f"x{n}" for n in range(INPUTS)), tuple(f"y{n}" for n in range(OUTPUTS))
    return Graph(*names, fan_in + rng.integers(0, 2, (ands, 2)), 2 * own[-OUTPUTS:])


@contextmanager
def _evaluating(way: str) -> Iterator[None]:
    """Everything inside is evaluated this way, `c` or `numpy`."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = way
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


def _best(run: Callable[[], object], repeats: int) -> float:
    """Seconds of processor time of the fastest run, after one that is not counted."""
    run()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _compared(name: str, graph: Graph, repeats: int) -> dict[str, Any]:
    speed = {way: _speed(graph, way, repeats) for way in WORK}
    return {
        "graph": name,
        "ands": graph.n_ands,
        "kernel": speed["c"],
        "numpy": speed["numpy"],
        "ratio": round(speed["c"] / speed["numpy"], 1),
    }


def _speed(graph: Graph, way: str, repeats: int) -> float:
    """AND x vector per second."""
    width = min(MOST_WORDS, max(64, WORK[way] // graph.n_ands))
    rng = np.random.default_rng(SEED)
    words = rng.integers(0, 2**64, (graph.n_inputs, width), dtype=np.uint64)
    with _evaluating(way):
        seconds = _best(lambda: evaluate_words(graph, words), repeats)
    return graph.n_ands * 64 * width / seconds


def _predictions(predictor: Predictor, repeats: int) -> list[dict[str, Any]]:
    """Microseconds a row, in batches of ROWS and of 1."""
    rows = []
    rng = np.random.default_rng(SEED)
    bits = rng.integers(0, 2, (ROWS, predictor.graph.n_inputs), dtype=np.uint8)
    module, threads = FrozenNet(predictor.net), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for count in (ROWS, 1):
            rows.append(_predicted(predictor, module, bits[:count], repeats))
    finally:
        torch.set_num_threads(threads)
    return rows


def _predicted(
    predictor: Predictor, module: FrozenNet, bits: NDArray[np.uint8], repeats: int
) -> dict[str, Any]:
    def by_torch() -> NDArray[Any]:
        with torch.no_grad():
            return module(torch.from_numpy(bits)).numpy()

    with _evaluating("c"):
        if not (predictor.from_bits(bits).classes == by_torch()).all():
            raise SmeltError("the evaluator's classes are not PyTorch's")
        logic = _best(lambda: predictor.from_bits(bits), repeats) / len(bits) * 1e6
    reference = _best(by_torch, repeats) / len(bits) * 1e6
    return {
        "what": f"input bits to class, {len(bits):,} at a time",
        "logic_us": round(logic, 3),
        "torch_us": round(reference, 3),
        "ratio": round(reference / logic, 1),
    }


def _compiler() -> str:
    argv = [*shlex.split(os.environ.get("CC") or "cc"), "--version"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[0] or "unknown"
