"""Parts of a netlist that read a few signals, made anew where some patterns of these never occur.

A part is a cell and cells before it. Patterns that no sample shows are taken not to matter; where
that saves cells, the solver is asked whether those occur on which the part now differs, and the
part stays as it was where one does. So every signal that is left keeps its value on all inputs that
satisfy the care set, and what is found for two parts holds together.
Mishchenko, Brayton, Jiang, Jang, "Scalable don't-care-based logic optimization and resynthesis",
2011, with whole parts in place of single nodes.
"""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen.logic.evaluate import evaluate
from gen.logic.solver import Clause, Solver
from gen.logic.sweep import CONFLICTS
from gen.map.assemble import Assembler, Wire
from gen.map.netlist import Cell, Netlist
from gen.map.resynthesis.decompose import MOST, decompose
from gen.map.resynthesis.function import Function, Lut, Signal, luts_of, number_of

__all__ = ["made_anew"]

Bits = NDArray[np.uint8]
TRIES = 3
"""Of a part whose patterns turn out to occur."""


class Part(NamedTuple):
    """A cell by its signal, the signals that it is read as a function of, and the cells between,
    itself last, in order."""

    root: int
    leaves: tuple[int, ...]
    cells: tuple[int, ...]


def made_anew(netlist: Netlist, care: Sequence[Clause], samples: Bits, end: float) -> Netlist:
    """The netlist with parts made anew, equal on all inputs that satisfy `care` as `samples`
    (vectors, inputs) do. Stops at the time `end` of the process's clock."""
    return _Anew(netlist, care, samples, end).run()


class _Anew:
    def __init__(self, netlist: Netlist, care: Sequence[Clause], samples: Bits, end: float) -> None:
        self.netlist, self.end, self.first = netlist, end, netlist.n_inputs
        signals = range(self.first + len(netlist.cells))
        self.graph = netlist.to_graph([(f"signal {one}", one) for one in signals])
        self.literals = self.graph.outputs[len(netlist.outputs) :].tolist()
        self.values = evaluate(self.graph, samples)[:, len(netlist.outputs) :]
        self.care = care
        self.new: dict[int, Lut] = {}
        self.readers = [0] * len(signals)
        for source in self._read():
            self.readers[source] += 1

    def _read(self) -> Iterator[int]:
        yield from (source for cell in self.netlist.cells for source in cell.fan_in)
        yield from (end for _, end in self.netlist.outputs if end >= 0)

    def run(self) -> Netlist:
        with Solver(self.graph, self.care) as solver:
            for root in reversed(range(self.first, self.first + len(self.netlist.cells))):
                if time.process_time() > self.end:
                    break
                if self.readers[root]:
                    self._try(root, solver)
        return self._assembled()

    def _try(self, root: int, solver: Solver) -> None:
        for part in self._parts(root):
            freed = self._freed(part)
            made = self._smaller(part, len(freed) - 1, solver) if len(freed) > 1 else None
            if made is not None:
                self._replace(part, freed, made)
                return

    def _parts(self, root: int) -> Iterator[Part]:
        """Parts that end in a cell, largest first: cells are taken in that add fewest leaves."""
        leaves, cells = set(self._cell(root).fan_in), [root]
        found = []
        while True:
            ways = []
            for leaf in leaves:
                if leaf >= self.first and leaf not in self.new:
                    made = (leaves - {leaf}) | set(self._cell(leaf).fan_in)
                    if len(made) <= MOST:
                        ways.append((len(made), self.readers[leaf] > 1, -leaf, made))
            if not ways:
                break
            _, _, leaf, leaves = min(ways, key=lambda way: way[:3])
            cells.append(-leaf)
            found.append(Part(root, tuple(sorted(leaves)), tuple(sorted(cells))))
        return iter(found[:-3:-1])

    def _cell(self, signal: int) -> Cell:
        return self.netlist.cells[signal - self.first]

    def _freed(self, part: Part) -> set[int]:
        """Cells of a part that nothing reads once its root is made otherwise, the root too."""
        freed = {part.root}
        gone: dict[int, int] = {}
        for cell in reversed(part.cells):
            if cell in freed:
                for source in self._cell(cell).fan_in:
                    gone[source] = gone.get(source, 0) + 1
                    if source in part.cells and gone[source] == self.readers[source]:
                        freed.add(source)
        return freed

    def _smaller(self, part: Part, most: int, solver: Solver) -> Lut | None:
        """A part as at most so many cells, the same on all patterns that occur; None where none is
        found."""
        size = len(part.leaves)
        rows = self.values[:, list(part.leaves)].astype(np.int64) @ (1 << np.arange(size))
        open_ = np.bincount(rows, minlength=1 << size) > 0
        if open_.all():
            return None
        value = self._table(part)
        for _ in range(TRIES):
            sides = (number_of(value & open_), number_of(~value & open_))
            made = decompose(Function(part.leaves, *sides), self.netlist.k, most)
            if made is None:
                return None
            wrong = np.flatnonzero((_evaluated(made, part.leaves) != value) & ~open_)
            occurs = [row for row in wrong.tolist() if self._occurs(part, row, solver)]
            if not occurs:
                return made
            open_[occurs] = True
        return None

    def _table(self, part: Part) -> NDArray[np.bool_]:
        """The root's value for each pattern of the leaves, the first one's bit lowest."""
        known = {leaf: _column(at, len(part.leaves)) for at, leaf in enumerate(part.leaves)}
        for one in part.cells:
            cell = self._cell(one)
            known[one] = _looked_up(cell.table, [known[source] for source in cell.fan_in])
        return known[part.root].astype(bool)

    def _occurs(self, part: Part, row: int, solver: Solver) -> bool:
        """Whether a pattern occurs, or may, as far as is known."""
        at = [self.literals[leaf] ^ (~row >> k & 1) for k, leaf in enumerate(part.leaves)]
        return time.process_time() > self.end or solver.can(at, CONFLICTS) is not False

    def _replace(self, part: Part, freed: set[int], made: Lut) -> None:
        self.new[part.root] = made
        for one in freed:
            for source in self._cell(one).fan_in:
                self.readers[source] -= 1
        for lut in luts_of(made):
            for read in lut.fan_in:
                if isinstance(read, int):
                    self.readers[read] += 1

    def _assembled(self) -> Netlist:
        assembler = Assembler(self.netlist.inputs)
        wires: dict[int, Wire] = {at: (at, False) for at in range(-2, self.first)}
        for signal in self._in_order():
            if signal in self.new:
                wires[signal] = _added(assembler, self.new[signal], wires)
            else:
                cell = self._cell(signal)
                wires[signal] = assembler.add([wires[one] for one in cell.fan_in], cell.table)
        ends = {name: wires[signal] for name, signal in self.netlist.outputs}
        return assembler.finish(ends, self.netlist.k)

    def _in_order(self) -> Iterator[int]:
        """Cells that are read, each after those that it reads: leaves come before their root."""
        for signal in range(self.first, self.first + len(self.netlist.cells)):
            if self.readers[signal]:
                yield signal


def _column(at: int, size: int) -> NDArray[np.int64]:
    return np.arange(1 << size) >> at & 1


def _looked_up(table: int, columns: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """A table's values (rows,) for columns of its inputs' values (rows,)."""
    rows = np.stack(columns, axis=1) @ (1 << np.arange(len(columns)))
    return np.array([table >> row & 1 for row in rows.tolist()])


def _evaluated(made: Lut, leaves: Sequence[int]) -> NDArray[np.bool_]:
    """The value of what was made for each pattern of the leaves."""
    known: dict[Signal, NDArray[np.int64]] = {
        leaf: _column(at, len(leaves)) for at, leaf in enumerate(leaves)
    }
    for lut in luts_of(made):
        columns = [known[one] for one in lut.fan_in]
        known[lut] = _looked_up(lut.table, columns) if columns else lut.table + 0 * known[leaves[0]]
    return known[made].astype(bool)


def _added(assembler: Assembler, made: Lut, wires: dict[int, Wire]) -> Wire:
    own: dict[Lut, Wire] = {}
    for lut in luts_of(made):
        sources = [wires[one] if isinstance(one, int) else own[one] for one in lut.fan_in]
        own[lut] = assembler.add(sources, lut.table)
    return own[made]
