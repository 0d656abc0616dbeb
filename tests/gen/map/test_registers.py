"""Registers that nothing reads: outputs over whole sequences stay, worked out cell by cell."""

from dataclasses import replace

import numpy as np
import pytest

from gen.map.netlist import Cell, Netlist
from gen.map.registers import without_unread

STATES = 5


def recurrent(seed: int, cells: int = 12) -> Netlist:
    """Random cells over three inputs and five states; the first output reads two states at most."""
    rng = np.random.default_rng(seed)
    made = []
    for index in range(cells):
        fan_in = rng.choice(3 + STATES + index, int(rng.integers(2, 4)), replace=False)
        table = int(rng.integers(1, (1 << (1 << len(fan_in))) - 1))
        made.append(Cell(table, tuple(fan_in.tolist()), name=f"layer1[{index}]", layer="layer1"))
    ends = rng.integers(-2, 3 + STATES + cells, STATES).tolist()
    outputs = [("class.0", 3 + int(rng.integers(STATES))), ("class.1", -2)]
    outputs += [(f"h.next[{i}]", end) for i, end in enumerate(ends)]
    inputs = (*(f"x[{i}]" for i in range(3)), *(f"h[{i}]" for i in range(STATES)))
    registers = tuple((f"h[{i}]", f"h.next[{i}]", i % 2) for i in range(STATES))
    return Netlist(inputs, tuple(outputs), tuple(made), registers=registers)


def answers(netlist: Netlist, steps: np.ndarray) -> list[list[int]]:
    """The outputs that are no next values, step by step from the reset values."""
    held = {name: reset for name, _, reset in netlist.registers}
    found = []
    for row in steps.tolist():
        given = dict(zip([f"x[{i}]" for i in range(3)], row, strict=True)) | held
        signal = [given[name] for name in netlist.inputs]
        for cell in netlist.cells:
            signal.append(cell.table >> sum(signal[s] << k for k, s in enumerate(cell.fan_in)) & 1)
        ends = {name: signal[s] if s >= 0 else -1 - s for name, s in netlist.outputs}
        held = {name: ends[after] for name, after, _ in netlist.registers}
        found.append([ends["class.0"], ends["class.1"]])
    return found


@pytest.mark.parametrize("seed", range(12))
def test_answers_of_whole_sequences_stay(seed: int) -> None:
    netlist = recurrent(seed)
    found = without_unread(netlist)
    steps = np.random.default_rng(seed).integers(0, 2, (40, 3))
    assert answers(found, steps) == answers(netlist, steps)
    assert {cell.name for cell in found.cells} <= {cell.name for cell in netlist.cells}
    assert without_unread(found) == found


def test_registers_in_a_ring_that_nothing_reads_go() -> None:
    """h[1] and h[2] read each other only; h[0] is answered and reads h[3], which stays."""
    cells = (Cell(6, (1, 4)), Cell(8, (2, 3)), Cell(9, (0, 3)))
    outputs = (("y", 1), ("n0", 5), ("n1", 6), ("n2", 2), ("n3", 4))
    registers = tuple((f"h{i}", f"n{i}", 0) for i in range(4))
    found = without_unread(
        Netlist(("x", "h0", "h1", "h2", "h3"), outputs, cells, registers=registers)
    )
    assert found == Netlist(
        ("x", "h0", "h3"),
        (("y", 1), ("n0", 3), ("n3", 2)),
        (Cell(6, (1, 2)),),
        registers=(registers[0], registers[3]),
    )


def test_nothing_changes_without_registers() -> None:
    netlist = replace(recurrent(3), registers=())
    assert [name for name, _ in without_unread(netlist).outputs] == [n for n, _ in netlist.outputs]
    assert without_unread(netlist).inputs == netlist.inputs
