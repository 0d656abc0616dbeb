"""Don't-cares of a mapped netlist: input patterns of a LUT that never occur.

Two sources, kept apart. The care set: patterns that no valid input gives, proved by SAT; the
netlist stays equal on every valid input. Data: patterns that a sample never gives, taken as never
occurring; that changes the function, and is for those who ask for it (`--trust-data`).

A LUT that may answer anything for such patterns often needs an input less, and falls away once it
needs one only; signals that are equal where it matters become one.
Satisfiability don't-cares of LUTs: Mishchenko, Brayton, Jiang, Jang, "Scalable don't-care-based
logic optimization and resynthesis", 2011.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gen.logic.evaluate import evaluate
from gen.logic.solver import Clause, Solver
from gen.logic.sweep import CONFLICTS, candidates, sweep
from gen.map.assemble import Assembler, Wire, cofactor
from gen.map.netlist import Cell, Netlist

__all__ = ["Restricted", "narrowed", "on_data"]

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Restricted:
    """A netlist that answers as before where it matters, and what was gained."""

    netlist: Netlist
    merged: int
    narrowed: int
    undecided: int


def narrowed(netlist: Netlist, care: Sequence[Clause], samples: Bits, end: float) -> Restricted:
    """A smaller netlist equal on all inputs that satisfy `care`, by questions to the solver.

    `samples` (vectors, inputs) satisfy it too. A pattern or an equality that is not proved in the
    budget, or by the time `end` of the process's clock, is kept as it was, and counted.
    """
    probe = _Probe(netlist)
    found = sweep(probe.graph, samples, care, (end - time.process_time()) / 2)
    allowed = probe.patterns(samples)
    undecided = found.undecided
    with Solver(probe.graph, care) as solver:
        for index, cell in enumerate(netlist.cells):
            for row in range(1 << len(cell.fan_in)):
                if not allowed[index] >> row & 1:
                    answer = None
                    if time.process_time() < end:
                        answer = solver.can(probe.pattern(cell, row), CONFLICTS)
                    undecided += answer is None
                    allowed[index] |= (answer is not False) << row
    made = _restricted(netlist, allowed, probe.aliases(found.proved))
    return replace(made, undecided=undecided)


def on_data(netlist: Netlist, samples: Bits) -> Restricted:
    """A smaller netlist that answers the same on these samples (vectors, inputs), and maybe
    something else on any other input."""
    probe = _Probe(netlist)
    aliases = probe.aliases(candidates(probe.graph, samples))
    return _restricted(netlist, probe.patterns(samples), aliases)


class _Probe:
    """A netlist as a graph with every signal as an output."""

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        signals = range(netlist.n_inputs + len(netlist.cells))
        self.graph = netlist.to_graph([(f"signal {signal}", signal) for signal in signals])
        self.literals = self.graph.outputs[len(netlist.outputs) :].tolist()

    def pattern(self, cell: Cell, row: int) -> list[int]:
        """The literals that are all 1 where the cell's inputs are this row of its table."""
        return [self.literals[s] ^ (~row >> at & 1) for at, s in enumerate(cell.fan_in)]

    def patterns(self, samples: Bits) -> list[int]:
        """For each cell the rows of its table that the samples reach, as a mask."""
        values = evaluate(self.graph, samples)[:, len(self.netlist.outputs) :].astype(np.int64)
        masks = []
        for cell in self.netlist.cells:
            rows = sum(values[:, signal] << at for at, signal in enumerate(cell.fan_in))
            masks.append(sum(1 << row for row in np.unique(rows).tolist()))
        return masks

    def aliases(self, equal: dict[int, int]) -> dict[int, Wire]:
        """Signals that equal an earlier signal or a constant, from equal nodes of the graph."""
        first: dict[int, tuple[int, int]] = {0: (-1, 0)}
        found: dict[int, Wire] = {}
        for signal, literal in enumerate(self.literals):
            node, flip = literal >> 1, literal & 1
            if node in equal:
                node, flip = equal[node] >> 1, flip ^ (equal[node] & 1)
            if node in first and signal >= self.netlist.n_inputs:
                other, polarity = first[node]
                found[signal] = other, bool(flip ^ polarity)
            first.setdefault(node, (signal, flip))
        return found


def _restricted(netlist: Netlist, allowed: list[int], aliases: dict[int, Wire]) -> Restricted:
    """The netlist with equal signals joined and every table as narrow as its rows allow."""
    assembler = Assembler(netlist.inputs)
    wires: dict[int, Wire] = {-1: (-1, False), -2: (-2, False)}
    wires |= {at: (at, False) for at in range(netlist.n_inputs)}
    narrowed = 0
    for index, cell in enumerate(netlist.cells):
        signal = netlist.n_inputs + index
        if signal in aliases:
            other, flip = aliases[signal]
            wires[signal] = wires[other][0], wires[other][1] != flip
            continue
        table, fan_in = _narrow(cell.table, list(cell.fan_in), allowed[index])
        narrowed += len(cell.fan_in) - len(fan_in)
        wires[signal] = assembler.add([wires[source] for source in fan_in], table)
    ends = {name: wires[signal] for name, signal in netlist.outputs}
    return Restricted(assembler.finish(ends, netlist.k), len(aliases), narrowed, 0)


def _narrow(table: int, fan_in: list[int], allowed: int) -> tuple[int, list[int]]:
    """A table over fewer inputs that agrees on the allowed rows."""
    table &= allowed
    for at in reversed(range(len(fan_in))):
        size = len(fan_in)
        zero, one = (cofactor(table, size, at, value) for value in (0, 1))
        open_zero, open_one = (cofactor(allowed, size, at, value) for value in (0, 1))
        if not (zero ^ one) & open_zero & open_one:
            table, allowed = zero | one, open_zero | open_one
            del fan_in[at]
    return table, fan_in
