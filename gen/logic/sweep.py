"""Merging nodes that are equal on the inputs that matter.

Nodes with the same values on a sample of inputs (up to complement) are candidates; each is proved
equal to the first of its class by SAT with the care set as clauses, inputs that tell two apart
join the sample, and what is proved is merged (Kuehlmann, Paruthi, Krohm, Ganai, "Robust Boolean
reasoning for equivalence checking and functional property verification", 2002).
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.logic.evaluate import evaluate_nodes, pack_vectors
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Clause, Solver

__all__ = ["Sweep", "candidates", "equal_on", "merge", "sweep"]

CONFLICTS = 2_000
"""Of one question about two nodes."""

Pairs = dict[int, int]
"""Node -> literal of an earlier node that it equals."""


@dataclass(frozen=True)
class Sweep:
    """What was proved equal, and how many questions ran out of budget."""

    proved: Pairs
    undecided: int


def candidates(graph: Graph, samples: NDArray[np.uint8]) -> Pairs:
    """Nodes whose values on samples (vectors, inputs) are those of an earlier node, the constant
    among them, or its complement."""
    vectors = len(samples)
    values = evaluate_nodes(graph, pack_vectors(samples))
    if vectors % 64:
        values[:, -1] &= np.uint64((1 << vectors % 64) - 1)
    flip = (values[:, 0] & np.uint64(1)).astype(bool)
    plain = np.where(flip[:, None], ~values, values)
    if vectors % 64:
        plain[:, -1] &= np.uint64((1 << vectors % 64) - 1)
    first: dict[bytes, int] = {}
    found: Pairs = {}
    for node in range(len(plain)):
        other = first.setdefault(plain[node].tobytes(), node)
        if other != node and node >= graph.first_and:
            found[node] = other << 1 | int(flip[node] != flip[other])
    return found


def sweep(
    graph: Graph, samples: NDArray[np.uint8], care: Iterable[Clause] = (), seconds: float = 60
) -> Sweep:
    """All nodes that are proved equal, on inputs that satisfy `care`, to an earlier one.

    `samples` (vectors, inputs) must satisfy it too. Stops after `seconds`; what is then not
    decided is counted, and not merged.
    """
    end = time.monotonic() + seconds
    proved: Pairs = {}
    given_up: set[int] = set()
    with Solver(graph, care) as solver:
        while True:
            apart = []
            for node, literal in candidates(graph, samples).items():
                if node in given_up or proved.get(node) == literal:
                    continue
                answer = None
                if time.monotonic() < end:
                    answer = solver.equal(node << 1, literal, CONFLICTS)
                if answer:
                    proved[node] = literal
                elif answer is None:
                    given_up.add(node)
                else:
                    apart.append(solver.witness())
            if not apart:
                return Sweep(proved, len(given_up))
            samples = np.concatenate([samples, np.stack(apart)])


def merge(graph: Graph, pairs: Pairs) -> Graph:
    """The graph in which every node of `pairs` is replaced by the earlier one."""
    alias = 2 * np.arange(graph.first_and + graph.n_ands)
    for node, literal in sorted(pairs.items()):
        alias[node] = alias[literal >> 1] ^ (literal & 1)
    fan_in = alias[graph.fan_in >> 1] ^ (graph.fan_in & 1)
    outputs = alias[graph.outputs >> 1] ^ (graph.outputs & 1)
    return Graph(graph.input_names, graph.output_names, fan_in, outputs).hashed()


def equal_on(
    first: Graph,
    second: Graph,
    samples: NDArray[np.uint8],
    care: Sequence[Clause] = (),
    seconds: float = 60,
) -> bool | None:
    """Whether two graphs of one interface agree on all inputs that satisfy `care`.

    None where that was not decided in `seconds`. Both are swept in one graph, so that what is
    equal inside is merged before the outputs are compared.
    """
    b = Builder()
    inputs = [b.input(name) for name in first.input_names]
    made = [b.import_graph(graph, inputs) for graph in (first, second)]
    for name, one, other in zip(first.output_names, *made, strict=True):
        b.output(name, b.xor(one, other))
    both = b.graph()
    swept = merge(both, sweep(both, samples, care, seconds).proved)
    with Solver(swept, care) as solver:
        answers = [solver.can([one], 100 * CONFLICTS) for one in swept.outputs.tolist() if one]
    if True in answers:
        return False
    return None if None in answers else True
