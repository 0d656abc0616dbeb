"""Registers that nothing reads: outputs over whole sequences stay, worked out cell by cell."""

from dataclasses import replace

import numpy as np
import pytest

from gen.map.netlist import Cell, Netlist, NetlistError
from gen.map.pipeline import pipeline
from gen.map.registers import without_unread
from tests.gen.test_hdl import run_core

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


def layered(seed: int) -> Netlist:
    """A loop of three states and, behind it, two answers a few cells deep."""
    rng = np.random.default_rng(seed)
    made: list[Cell] = []
    for index in range(20):
        low = 0 if index < 8 else max(0, index - 6) + 6  # answers are a chain behind the loop
        fan_in = rng.choice(np.arange(low, 6 + index), min(3, 6 + index - low), replace=False)
        table = int(rng.integers(1, (1 << (1 << len(fan_in))) - 1))
        made.append(Cell(table, tuple(fan_in.tolist())))
    outputs = [("class.0", 25), ("class.1", 24)]
    outputs += [(f"h.next[{i}]", 11 + i) for i in range(3)]
    inputs = (*(f"x[{i}]" for i in range(3)), *(f"h[{i}]" for i in range(3)))
    registers = tuple((f"h[{i}]", f"h.next[{i}]", 0) for i in range(3))
    return Netlist(inputs, tuple(outputs), tuple(made), registers=registers)


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_staged_behind_the_loop(seed: int) -> None:
    """The same answers, a step in every cycle or with gaps; the loop is one stage."""
    netlist = layered(seed)
    staged = pipeline(netlist, 2)
    assert staged.latency > 2
    made = {staged.n_inputs + at: cell for at, cell in enumerate(staged.cells)}
    depths: dict[int, int] = {}
    for signal, cell in made.items():
        within = [s for s in cell.fan_in if s in made and made[s].stage == cell.stage]
        depths[signal] = 1 + max((depths[s] for s in within), default=0)
        assert not cell.stage or depths[signal] <= 2
    steps = np.random.default_rng(seed).integers(0, 2, (30, 3))
    right = answers(netlist, steps)
    words: list[int | None] = []
    expected: list[int | None] = [None] * (staged.latency - 1)
    for row, (low, high) in zip(steps.tolist(), right, strict=True):
        words.append(sum(bit << at for at, bit in enumerate(row)))
        expected.append(low | high << 1)
        if row == [1, 1, 1]:
            words.append(None)
            expected.append(None)
    assert run_core(staged, words) == [*expected, None]


def test_a_shallow_step_is_one_stage() -> None:
    netlist = layered(0)
    staged = pipeline(netlist, netlist.depth)
    assert staged.latency == 1
    assert {cell.stage for cell in staged.cells} == {0}
    assert [cell.level for cell in staged.cells] == netlist.levels()


def test_a_next_value_made_late_wrong() -> None:
    netlist = layered(0)
    late = [replace(cell, stage=int(at > 4)) for at, cell in enumerate(netlist.cells)]
    with pytest.raises(NetlistError, match=r"'h\.next\[0\]' is made in stage 1"):
        netlist.with_cells(late, 2)
