"""Proving a flat graph equal to one that is cut at activations, from cut to cut.

What stands behind activations is hard to compare as a function of the inputs: few of their codes
come up in a simulation, so sweeping asks about thousands of nodes that only look equal. Of 1,953
LUTs of a dense network of 2-bit weights it gave no verdict in 300 s; from cut to cut it takes
three.

An activation whose value a node of the flat graph has on random inputs is guessed to be that node.
Layer after layer that is proved, with what was proved of the layers before as free inputs: the two
functions are the same whatever these are, so they are on what they can be. A guess that fails costs
only that its activation is not free afterwards.
"""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gen.logic.aiger import aiger_bytes, parse_aiger
from gen.logic.evaluate import evaluate_nodes, evaluate_words
from gen.logic.graph import Builder, Graph
from gen.logic.named import layer_of
from gen.logic.sections import cut_names, flatten
from gen.tools.abc import transform
from gen.tools.tool import ToolFailed

__all__ = ["MANY", "equal_by_cuts", "proved_by_cuts"]

MANY = 3_000
"""ANDs from which on a graph is compared from cut to cut first; a smaller one as it is, which takes
seconds."""

WORDS = 64
"""Random vectors, 64 to a word, on which activations are looked for."""
SWEEP = ("&get", "&fraig -x -C 2000", "&put")
"""What compares two functions: ten times as many conflicts prove nothing more, and take longer."""

Literals = dict[str, int]


def proved_by_cuts(sections: Graph | None, made: Graph, seconds: float = 300) -> bool:
    """Whether `made` has many ANDs and is proved so; False says nothing of it."""
    if sections is None or made.n_ands < MANY:
        return False
    return equal_by_cuts(sections, made, seconds) >= set(made.output_names)


def equal_by_cuts(sections: Graph, made: Graph, seconds: float = 300) -> frozenset[str]:
    """Which outputs of `made` are proved to be those of the network that `sections` is cut at
    activations of.

    `made` is flat: it has the inputs of `sections` that are no activations, in any order, and some
    of its outputs, activations among them. What `seconds` do not suffice for is not proved.
    """
    inputs = set(sections.input_names) - set(cut_names(sections))
    if inputs != set(made.input_names) or not set(made.output_names) <= set(sections.output_names):
        return frozenset()
    end = time.monotonic() + seconds
    answers = dict(zip(made.output_names, made.outputs.tolist(), strict=True))
    layers: dict[str, Literals] = {}
    for name, literal in _guessed(sections, made, answers).items():
        layers.setdefault(layer_of(name), {})[name] = literal
    known: list[Literals] = []
    for ends in (*layers.values(), answers):
        known.append(_proved(sections, made, known, ends, end))
    return frozenset(name for layer in known for name in layer if name in answers)


def _proved(
    sections: Graph, made: Graph, known: Sequence[Literals], ends: Literals, end: float
) -> Literals:
    """Which of `ends` are proved, with what is `known` of the layers before free: of all of them,
    then of those but the last, and so on, for `made` may read of a layer what `sections` does not.
    Never with nothing free, where something could be: that is what the graphs were cut for.
    """
    proved = {name: one for layer in known for name, one in layer.items() if name in ends}
    for count in range(len(known), min(1, len(known)) - 1, -1):
        free = {name: one for layer in known[:count] for name, one in layer.items()}
        asked = {name: literal for name, literal in ends.items() if name not in proved}
        left = end - time.monotonic()
        if asked and left > 0:
            equal = _equal(*_cut(sections, made, free, asked), left)
            proved |= {name: literal for name, literal in asked.items() if name in equal}
    return proved


def _guessed(sections: Graph, made: Graph, given: Mapping[str, int]) -> Literals:
    """Activations and the literals of ANDs of `made` that have their values on random inputs;
    those in `given` are what it says."""
    names = cut_names(sections)
    flat = flatten(sections, keep=names)
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 64, (made.n_inputs, WORDS), dtype=np.uint64)
    nodes = evaluate_nodes(made, words)
    words = words[[made.input_names.index(name) for name in flat.input_names]]
    values = dict(zip(flat.output_names, evaluate_words(flat, words), strict=True))
    places: dict[bytes, int] = {}
    for node in range(len(nodes)):
        places.setdefault(_signed(nodes[node])[0], node)
    found: Literals = {}
    for name in names:
        key, flip = _signed(values[name])
        literal = given.get(name)
        if literal is None and key in places:
            node = places[key]
            literal = node << 1 | int(flip != _signed(nodes[node])[1])
        if literal is not None and literal >> 1 >= made.first_and:
            found[name] = literal
    return found


def _signed(row: NDArray[np.uint64]) -> tuple[bytes, bool]:
    """A signal's values, complemented where the first is 1, and whether they were."""
    flip = bool(row[0] & np.uint64(1))
    return (~row if flip else row).tobytes(), flip


def _cut(
    sections: Graph, made: Graph, free: Literals, ends: Mapping[str, int]
) -> tuple[Graph, Graph]:
    """Both, cut at the activations in `free` alone, with `ends` as outputs: activations and
    answers, and the literals of `made` that they are. Activations of one node are one input."""
    nodes = list(dict.fromkeys(literal >> 1 for literal in free.values()))
    inputs = (*made.input_names, *(f"node {node}" for node in nodes))
    place = {node: made.first_and + at << 1 for at, node in enumerate(nodes)}

    joined = flatten(sections, tuple(ends), tuple(free))
    known = {name: at << 1 for at, name in enumerate(made.input_names, 1)}
    known |= {name: place[literal >> 1] ^ (literal & 1) for name, literal in free.items()}
    reads = [0, *(known[name] for name in joined.input_names)]
    own = dict(zip(joined.output_names, joined.outputs.tolist(), strict=True))
    one = _renumbered(joined, inputs, reads, {}, {name: own[name] for name in ends})
    return one, _renumbered(made, inputs, range(0, 2 * made.first_and, 2), place, ends)


def _renumbered(
    graph: Graph,
    inputs: Sequence[str],
    reads: Sequence[int],
    free: Mapping[int, int],
    ends: Mapping[str, int],
) -> Graph:
    """The graph over other inputs: `reads` are the literals of its constant and inputs, `free`
    those of ANDs that are inputs there."""
    own = 2 * (np.arange(graph.n_ands) + len(inputs) + 1)
    places = np.concatenate([np.array(reads, np.int64), own])
    for node, literal in free.items():
        places[node] = literal
    fan_in = places[graph.fan_in >> 1] ^ (graph.fan_in & 1)
    roots = np.array([*ends.values()], np.int64)
    outputs = places[roots >> 1] ^ (roots & 1)
    return Graph(tuple(inputs), tuple(ends), fan_in, outputs).hashed()


def _equal(one: Graph, other: Graph, seconds: float) -> frozenset[str]:
    """Outputs whose difference sweeping makes the constant 0."""
    b = Builder()
    inputs = [b.input(name) for name in one.input_names]
    ends = [b.import_graph(graph, inputs) for graph in (one, other)]
    for name, first, second in zip(one.output_names, *ends, strict=True):
        b.output(name, b.xor(first, second))
    try:
        made = transform(aiger_bytes(b.graph(), False), SWEEP, "out.aig", seconds)
    except ToolFailed:
        return frozenset()
    swept = parse_aiger(made, "ABC's result")
    pairs = zip(one.output_names, swept.outputs.tolist(), strict=True)
    return frozenset(name for name, literal in pairs if literal == 0)
