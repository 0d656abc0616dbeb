"""Do two networks give the same class for every input, and if not, for how many not.

Random inputs and the data come first; networks that differ usually differ there. Where none tells
the two apart, both graphs are swept in one (`gen.logic.sweep`), which settles different builds of
one network; then a solver is asked of both, neuron by neuron. A proof is put together from those of
nodes that are equal (`gen.ask.search.lemmas`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.evidence.obligations import Obligation
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.classifier import Bits, Classifier
from gen.ask.network.compared import check_comparable, compared_inputs
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.samples import Data
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding
from gen.ask.search.lemmas import lemmas
from gen.logic.cones import Cones
from gen.logic.graph import Graph
from gen.logic.sweep import equal_on

__all__ = ["equivalent"]


def equivalent(
    first: Logic,
    second: Logic,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    data: Data | None = None,
    certify: bool = False,
    other: Mapping[str, Any] | None = None,
) -> Answer:
    """Whether two networks of the same input bits and classes have the same class everywhere.

    The verdict is "equivalent", "different" with an input, or "undecided". `details` say on what
    share of inputs they differ: exactly where all are listed, else of random ones (those that the
    conditions allow), with a 99 % interval, and of the data. `other` is what the second network is
    known by. Raises AskError for networks that cannot be compared.
    """
    check_comparable(first, second)
    clock, region = (budget or Budget()).start(), Region(first, conditions)
    rows, listed = compared_inputs(first, region)
    differ = Classifier(first)(rows) != Classifier(second)(rows)
    row: Bits | None = rows[differ][0] if differ.any() else None
    verdict, method = "different", "listed" if listed else "simulation"
    if row is None:
        verdict, method = "equivalent", "all inputs listed"
        if not listed:
            verdict, method, row = _settled(first, second, region, rows, clock)
    claim = {"verdict": verdict} | ({} if row is None else {"row": text_of(row)})
    case = replace(case_of(first, conditions, data), other=case_of(second))

    def prover(owed: Obligation) -> list[str] | None:
        return _proof(owed.graph, region, rows, clock)

    run = Run(method, clock.spent, clock.budget)
    question = {"kind": "equivalent", "other": None if other is None else dict(other)}
    return finished(case, question, {"classes": claim}, run, certify, prover=prover)


def _settled(
    first: Logic, second: Logic, region: Region, rows: NDArray[np.uint8], clock: Clock
) -> tuple[str, str, Bits | None]:
    """Verdict, method, and an input that tells the two apart."""
    if not region.conditions.sample and not region.conditions.states:
        graphs = [_class_bits(logic) for logic in (first, second)]
        if equal_on(graphs[0], graphs[1], rows[:1024], _counting(region), clock.left / 2):
            return "equivalent", "both graphs swept in one", None
    encoding = Encoding()
    one = encoding.copy(first)
    other = encoding.copy(second, one.inputs)
    encoding.condition(region, one.inputs)
    clauses = encoding.clauses
    pairs = zip(one.classes, other.classes, strict=True)
    apart = clauses.some([clauses.every([a, -b]) for a, b in pairs])
    with BoundedSolver(clauses) as solver:
        found = solver.can([apart], clock)
        row = np.array(solver.values(one.inputs), np.uint8) if found else None
    verdict = "undecided" if found is None else "different" if found else "equivalent"
    return verdict, "SAT on neurons, both networks", row


def _counting(region: Region) -> list[list[tuple[int, bool]]]:
    """Which inputs count, as clauses over their numbers; a ball is left out."""
    place = {name: at for at, name in enumerate(region.inputs)}
    found = [[(place[name], value) for name, value in clause] for clause in region.clauses]
    return found + [[(place[n], bool(v))] for n, v in region.conditions.fixed.items()]


def _proof(graph: Graph, region: Region, rows: Bits, clock: Clock) -> list[str] | None:
    """Steps that refute the graph's output; None where sweeping did not find them."""
    end = int(graph.outputs[0])
    steps = lemmas(graph, [end], rows[:1024], _counting(region), clock)
    return None if steps is None else [*steps, "0"]


def _class_bits(logic: Logic) -> Graph:
    graph, names = logic.flat, Classifier(logic).bits
    outputs = [graph.output_names.index(name) for name in names]
    inputs = np.arange(1, graph.first_and)
    cones = Cones(graph)
    return cones.cut(outputs, cones.nodes(outputs), inputs).renamed(
        graph.input_names, [f"class.{place}" for place in range(len(names))]
    )
