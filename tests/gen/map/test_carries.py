"""Carries beside LUTs: the rules of an iCE40's cell, checked one by one, and the same function."""

from dataclasses import replace

import numpy as np
import pytest

from gen.map.apart import apart
from gen.map.carries import carries, logic_luts, placed
from gen.map.head import knock_out
from gen.map.netlist import FALSE, TRUE, Cell, Netlist
from gen.map.pipeline import logic_cells, pipeline
from tests.gen.map.netlists import netlist_tables, random_netlist, random_words

AND, OR, MAJORITY, XOR3 = 0b1000, 0b1110, 0b11101000, 0b10010110


def small(*cells: Cell, ends: tuple[int, ...] = ()) -> Netlist:
    """Of four inputs."""
    ends = ends or (3 + len(cells),)
    inputs = tuple(f"x[{at}]" for at in range(4))
    return Netlist(inputs, tuple((f"y{at}", end) for at, end in enumerate(ends)), cells)


def read_as_placed(netlist: Netlist) -> Netlist:
    """The netlist that the placed cells are, what they read without effect left out."""
    cells = []
    for own, cell in zip(netlist.cells, placed(netlist), strict=True):
        if len(cell.fan_in) == 3:
            ends = [one for one in cell.fan_in if one >= 0]
            constant = sum(one == TRUE for one in cell.fan_in)
            table = sum((row.bit_count() + constant > 1) << row for row in range(1 << len(ends)))
            cells.append(replace(cell, table=table, fan_in=tuple(ends)))
        else:
            places = [cell.fan_in.index(one) for one in own.fan_in]
            for row in range(16):
                kept = sum(1 << at for at in places if row >> at & 1)
                assert cell.table >> row & 1 == cell.table >> kept & 1
            rows = range(1 << len(places))
            spread = [sum(1 << p for at, p in enumerate(places) if row >> at & 1) for row in rows]
            table = sum((cell.table >> full & 1) << row for row, full in enumerate(spread))
            cells.append(replace(cell, table=table, fan_in=own.fan_in))
    return netlist.with_cells(cells)


def check_rules(netlist: Netlist) -> None:
    """What an iCE40's logic cells can do, cell by cell."""
    found, cells = carries(netlist), placed(netlist)
    first = netlist.n_inputs
    sides = [carry.beside for carry in found.values()]
    assert len({*sides} - {*found}) == len(sides)
    behind = {carry.before: signal for signal, carry in found.items() if carry.before >= 0}
    for signal, carry in found.items():
        lut = cells[carry.beside - first]
        assert lut.fan_in[1:3] == (carry.one, carry.other)
        if carry.before >= 0:
            assert lut.fan_in[3] == carry.before
        readers = {at for at, cell in enumerate(cells, first) if signal in cell.fan_in}
        follows = behind.get(signal)
        if follows is None:
            (reader,) = readers
            assert cells[reader - first].fan_in[3] == signal
            assert reader not in sides
        else:
            assert readers == {follows, found[follows].beside}
        assert {cells[one - first].stage for one in readers} == {lut.stage}
        assert signal not in {end for _, end in netlist.outputs}


@pytest.mark.parametrize("seed", range(20))
def test_rules_hold_and_the_function_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    netlist = random_netlist(rng, inputs=5, cells=40)
    kinds = [(2, AND), (2, OR), (3, MAJORITY)]
    made = [
        replace(cell, table=next((t for n, t in kinds if n == len(cell.fan_in)), cell.table))
        for cell in netlist.cells
    ]
    netlist = netlist.with_cells(made)
    check_rules(netlist)
    assert netlist_tables(read_as_placed(netlist)) == netlist_tables(netlist)


@pytest.mark.parametrize("depth", [3, 9, 14, 40])
def test_rules_hold_in_stages(depth: int) -> None:
    staged = pipeline(knock_out(random_words(6, 4, 6, seed=0), "class"), depth)
    check_rules(staged)
    assert netlist_tables(read_as_placed(staged)) == netlist_tables(staged)


def test_a_chain_of_an_adder() -> None:
    """x0 + x1 and x2 + x3 with the carry between: two sums and the carry out."""
    adder = (
        Cell(0b0110, (0, 1)),
        Cell(AND, (0, 1)),
        Cell(XOR3, (2, 3, 5)),
        Cell(MAJORITY, (2, 3, 5)),
        Cell(0b0110, (7, 0)),
    )
    netlist = small(*adder, ends=(4, 6, 8))
    assert carries(netlist) == {5: (0, 1, FALSE, 4), 7: (2, 3, 5, 6)}
    assert (logic_luts(netlist), logic_cells(netlist)) == (3, 3 + 3 - 3)
    check_rules(netlist)


@pytest.mark.parametrize(
    ("cells", "ends"),
    [
        # Nothing else reads its inputs; an output; two LUTs read it; another polarity.
        ((Cell(AND, (0, 1)), Cell(0b0110, (2, 4))), ()),
        ((Cell(AND, (0, 1)), Cell(0b0110, (0, 1))), (4, 5)),
        ((Cell(AND, (0, 1)), Cell(0b0110, (0, 1)), Cell(6, (4, 2)), Cell(6, (4, 3))), (5, 6, 7)),
        ((Cell(0b0010, (0, 1)), Cell(0b0110, (0, 1)), Cell(6, (4, 2))), (5, 6)),
        # A majority whose carry-in is no carry.
        ((Cell(MAJORITY, (0, 1, 2)), Cell(XOR3, (0, 1, 2)), Cell(6, (4, 3))), (5, 6)),
    ],
)
def test_a_lut_that_is_none(cells: tuple[Cell, ...], ends: tuple[int, ...]) -> None:
    assert carries(small(*cells, ends=ends)) == {}


def test_none_across_a_register_and_in_wider_luts() -> None:
    cells = (Cell(AND, (0, 1)), Cell(0b0110, (0, 1)), Cell(0b0110, (4, 2)))
    netlist = small(*cells, ends=(5, 6))
    assert len(carries(netlist)) == 1
    assert carries(replace(netlist, k=6)) == {}
    later = replace(netlist, cells=(*cells[:2], replace(cells[2], stage=1)), latency=2)
    assert carries(later) == {}


@pytest.mark.parametrize("count", [3, 6, 10])
def test_parts_join_to_the_whole(count: int) -> None:
    whole = knock_out(random_words(count, 4, 6, seed=count), "class")
    parts = apart(whole)
    assert len(parts.before.cells) == 4 * count
    assert netlist_tables(parts.joined(parts.before)) == netlist_tables(whole)
    # The same function of other cells: each is behind one of its own.
    first = parts.before.n_inputs
    cells = [Cell(0b01, (at,)) for at in range(first)]
    for cell in parts.before.cells:
        rows = range(1 << len(cell.fan_in))
        table = sum((cell.table >> (row ^ rows[-1]) & 1) << row for row in rows)
        cells.append(Cell(table, tuple(first + one for one in cell.fan_in)))
    ends = tuple((name, end + first) for name, end in parts.before.outputs)
    other = replace(parts.before, cells=tuple(cells), outputs=ends)
    made = parts.joined(other)
    assert netlist_tables(made) == netlist_tables(whole)
    assert len(carries(made)) == len(carries(whole))


def test_all_of_a_netlist_without_carries_is_before() -> None:
    netlist = small(Cell(0b0110, (0, 1)))
    parts = apart(netlist)
    assert parts.before is netlist
    assert parts.joined(netlist) is netlist
