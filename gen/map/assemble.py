"""Putting cells together: constants, wires and inverters are folded into the tables as they come.

A LUT's inputs and output may be complemented for free by changing tables, so an inverter costs a
cell only where an output needs both polarities of one signal, or the complement of an input.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gen.map.netlist import FALSE, TRUE, Cell, Netlist

__all__ = ["Assembler", "Wire", "cofactor", "flip_input"]

Wire: TypeAlias = tuple[int, bool]
"""A signal, and whether it is meant complemented."""

INVERTER = 0b01


class Assembler:
    """Collects cells in topological order over named inputs."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = tuple(inputs)
        self.cells: list[Cell] = []

    def add(self, sources: Sequence[Wire], table: int) -> Wire:
        """Add a cell, or fold it away where it is a constant, a wire or an inverter."""
        table, kept = _simplified(table, sources)
        if not kept:
            return (TRUE if table else FALSE), False
        if len(kept) == 1:
            signal, inverted = kept[0]
            return signal, inverted != (table == INVERTER)
        self.cells.append(Cell(table, tuple(signal for signal, _ in kept)))
        return len(self.inputs) + len(self.cells) - 1, False

    def finish(self, outputs: Mapping[str, Wire], k: int) -> Netlist:
        """The netlist with these outputs, without cells that nothing reads."""
        ends = self._plain_outputs(list(outputs.values()))
        cells, ends = _live(self.cells, len(self.inputs), ends)
        return Netlist(self.inputs, tuple(zip(outputs, ends, strict=True)), tuple(cells), k)

    def _plain_outputs(self, wires: Sequence[Wire]) -> list[int]:
        """Signals for the outputs: the driving cell is complemented where that is free."""
        complemented = {signal for signal, inverted in wires if inverted}
        both = complemented & {signal for signal, inverted in wires if not inverted}
        made: dict[int, int] = {}
        for signal, inverted in wires:
            if inverted and signal not in made:
                made[signal] = self._complemented(signal, signal in both)
        return [made[signal] if inverted else signal for signal, inverted in wires]

    def _complemented(self, signal: int, both: bool) -> int:
        if signal < 0:
            return FALSE if signal == TRUE else TRUE
        first = len(self.inputs)
        if signal < first or both:
            self.cells.append(Cell(INVERTER, (signal,)))
            return first + len(self.cells) - 1
        own = self.cells[signal - first]
        full = (1 << (1 << len(own.fan_in))) - 1
        self.cells[signal - first] = Cell(own.table ^ full, own.fan_in)
        for index in range(signal - first + 1, len(self.cells)):
            cell = self.cells[index]
            if signal in cell.fan_in:
                at = cell.fan_in.index(signal)
                table = flip_input(cell.table, len(cell.fan_in), at)
                self.cells[index] = Cell(table, cell.fan_in)
        return signal


def _simplified(table: int, sources: Sequence[Wire]) -> tuple[int, list[Wire]]:
    """Take constants, unused inputs and, of two or more inputs, complements out of a table."""
    kept = list(sources)
    for at in reversed(range(len(kept))):
        signal, inverted = kept[at]
        if signal < 0:
            table = cofactor(table, len(kept), at, (signal == TRUE) != inverted)
            del kept[at]
    # Only with all constants in place is it known which inputs the table depends on.
    for at in reversed(range(len(kept))):
        low = cofactor(table, len(kept), at, 0)
        if low == cofactor(table, len(kept), at, 1):
            table = low
            del kept[at]
    table, kept = _merged(table, kept)
    if len(kept) > 1:
        for at, (signal, inverted) in enumerate(kept):
            if inverted:
                table = flip_input(table, len(kept), at)
                kept[at] = (signal, False)
    return table, kept


def _merged(table: int, kept: list[Wire]) -> tuple[int, list[Wire]]:
    """Join inputs that are the same signal, in either polarity."""
    for at in reversed(range(len(kept))):
        signal, inverted = kept[at]
        for other in range(at):
            if kept[other][0] == signal:
                table = _join_inputs(table, len(kept), other, at, kept[other][1] != inverted)
                kept = kept[:at] + kept[at + 1 :]
                return _simplified(table, kept)
    return table, kept


def _join_inputs(table: int, size: int, keep: int, drop: int, opposite: bool) -> int:
    """The table with input `drop` tied to input `keep`, or to its complement."""
    result = 0
    for row in range(1 << (size - 1)):
        value = (row >> keep & 1) ^ opposite
        full = (row & ((1 << drop) - 1)) | (row >> drop << (drop + 1)) | value << drop
        result |= (table >> full & 1) << row
    return result


def cofactor(table: int, size: int, at: int, value: int) -> int:
    """The table over the other inputs with input `at` fixed."""
    result = 0
    for row in range(1 << (size - 1)):
        full = (row & ((1 << at) - 1)) | (row >> at << (at + 1)) | value << at
        result |= (table >> full & 1) << row
    return result


def flip_input(table: int, size: int, at: int) -> int:
    """The table with input `at` complemented."""
    return sum((table >> (row ^ (1 << at)) & 1) << row for row in range(1 << size))


def _live(
    cells: Sequence[Cell], n_inputs: int, ends: Sequence[int]
) -> tuple[list[Cell], list[int]]:
    """Drop cells that no output needs; the others keep their order."""
    needed = {signal for signal in ends if signal >= n_inputs}
    for index in reversed(range(len(cells))):
        if n_inputs + index in needed:
            needed.update(signal for signal in cells[index].fan_in if signal >= n_inputs)
    place: dict[int, int] = {signal: signal for signal in range(TRUE, n_inputs)}
    kept: list[Cell] = []
    for index, cell in enumerate(cells):
        if n_inputs + index in needed:
            place[n_inputs + index] = n_inputs + len(kept)
            sources = tuple(place[signal] for signal in cell.fan_in)
            kept.append(Cell(cell.table, sources))
    return kept, [place[signal] for signal in ends]
