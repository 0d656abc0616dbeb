"""Explanations and robustness: what they take, beside plainer ways in the same run.

Explaining is compared with a plain deletion loop on the gates, one solver question a feature, in
the order of the features. The nearest input of another class is compared with the same search on
gates, and with RC2 (Ignatiev, Morgado, Marques-Silva, "RC2: an efficient MaxSAT solver", 2019), a
general MaxSAT solver, on the gates: soft clauses keep every input bit as it is. Plainer ways get
the first rows only, so many as are given, and the ratio is of means over the same rows. Seconds are
wall time of one process.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Classifier, Part, parts_of
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.samples import Data, data_of
from gen.ask.questions.certified_accuracy import certified_accuracy
from gen.ask.search.clauses import Clauses
from gen.ask.search.encoding import Encoding
from gen.ask.search.explainer import Explainer
from gen.ask.search.nearest import Nearest
from gen.console import progress, say
from gen.errors import SmeltError

__all__ = ["measure_asking", "measure_explaining", "measure_robustness", "parts_by_width"]

RC2_SECONDS = 5.0
SECONDS = 300.0


def measure_asking(folder: Path, plain_rows: int, width: int | None = None) -> dict[str, Any]:
    """Both measurements on a finished build; `width` groups input bits where no encoder is
    recorded (the reference network's pixels are two bits)."""
    logic = Logic.load(folder)
    data = data_of(logic)
    assert data is not None
    parts = parts_of(logic) if width is None else parts_by_width(logic, width)
    return {
        "network": folder.name,
        "ands": logic.flat.n_ands,
        "explain": measure_explaining(logic, data, parts, plain_rows),
        "robust": measure_robustness(logic, data, plain_rows),
    }


def parts_by_width(logic: Logic, width: int) -> tuple[Part, ...]:
    """Parts of `width` neighbouring input bits."""
    count = len(logic.inputs) // width
    return tuple(Part(f"p[{n}]", tuple(range(n * width, n * width + width))) for n in range(count))


def measure_explaining(
    logic: Logic, data: Data, parts: tuple[Part, ...], plain_rows: int
) -> dict[str, Any]:
    """Seconds and sizes of the explanations of all rows, and the plain loop's on the first."""
    budget = Budget(SECONDS)
    start = time.monotonic()
    with Explainer(logic, None, parts, data) as explainer:
        _ = explainer.order
        prepared = time.monotonic() - start
        seconds, sizes, bits, open_rows = [], [], [], 0
        for row in progress(data.bits, label="explain"):
            start = time.monotonic()
            found = explainer.explain(row, budget.start())
            seconds.append(time.monotonic() - start)
            sizes.append(len(found.kept))
            bits.append(sum(len(parts[at].bits) for at in found.kept))
            open_rows += bool(found.undecided)
    rows = data.bits[:plain_rows]
    with Explainer(logic, None, parts, neurons=False) as gates:
        plain = [_timed(_plain_loop(gates, row)) for row in progress(rows, label="plain loop")]
    plain_mean = float(np.mean([one[0] for one in plain]))
    return {
        "rows": len(data.bits),
        "undecided": open_rows,
        "prepared": round(prepared, 3),
        "seconds": _summary(seconds),
        "features": _summary(sizes),
        "of": len(parts),
        "bits": _summary(bits),
        "plain": {
            "rows": len(rows),
            "seconds": _summary([one[0] for one in plain]),
            "features": _summary([one[1] for one in plain]),
        },
        "ratio": round(plain_mean / float(np.mean(seconds[: len(rows)])), 1),
    }


def _plain_loop(gates: Explainer, row: NDArray[np.uint8]) -> Callable[[], int]:
    """Leave out one feature after the other, in order; gives how many stay."""

    def run() -> int:
        clock, subject = Budget(SECONDS).start(), gates.subject(row)
        literals = [subject.literals(gates.copy.inputs, part.bits) for part in gates.parts]
        kept = list(range(len(literals)))
        for part in range(len(literals)):
            tried = [one for one in kept if one != part]
            assumed = [literal for one in tried for literal in literals[one]]
            other = gates.asking.can([-gates.copy.classes[subject.index], *assumed], clock)
            kept = tried if other is False else kept
        return len(kept)

    return run


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.monotonic()
    found = run()
    return time.monotonic() - start, found


def measure_robustness(
    logic: Logic, data: Data, plain_rows: int, seconds: float = SECONDS
) -> dict[str, Any]:
    """The whole data's radii; the first rows on gates, and by RC2, whose answers must agree."""
    answer = certified_accuracy(logic, data, budget=Budget(seconds))
    budget = Budget(RC2_SECONDS)
    rows = data.bits[:plain_rows]
    ways: dict[str, list[tuple[float, int | None]]] = {}
    for name, neurons in (("neurons", True), ("gates", False)):
        with Nearest(logic, neurons=neurons) as nearest:
            ways[name] = [
                _timed(lambda row=row: _least(nearest, row, budget))  # type: ignore[misc]
                for row in progress(rows, label=name)
            ]
    classify, region = Classifier(logic), Region(logic, Conditions())
    hard = _hard_clauses(logic, region)
    ways["rc2"] = [
        _timed(lambda row=row: _by_rc2(hard, row, int(classify(row[None])[0])))  # type: ignore[misc]
        for row in progress(rows, label="RC2")
    ]
    _check_agreement(ways)
    return {
        "rows": len(data.bits),
        "verdict": answer.verdict,
        "seconds": round(answer.run.seconds, 2),
        "radii": answer.details["radii"],
        "compared": {
            name: {
                "rows": len(found),
                "seconds": _summary([one[0] for one in found]),
                "undecided": sum(one[1] is None for one in found),
            }
            for name, found in ways.items()
        },
    }


def _least(nearest: Nearest, row: NDArray[np.uint8], budget: Budget) -> int | None:
    found = nearest.search(row, budget.start())
    return found.least if found.exact else None


def _hard_clauses(logic: Logic, region: Region) -> tuple[Clauses, list[int], list[int]]:
    encoding = Encoding()
    copy = encoding.copy(logic, neurons=False)
    encoding.condition(region, copy.inputs)
    return encoding.clauses, copy.inputs, copy.classes


def _by_rc2(
    hard: tuple[Clauses, list[int], list[int]], row: NDArray[np.uint8], index: int
) -> int | None:
    """The optimum of the MaxSAT problem, None where it was interrupted."""
    clauses, inputs, classes = hard
    problem = WCNF()
    problem.extend([*clauses.rows, [-classes[index]]])
    for bit, one in zip(row.tolist(), inputs, strict=True):
        problem.append([one if bit else -one], weight=1)
    with RC2(problem) as solver:
        timer = Timer(RC2_SECONDS, solver.interrupt)
        timer.start()
        model = solver.compute(expect_interrupt=True)
        timer.cancel()
        return int(solver.cost) if model is not None else None


def _check_agreement(ways: dict[str, list[tuple[float, int | None]]]) -> None:
    for answers in zip(*([one[1] for one in found] for found in ways.values()), strict=True):
        decided = {one for one in answers if one is not None}
        if len(decided) > 1:
            raise SmeltError(f"the ways disagree: {dict(zip(ways, answers, strict=True))}")


def _summary(values: list[Any]) -> dict[str, float]:
    if not values:
        say("nothing was measured")
        return {"mean": 0.0, "median": 0.0, "least": 0.0, "most": 0.0}
    return {
        "mean": round(float(np.mean(values)), 4),
        "median": round(float(np.median(values)), 4),
        "least": round(float(np.min(values)), 4),
        "most": round(float(np.max(values)), 4),
    }
