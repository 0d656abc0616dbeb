"""Two copies of a network that differ in some inputs only: by simulation, and for a solver."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.budget import Clock
from gen.ask.network.conditions import Region
from gen.ask.network.sources import Source
from gen.logic.evaluate import evaluate_words, pack_vectors
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver

__all__ = ["Trial", "TwoCopies", "decide", "supports"]

Bits: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]

SLICE = 2_000
"""Conflicts after which the clock is looked at."""


class Trial:
    """Inputs of a graph on which sources are changed, one after the other; all of them satisfy
    the conditions. `rows` uint8 (n, graph's inputs)."""

    def __init__(self, graph: Graph, rows: Bits, region: Region) -> None:
        self.graph, self.region, self.count = graph, region, len(rows)
        self.words = pack_vectors(rows)
        self.outputs = evaluate_words(graph, self.words)

    def changed(self, source: Source, shift: int = 1) -> tuple[Words, NDArray[np.uint64]]:
        """The inputs (inputs, width) after a change of the source, and which of them count.

        A single bit is flipped; several take the values that they have 64 * `shift` rows on.
        """
        second, places = self.words.copy(), source.places
        if len(places) == 1:
            second[places] = ~second[places]
        else:
            second[places] = np.roll(second[places], shift, axis=1)
        counts = np.bitwise_or.reduce(second[places] ^ self.words[places], axis=0)
        if not self.region.everywhere:
            counts &= evaluate_words(self.region.graph, second[: len(self.region.inputs)])[0]
        if self.count % 64:
            counts[-1] &= np.uint64((1 << self.count % 64) - 1)
        return second, counts

    def differing(self, source: Source, shift: int = 1) -> dict[str, tuple[Bits, Bits]]:
        """Outputs that a change of the source changes, each with the first two rows that show it:
        uint8 (graph's inputs,) before and after."""
        second, counts = self.changed(source, shift)
        if not counts.any():
            return {}
        apart = (self.outputs ^ evaluate_words(self.graph, second)) & counts
        found = {}
        for at in np.flatnonzero(apart.any(axis=1)).tolist():
            word = int((apart[at] != 0).argmax())
            value = int(apart[at, word])
            bit = np.uint64((value & -value).bit_length() - 1)
            pair = [words[:, word] >> bit & np.uint64(1) for words in (self.words, second)]
            first, other = (column.astype(np.uint8) for column in pair)
            found[self.graph.output_names[at]] = first, other
        return found


def supports(graph: Graph) -> list[int]:
    """Which inputs a path leads from to each output, as a number with bit i for input i."""
    found = [0, *(1 << at for at in range(graph.n_inputs))]
    for a, b in (graph.fan_in >> 1).tolist():
        found.append(found[a] | found[b])
    return [found[node] for node in (graph.outputs >> 1).tolist()]


class TwoCopies:
    """Both copies in one graph, sharing all that the source does not reach.

    Inputs are the source's graph's, then the changed bits under the names NAME'. Outputs: "holds"
    (both satisfy the conditions), and for each output NAME of the source's graph NAME, NAME', and
    "NAME differs".
    """

    def __init__(self, source: Source, region: Region) -> None:
        self.source, width = source, len(region.inputs)
        b, names = Builder(), source.graph.input_names
        first = [b.input(name) for name in names]
        second = list(first)
        for place in source.places:
            second[place] = b.input(f"{names[place]}'")
        one, two = (b.import_graph(source.graph, copy) for copy in (first, second))
        b.output("holds", b.and_(region.add(b, first[:width]), region.add(b, second[:width])))
        for name, x, y in zip(source.graph.output_names, one, two, strict=True):
            b.output(name, x)
            b.output(f"{name}'", y)
            b.output(f"{name} differs", b.xor(x, y))
        self.graph = b.graph()
        self.literals = dict(zip(self.graph.output_names, self.graph.outputs.tolist(), strict=True))

    def rows(self, witness: Bits) -> tuple[Bits, Bits]:
        """Inputs of both copies (graph's inputs,) from an input of the graph of both."""
        width = self.source.graph.n_inputs
        first = witness[:width]
        second = first.copy()
        second[self.source.places] = witness[width:]
        return first, second


def decide(solver: Solver, literals: Sequence[int], clock: Clock) -> bool | None:
    """Whether all literals can be 1 at once, None where the budget ran out first."""
    spent = 0
    while spent < clock.budget.conflicts and not clock.over:
        answer = solver.can(literals, min(SLICE, clock.budget.conflicts - spent))
        if answer is not None:
            return answer
        spent += SLICE
    return None
