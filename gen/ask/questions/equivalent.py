"""Do two networks give the same class for every input, and if not, for how many not.

Random inputs and the data come first; networks that differ usually differ there. Where none tells
the two apart, both graphs are swept in one (`gen.logic.sweep`), which settles different builds of
one network, and of which a certificate can be made (`gen.ask.search.lemmas`); then a solver is
asked of both, neuron by neuron.
"""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer, Evidence, Is, Witness
from gen.ask.evidence.certificate import Certificate, Copy
from gen.ask.evidence.other_network import Judged
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.classifier import Bits, Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.forward import Forward, interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data, random_inputs
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Encoding
from gen.ask.search.gates import gate_clauses
from gen.ask.search.lemmas import lemmas
from gen.logic.cones import Cones
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver
from gen.logic.sweep import equal_on

__all__ = ["equivalent", "interval"]

VECTORS = 1 << 16
LISTED = 20
"""Networks of so many input bits at most are compared on all inputs."""
SURE = 2.576
"""Standard deviations of a 99 % interval."""


def equivalent(
    first: Logic,
    second: Logic,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    data: Data | None = None,
    judge: Forward | None = None,
    certify: bool = False,
) -> Answer:
    """Whether two networks of the same input bits and classes have the same class everywhere.

    The verdict is "equivalent", "different" with an input, or "undecided". `details` say on what
    share of inputs they differ: exactly where all are listed, else of random ones (those that the
    conditions allow), with a 99 % interval (Wilson, 1927), and of the data. `judge` is the second
    network's forward; `certify` adds a proof where sweeping finds one. Raises AskError for networks
    that cannot be compared.
    """
    _check_comparable(first, second)
    clock, region = (budget or Budget()).start(), Region(first, conditions)
    rows, listed = _rows(first, region, data)
    differ = Classifier(first)(rows) != Classifier(second)(rows)
    details: dict[str, Any] = {"inputs": len(rows), "differ": int(differ.sum())}
    details |= _share(int(differ.sum()), len(rows), listed)
    if data is not None:
        mine = data.bits[region.holds(data.bits)]
        apart = int((Classifier(first)(mine) != Classifier(second)(mine)).sum())
        details["data"] = {"name": data.name, "rows": len(mine), "differ": apart}
    row: Bits | None = rows[differ][0] if differ.any() else None
    verdict, method = "different", "listed" if listed else "simulation"
    if row is None:
        verdict, method = "equivalent", "all inputs listed"
        if not listed:
            verdict, method, row = _proved(first, second, region, rows, clock)
    judge = judge or interpreter(second.net)
    evidence: list[Evidence] = []
    if row is not None:
        evidence = [Judged(_witness(second, row), judge)]
    elif certify and verdict == "equivalent":
        evidence = [Judged(one, judge) for one in _certificate(first, second, region, rows, clock)]
    bare = verdict == "equivalent" and not evidence
    return Answer(
        {"kind": "equivalent"},
        verdict,
        method,
        clock.spent,
        clock.budget,
        region.conditions,
        None if row is None else _witness(first, row),
        tuple(evidence),
        details,
        f"{method}, without a certificate" if bare else "",
    )


def _check_comparable(first: Logic, second: Logic) -> None:
    if first.inputs != second.inputs:
        raise AskError(
            f"the networks take {len(first.inputs)} and {len(second.inputs)} input bits, or name"
            " them differently; only networks of the same inputs are compared"
        )
    if first.registers or second.registers:
        raise AskError("a recurrent network is compared over steps from reset: give --steps N")
    encoders = [logic.net.meta.get("encoder") for logic in (first, second)]
    if None not in encoders and encoders[0] != encoders[1]:
        raise AskError("the networks encode their features differently: their bits do not match")
    names = [Classifier(logic).names for logic in (first, second)]
    if names[0] != names[1]:
        raise AskError(f"the networks decide between {names[0]} and {names[1]}")


def _rows(logic: Logic, region: Region, data: Data | None) -> tuple[Bits, bool]:
    """All inputs that count where they are few, else random ones; and whether it is all."""
    width = len(logic.inputs)
    if width > LISTED:
        return random_inputs(logic, region, VECTORS), False
    numbers = np.arange(1 << width)[:, None]
    every = (numbers >> np.arange(width) & 1).astype(np.uint8)
    return every[region.holds(every)], True


def _share(differ: int, count: int, listed: bool) -> dict[str, Any]:
    share = differ / count
    found = {"share": share, "exact": listed}
    return found if listed else found | {"interval": interval(differ, count)}


def interval(found: int, count: int) -> list[float]:
    """Wilson's 99 % interval of a share of which `found` in `count` were seen."""
    share, square = found / count, SURE * SURE
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = sqrt(share * (1 - share) / count + square / (4 * count * count))
    reach *= SURE / (1 + square / count)
    return [max(0.0, middle - reach), min(1.0, middle + reach)]


def _proved(
    first: Logic, second: Logic, region: Region, rows: NDArray[np.uint8], clock: Clock
) -> tuple[str, str, Bits | None]:
    """Verdict, method, and an input that tells the two apart."""
    if not region.conditions.sample and not region.conditions.states:
        place = {name: at for at, name in enumerate(region.inputs)}
        fixed = [[(place[n], bool(v))] for n, v in region.conditions.fixed.items()]
        one_graph, other_graph = (_class_bits(logic) for logic in (first, second))
        counting = [*region.care, *fixed]
        if equal_on(one_graph, other_graph, rows[:1024], counting, clock.left / 2):
            return "equivalent", "both graphs swept in one", None
    encoding = Encoding()
    one = encoding.copy(first)
    other = encoding.copy(second, one.inputs)
    encoding.condition(region, one.inputs)
    clauses = encoding.clauses
    pairs = zip(one.classes, other.classes, strict=True)
    apart = clauses.some([clauses.every([a, -b]) for a, b in pairs])
    with BoundedSolver(clauses) as asking:
        found = asking.can([apart], clock)
        row = np.array(asking.values(one.inputs), np.uint8) if found else None
    verdict = "undecided" if found is None else "different" if found else "equivalent"
    return verdict, "SAT on neurons, both networks", row


def _certificate(
    first: Logic, second: Logic, region: Region, rows: Bits, clock: Clock
) -> list[Certificate]:
    """A certificate that both have the same class bits; none where sweeping both did not do."""
    b, graphs = Builder(), [_class_bits(logic) for logic in (first, second)]
    inputs = [b.input(name) for name in region.inputs]
    made = [b.import_graph(graph, inputs) for graph in graphs]
    for mark, bits in zip(("", "'"), made, strict=True):
        for at, bit in enumerate(bits):
            b.output(f"class.{at}{mark}", bit)
    for at, (one, other) in enumerate(zip(*made, strict=True)):
        b.output(f"differ.{at}", b.xor(one, other))
    both, place = b.graph(), {name: at for at, name in enumerate(region.inputs)}
    counting = [[(place[name], value) for name, value in clause] for clause in region.clauses]
    counting += [[(place[n], bool(v))] for n, v in region.conditions.fixed.items()]
    apart = both.outputs.tolist()[2 * len(made[0]) :]
    steps = lemmas(both, apart, rows[:1024], counting, clock)
    if steps is None:
        return []
    ends = [Solver.literal(one) for one in both.outputs.tolist()]
    copies = []
    for at, logic in enumerate((first, second)):
        mine = ends[at * len(made[0]) :][: len(made[0])]
        outputs = dict(zip(Classifier(logic).bits, mine, strict=True))
        copies.append(Copy({n: k + 2 for n, k in place.items()}, {}, outputs, second=at == 1))
    conditions = [[k + 2 if value else -k - 2 for k, value in clause] for clause in counting]
    goal = [[Solver.literal(one) for one in apart]]
    claim = "both networks have the same class"
    return [Certificate(claim, gate_clauses(both), conditions, goal, [*steps, "0"], tuple(copies))]


def _class_bits(logic: Logic) -> Graph:
    graph, names = logic.flat, Classifier(logic).bits
    outputs = [graph.output_names.index(name) for name in names]
    inputs = np.arange(1, graph.first_and)
    cones = Cones(graph)
    return cones.cut(outputs, cones.nodes(outputs), inputs).renamed(
        graph.input_names, [f"class.{place}" for place in range(len(names))]
    )


def _witness(logic: Logic, row: Bits) -> Witness:
    classify = Classifier(logic)
    index = int(classify(row[None])[0])
    return Witness(logic.inputs, row[None], (Is(0, f"class={classify.names[index]}", 1),))
