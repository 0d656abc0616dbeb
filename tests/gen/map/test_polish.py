"""Polishing: smaller netlists, whose tables for all inputs are looked up again."""

from pathlib import Path

import numpy as np
import pytest

from gen.map import polish as module
from gen.map.blif import format_blif, parse_blif
from gen.map.netlist import FALSE, TRUE, Cell, Netlist
from gen.map.polish import polish
from tests.gen.map.netlists import netlist_tables, random_netlist

INPUTS = ("a", "b", "c", "d")


def wasteful() -> Netlist:
    """A parity of four bits as three cells, and their majority-like sum as more than it needs."""
    cells = (
        Cell(0b0110, (0, 1)),
        Cell(0b0110, (4, 2)),
        Cell(0b0110, (5, 3)),
        Cell(0b1000, (0, 1)),
        Cell(0b1000, (2, 3)),
        Cell(0b1110, (7, 8)),
    )
    return Netlist(INPUTS, (("odd", 6), ("pair", 9), ("low", FALSE), ("high", TRUE)), cells)


def test_a_netlist_becomes_one_cell_an_output() -> None:
    found = polish(wasteful(), stir=True)
    assert len(found.cells) == 2
    odd = sum((row.bit_count() & 1) << row for row in range(16))
    pair = sum((row & 3 == 3 or row & 12 == 12) << row for row in range(16))
    assert netlist_tables(found) == {"odd": odd, "pair": pair, "low": 0, "high": 0xFFFF}


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 3, 4, 5, 6])
def test_the_function_stays(k: int) -> None:
    netlist = random_netlist(np.random.default_rng(k), inputs=6, cells=40, outputs=5, k=k)
    found = polish(netlist, stir=True)
    assert netlist_tables(found) == netlist_tables(netlist)
    assert len(found.cells) < len(netlist.cells)
    assert found.k == k
    assert all(len(cell.fan_in) <= k for cell in found.cells)


def test_nothing_is_made_of_no_cells() -> None:
    wires = Netlist(INPUTS, (("y", 2), ("z", TRUE)), ())
    assert polish(wires, stir=False) == wires


def test_a_step_that_fails_ends_its_chain(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "DESCENT", (("strash", "if -K {k} -a"), ("no_such_command",)))
    found = polish(wasteful(), stir=False)
    assert len(found.cells) == 2
    said = capfd.readouterr()
    assert "polishing: `no_such_command` is passed over: " in said.out + said.err


def test_a_step_that_leaves_far_more_is_not_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parity mapped to LUTs of two inputs, which would come down again in the step after it."""
    monkeypatch.setattr(module, "DESCENT", (("strash", "if -K 2"), ("strash", "if -K {k} -a")))
    small = Netlist(INPUTS, (("odd", 4),), (Cell(0x6996, (0, 1, 2, 3)),))
    asked: list[int] = []
    step = module._step

    def watched(netlist: Netlist, *rest: object) -> Netlist | None:
        asked.append(len(netlist.cells))
        return step(netlist, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_step", watched)
    assert polish(small, stir=False) == small
    assert asked == [1]


def test_a_file_cut_short_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ABC left of a file when its time was over."""

    def late(script: list[str], folder: Path, timeout: float) -> None:
        text = format_blif(wasteful())
        (folder / "out.blif").write_text(text[: text.index(".names i2 i3")])

    monkeypatch.setattr(module, "run_abc", late)
    assert polish(wasteful(), stir=False) == wasteful()


@pytest.mark.parametrize("seed", range(6))
def test_blif_is_read_back_as_it_was_written(seed: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed))
    outputs = [name for name, _ in netlist.outputs]
    again = parse_blif(format_blif(netlist), netlist.inputs, outputs)
    assert netlist_tables(again) == netlist_tables(netlist)
