"""Pipelines: legal, the same logic, and as few registers as any choice of cuts gives."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from gen.map.netlist import Cell, Netlist
from gen.map.pipeline import PipelineError, count_registers, pipeline
from tests.gen.map.netlists import netlist_tables, random_netlist


def earliest(netlist: Netlist) -> list[int]:
    levels: list[int] = []
    for cell in netlist.cells:
        before = [levels[s - netlist.n_inputs] for s in cell.fan_in if s >= netlist.n_inputs]
        levels.append(1 + max(before, default=0))
    return levels


def latest(netlist: Netlist) -> list[int]:
    total = max(earliest(netlist), default=0)
    levels = [total] * len(netlist.cells)
    for at in range(len(netlist.cells) - 1, -1, -1):
        readers = [
            levels[r]
            for r, cell in enumerate(netlist.cells)
            if at + netlist.n_inputs in cell.fan_in
        ]
        levels[at] = min([total, *(level - 1 for level in readers)])
    return levels


def registers(netlist: Netlist, stages: list[int], latency: int) -> int:
    """Boundary by boundary: how many signals are alive across it. Outputs count after the last."""
    count = 0
    for boundary in range(latency):
        for signal in range(netlist.n_inputs + len(netlist.cells)):
            made = 0 if signal < netlist.n_inputs else stages[signal - netlist.n_inputs]
            later = any(
                signal in cell.fan_in and stage > boundary
                for cell, stage in zip(netlist.cells, stages, strict=True)
            )
            out = any(end == signal for _, end in netlist.outputs)
            count += made <= boundary and (later or out)
    return count


def assert_legal(netlist: Netlist, depth: int) -> None:
    within: list[int] = []
    for cell in netlist.cells:
        chain = 0
        for signal in cell.fan_in:
            at = signal - netlist.n_inputs
            if at >= 0:
                assert netlist.cells[at].stage <= cell.stage
                assert netlist.cells[at].level < cell.level
                if netlist.cells[at].stage == cell.stage:
                    chain = max(chain, within[at])
        within.append(chain + 1)
        assert 0 <= cell.stage < netlist.latency
    assert max(within, default=0) <= depth


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("seed", range(8))
def test_stages_are_legal_and_as_few_as_can_be(seed: int, depth: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), cells=30)
    staged = pipeline(netlist, depth)
    assert_legal(staged, depth)
    assert staged.latency == max(1, -(-netlist.depth // depth))
    assert [(c.table, c.fan_in) for c in staged.cells] == [
        (c.table, c.fan_in) for c in netlist.cells
    ]
    assert netlist_tables(staged) == netlist_tables(netlist)
    assert count_registers(staged) == registers(staged, [c.stage for c in staged.cells],
                                                staged.latency)  # fmt: skip


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(8))
def test_no_choice_of_cuts_needs_fewer_registers(seed: int, depth: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), cells=16, k=3)
    total = netlist.depth
    stages = max(1, -(-total // depth))
    best = None
    for levels in (earliest(netlist), latest(netlist)):
        for cuts in itertools.combinations(range(1, total), stages - 1):
            ends = [0, *cuts, total]
            if any(b - a > depth for a, b in itertools.pairwise(ends)):
                continue
            placed = [sum(level > cut for cut in cuts) for level in levels]
            count = registers(netlist, placed, stages)
            best = count if best is None else min(best, count)
    staged = pipeline(netlist, depth)
    assert staged.latency == stages
    assert count_registers(staged) == best


def test_names_and_layers_stay() -> None:
    netlist = random_netlist(np.random.default_rng(0), cells=9)
    cells = [replace(cell, name=f"h[{at}]", layer="h") for at, cell in enumerate(netlist.cells)]
    staged = pipeline(netlist.with_cells(cells), 2)
    assert [(c.name, c.layer) for c in staged.cells] == [(c.name, c.layer) for c in cells]


def test_a_netlist_without_cells_is_one_stage() -> None:
    netlist = Netlist(("a", "b"), (("y", 0), ("z", 0), ("c", -2)), ())
    staged = pipeline(netlist, 3)
    assert (staged.latency, count_registers(staged)) == (1, 1)


def test_inputs_wait_for_their_readers() -> None:
    # a chain of three cells, each reading b too: b crosses both boundaries.
    cells = tuple(Cell(0b1000, (at - 1 if at > 2 else 0, 1)) for at in range(2, 5))
    chain = Netlist(("a", "b"), (("y", 4),), (cells[0], Cell(8, (2, 1)), Cell(8, (3, 1))))
    staged = pipeline(chain, 1)
    assert [cell.stage for cell in staged.cells] == [0, 1, 2]
    assert count_registers(staged) == 5


@pytest.mark.parametrize("depth", [0, -3])
def test_a_stage_without_cells_wrong(depth: int) -> None:
    with pytest.raises(PipelineError) as caught:
        pipeline(random_netlist(np.random.default_rng(0)), depth)
    assert str(caught.value) == f"stages of {depth} LUTs; at least 1 is needed"


def test_a_long_chain_needs_no_recursion() -> None:
    cells = tuple(Cell(0b01, (at,)) for at in range(4000))
    staged = pipeline(Netlist(("a",), (("y", 4000),), cells), 7)
    assert staged.latency == -(-4000 // 7)
    assert_legal(staged, 7)
