"""Pipelines: legal, the same logic, and as few registers as any choice of stages gives."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gen.map.netlist import Cell, Netlist
from gen.map.pipeline import PipelineError, count_registers, logic_cells, pipeline
from tests.gen.map.netlists import netlist_tables, random_netlist


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


def placements(netlist: Netlist, depth: int, stages: int) -> Iterator[list[int]]:
    """Every legal choice of stages for the cells, tried one cell after the other."""

    def rest(placed: list[int], within: list[int]) -> Iterator[list[int]]:
        if len(placed) == len(netlist.cells):
            yield placed
            return
        sources = [s - netlist.n_inputs for s in netlist.cells[len(placed)].fan_in]
        cells = [at for at in sources if at >= 0]
        for stage in range(max((placed[at] for at in cells), default=0), stages):
            chain = 1 + max((within[at] for at in cells if placed[at] == stage), default=0)
            if chain <= depth:
                yield from rest([*placed, stage], [*within, chain])

    return rest([], [])


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("seed", range(12))
def test_no_choice_of_stages_needs_fewer_registers(seed: int, depth: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), cells=9, k=3)
    stages = max(1, -(-netlist.depth // depth))
    best = min(registers(netlist, one, stages) for one in placements(netlist, depth, stages))
    staged = pipeline(netlist, depth)
    assert staged.latency == stages
    assert count_registers(staged) == best


def test_logic_cells_share_a_lut_with_the_register_behind_it() -> None:
    # a & b is read in its own stage too, so its register needs a cell; the others share theirs.
    cells = (Cell(8, (0, 1)), Cell(8, (2, 0), stage=0), Cell(8, (2, 3), stage=1))
    staged = Netlist(("a", "b"), (("y", 4),), cells, latency=2)
    assert count_registers(staged) == 3
    assert logic_cells(staged) == 4


def test_a_choice_too_large_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen.map.pipeline.MOST_PAIRS", 5)
    netlist = random_netlist(np.random.default_rng(0), cells=30)
    with pytest.raises(PipelineError) as caught:
        pipeline(netlist, 2)
    assert str(caught.value) == (
        "stages of 2 LUTs for 30 cells: over 5 pairs of cells lie too far apart; use shallower"
        " stages, or one"
    )


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
