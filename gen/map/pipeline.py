"""Pipeline stages: where registers cut the mapped logic, by LUT depth.

A stage holds at most `depth` LUTs on any path, and there are as few stages as that allows. A signal
that a later stage reads crosses one register for every boundary, so cells off the critical path go
to the stages where the fewest registers are needed. A carry (`gen.map.carries`) has no register
behind it; where its neighbours can be in its stage, and that takes fewer logic cells, they are.
The choice is exact: minimum-area retiming
under a period constraint is a linear program over differences, whose corners are whole numbers
(Leiserson and Saxe, "Retiming synchronous circuitry", 1991, sections 7 and 8); HiGHS solves it.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from gen.errors import SmeltError
from gen.map.carries import Carry, carries, logic_luts
from gen.map.netlist import Cell, Netlist
from gen.map.registers import behind_loop

__all__ = ["PipelineError", "count_part", "count_registers", "logic_cells", "pipeline"]

MOST_PAIRS = 2_000_000
"""Pairs of cells too far apart for one stage; more of them than this take too much memory."""


WAITING = 6
"""Bits more than a stage has LUTs, in each part of a long count: 1,400 tables whose votes are
counted by tens take 3,493 logic cells in stages of 22 LUTs where parts have 28 bits, 3,590 where
they have 36, 3,657 where 20, and 4,277 as a whole."""


class PipelineError(SmeltError):
    """A pipeline that cannot be."""


def pipeline(netlist: Netlist, depth: int) -> Netlist:
    """The netlist with its cells in as few stages of at most `depth` LUTs as it takes.

    Among all such assignments, one with the fewest registers. Raises PipelineError for a depth
    below 1, and where the choice is too large (MOST_PAIRS) or HiGHS finds no answer.
    """
    if depth < 1:
        raise PipelineError(f"stages of {depth} LUTs; at least 1 is needed")
    if netlist.registers:
        return behind_loop(netlist, lambda answers: pipeline(answers, depth), depth)
    if netlist.depth <= depth:
        return _staged(netlist, [0] * len(netlist.cells), 1)
    latency = -(-netlist.depth // depth)
    staged = _staged(netlist, _Program(netlist, depth, latency).solve(), latency)
    found = carries(netlist)
    if not found:
        return staged
    program = _Program(netlist, depth, latency)
    program.keep_together(found)
    try:
        together = _staged(netlist, program.solve(), latency)
    except PipelineError:
        return staged
    return min(staged, together, key=logic_cells)


def count_part(depth: int) -> int:
    """The bits of each part that long counts are made of for stages of so many LUTs
    (`gen.logic.count.in_parts`)."""
    return depth + WAITING


def _staged(netlist: Netlist, stages: list[int], latency: int) -> Netlist:
    cells = [
        Cell(c.table, c.fan_in, c.name, c.layer, level, stage)
        for c, level, stage in zip(netlist.cells, netlist.levels(), stages, strict=True)
    ]
    return netlist.with_cells(cells, latency)


class _Program:
    """The linear program: a stage for every cell, and for every signal the last stage it reaches.

    Variables are the stages of all cells, then the last stages of all signals; each constraint
    says that one of them is at least another plus a constant.
    """

    def __init__(self, netlist: Netlist, depth: int, latency: int) -> None:
        self.netlist = netlist
        self.latency = latency
        self.n_cells = len(netlist.cells)
        self.rows: list[tuple[int, int, int]] = []
        self.first = np.zeros(netlist.n_inputs + self.n_cells, dtype=bool)
        for earlier, later in _too_far(netlist, depth):
            self.rows.append((earlier, later, 1))
        for at, cell in enumerate(netlist.cells):
            for signal in cell.fan_in:
                self.first[signal] = True
                self.rows.append((at, self.n_cells + signal, 0))
                if signal >= netlist.n_inputs:
                    self.rows.append((signal - netlist.n_inputs, at, 0))

    def keep_together(self, found: Mapping[int, Carry]) -> None:
        """Carries get no registers: the LUTs beside them and all that reads them are in a stage."""
        first = self.netlist.n_inputs
        for carry, one in found.items():
            self.rows.append((one.beside - first, carry - first, 0))
            self.rows.append((carry - first, one.beside - first, 0))
        for at, cell in enumerate(self.netlist.cells):
            self.rows += [(at, signal - first, 0) for signal in cell.fan_in if signal in found]

    def solve(self) -> list[int]:
        """The stage of every cell."""
        n_inputs, signals = self.netlist.n_inputs, len(self.first)
        ends = [signal for _, signal in self.netlist.outputs if signal >= 0]
        used = self.first.copy()
        used[ends] = True
        cost = np.concatenate([-used[n_inputs:].astype(float), used.astype(float)])
        low = np.zeros(self.n_cells + signals)
        high = np.full(self.n_cells + signals, self.latency, dtype=float)
        high[: self.n_cells] -= 1
        low[self.n_cells + np.array(ends, dtype=int)] = self.latency
        answer = linprog(
            cost, *self._constraints(), bounds=np.stack([low, high], axis=1), method="highs-ds"
        )
        if answer.status != 0:
            raise PipelineError(
                f"no stages for {self.n_cells} cells ({answer.message}): use deeper stages"
            )
        return np.rint(answer.x[: self.n_cells]).astype(int).tolist()

    def _constraints(self) -> "tuple[csr_array, np.ndarray]":
        """Matrix and bounds: variable[earlier] - variable[later] <= -apart."""
        rows = np.array(self.rows)
        count = len(rows)
        values = np.repeat([1.0, -1.0], count)
        places = np.tile(np.arange(count), 2), np.concatenate([rows[:, 0], rows[:, 1]])
        shape = count, self.n_cells + len(self.first)
        return csr_array((values, places), shape=shape), -rows[:, 2].astype(float)


def _too_far(netlist: Netlist, depth: int) -> Iterator[tuple[int, int]]:
    """Pairs of cells whose longest path holds `depth` + 1 cells: they need two stages.

    Longer paths hold such a pair, so these are all that matter.
    """
    count = 0
    # Per cell: the cells at or before it, and the most cells on a path from each to it.
    before: list[dict[int, int]] = []
    for at, cell in enumerate(netlist.cells):
        reach = {at: 1}
        for signal in cell.fan_in:
            if signal >= netlist.n_inputs:
                for source, length in before[signal - netlist.n_inputs].items():
                    if length <= depth:
                        reach[source] = max(reach.get(source, 0), length + 1)
        before.append(reach)
        for source, length in reach.items():
            if length == depth + 1:
                yield source, at
                count += 1
        if count > MOST_PAIRS:
            raise PipelineError(
                f"stages of {depth} LUTs for {len(netlist.cells)} cells: over {MOST_PAIRS:,} pairs"
                " of cells lie too far apart; use shallower stages, or one"
            )


def count_registers(netlist: Netlist) -> int:
    """Registers in the core: one per signal and boundary crossed, per driven output and state."""
    crossed = sum(last - made for made, last in _lives(netlist))
    return crossed + len(netlist.registers)


def logic_cells(netlist: Netlist) -> int:
    """Cells of a LUT and a flip-flop that the netlist needs.

    A LUT shares its cell with the register behind it where nothing else reads the LUT; a carry
    (`gen.map.carries`) needs no cell of its own.
    """
    lives = _lives(netlist)
    read_at_once = {
        signal for cell in netlist.cells for signal in cell.fan_in if lives[signal][0] == cell.stage
    }
    shared = sum(
        last > made and signal not in read_at_once
        for signal, (made, last) in enumerate(lives)
        if signal >= netlist.n_inputs
    )
    return logic_luts(netlist) + count_registers(netlist) - shared


def _lives(netlist: Netlist) -> list[tuple[int, int]]:
    """The stage that makes each signal and the last that reads it; outputs after the last one."""
    made = [0] * netlist.n_inputs + [cell.stage for cell in netlist.cells]
    read = list(made)
    for cell in netlist.cells:
        for signal in cell.fan_in:
            read[signal] = max(read[signal], cell.stage)
    for _, signal in netlist.outputs[: len(netlist.outputs) - len(netlist.registers)]:
        if signal >= 0:
            read[signal] = netlist.latency
    return list(zip(made, read, strict=True))
