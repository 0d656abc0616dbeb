"""Functions of few inputs made anew from their whole truth tables.

What rewriting makes of a function depends on the form it was given. Here every output of up to 16
inputs is listed, built as a decision diagram, and rewritten from there; where that takes fewer ANDs
than what the passes came to, it takes its place, after it was compared on all its inputs again.
On digits that leaves 2,293 ANDs of 2,306, on cancer 175 of 179. Mapping gains nothing by it: it
starts from counts.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.logic.cones import Cones
from gen.logic.evaluate import evaluate_words
from gen.logic.graph import Builder, Graph
from gen.logic.words import truth_table
from gen.simplify.ledger import Row
from gen.simplify.passes import Pass, compress, orchestrate, usable
from gen.simplify.proved import Workers, run_passes

__all__ = ["MOST_INPUTS", "from_tables"]

MOST_INPUTS = 16
LISTED = 1 << 21
"""Most rows of all tables together; outputs after them stay as they are."""
AFTER: tuple[Pass, ...] = (compress, orchestrate)

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class _Listed:
    """An output, the inputs that it reads, and its values: value at sum(input[k] << k)."""

    name: str
    inputs: tuple[str, ...]
    values: Bits


def from_tables(graph: Graph, workers: Workers) -> tuple[Graph, Row]:
    """The graph with outputs of few inputs made from their tables where that is smaller.

    Returns the graph and its row in the ledger: proved "exhaustive", or why it was undone.
    """
    start = time.monotonic()
    listed = list(_listed(graph))
    made = graph
    if listed:
        built = _built(graph.input_names, listed)
        (result,) = run_passes([built], usable(AFTER), workers, "tables")
        made = _smaller(graph, result.graph, [one.name for one in listed])
    spent = time.monotonic() - start
    proof = "exhaustive" if made.n_ands < graph.n_ands else "undone: no gain"
    start = time.monotonic()
    if made.n_ands < graph.n_ands and not _same(listed, made):
        proof = "undone: not proved"
    kept = made if proof == "exhaustive" else graph
    times = round(spent, 3), proof, round(time.monotonic() - start, 3)
    return kept, Row("tables", "sections", kept.n_ands, kept.depth, None, *times)


def _listed(graph: Graph) -> Iterator[_Listed]:
    cones, rows = Cones(graph), 0
    for name in graph.output_names:
        cone = cones.select([name])
        if 1 < cone.n_inputs <= MOST_INPUTS and rows + (1 << cone.n_inputs) <= LISTED:
            rows += 1 << cone.n_inputs
            yield _Listed(name, cone.input_names, _values(cone, cone.input_names))


def _values(cone: Graph, inputs: Sequence[str]) -> Bits:
    """The values of a graph's one output for all values of `inputs`, of which it reads some."""
    count = 1 << len(inputs)
    rows = np.arange(max(64, count))
    place = {name: at for at, name in enumerate(inputs)}
    bits = [rows >> place[name] & 1 for name in cone.input_names]
    packed = [np.packbits(one.astype(np.uint8), bitorder="little").view(np.uint64) for one in bits]
    words = np.array(packed, dtype=np.uint64).reshape(len(packed), len(rows) // 64)
    found = evaluate_words(cone, words).view(np.uint8)
    return np.unpackbits(found, bitorder="little")[:count]


def _built(inputs: Sequence[str], listed: Sequence[_Listed]) -> Graph:
    """All tables as decision diagrams, what changes the value most often asked first."""
    b = Builder()
    signals = {name: b.input(name) for name in inputs}
    for one in listed:
        cube = one.values.reshape((2,) * len(one.inputs))
        # Axis 0 of the cube is the last input.
        changes = [int((cube.take(0, at) != cube.take(1, at)).sum()) for at in range(cube.ndim)]
        order = sorted(range(cube.ndim), key=lambda at: (-changes[at], at))
        ordered = np.packbits(cube.transpose(order).ravel(), bitorder="little")
        table = int.from_bytes(ordered.tobytes(), "little")
        read = [signals[one.inputs[cube.ndim - 1 - at]] for at in reversed(order)]
        b.output(one.name, truth_table(b, table, read))
    return b.graph()


def _smaller(graph: Graph, other: Graph, names: Sequence[str]) -> Graph:
    """The graph with those of the named outputs taken from `other` whose cones are smaller."""
    old, new = Cones(graph), Cones(other)
    b = Builder()
    inputs = [b.input(name) for name in graph.input_names]
    signals = dict(zip(graph.output_names, b.import_graph(graph, inputs), strict=True))
    anew = dict(zip(other.output_names, b.import_graph(other, inputs), strict=True))
    for name in names:
        if len(new.nodes([new.places[name]])) < len(old.nodes([old.places[name]])):
            signals[name] = anew[name]
    for name in graph.output_names:
        b.output(name, signals[name])
    return b.graph()


def _same(listed: Sequence[_Listed], graph: Graph) -> bool:
    """Whether all listed outputs have their values in this graph too."""
    cones = Cones(graph)
    return all((_values(cones.select([o.name]), o.inputs) == o.values).all() for o in listed)
