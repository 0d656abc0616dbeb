"""Windows and walks: smaller netlists, whose tables for all inputs are looked up again."""

from dataclasses import replace

import numpy as np
import pytest

from gen.map.netlist import FALSE, TRUE, Cell, Netlist, NetlistError
from gen.map.resynthesis.shrink import shrunk
from gen.map.resynthesis.walk import walked
from gen.map.resynthesis.windows import Open
from tests.gen.map.netlists import netlist_tables, random_netlist

INPUTS = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize("k", [2, 3, 4, 6])
@pytest.mark.parametrize("seed", range(3))
def test_the_function_stays_on_a_walk(k: int, seed: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), inputs=6, cells=30, outputs=5, k=k)
    found = walked(netlist, 400, seed)
    assert netlist_tables(found) == netlist_tables(netlist)
    assert len(found.cells) < len(netlist.cells)
    assert found.k == k


@pytest.mark.parametrize("seed", range(4))
def test_the_function_stays_window_by_window(seed: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), inputs=9, cells=60, outputs=9)
    found = shrunk(netlist)
    assert netlist_tables(found) == netlist_tables(netlist)
    assert len(found.cells) < len(netlist.cells)
    assert shrunk(netlist) == found


def test_what_an_output_does_not_see_is_used() -> None:
    """a and (b or c or not a): the second cell need not read a, nor be two."""
    cells = (Cell(0b1110, (1, 2)), Cell(0b1101, (0, 5)), Cell(0b1000, (0, 6)))
    netlist = Netlist(INPUTS, (("y", 7),), cells)
    (cell,) = walked(netlist, 200).cells
    assert set(cell.fan_in) == {0, 1, 2}


def test_constants_and_wires_among_the_outputs() -> None:
    cells = (Cell(0b1000, (0, 1)), Cell(0b0111, (0, 1)), Cell(0b0110, (5, 6)), Cell(0b0110, (7, 2)))
    outputs = (("one", 7), ("not c", 8), ("d", 3), ("0", FALSE), ("1", TRUE))
    found = shrunk(Netlist(INPUTS, outputs, cells))
    values = [value for _, value in found.outputs]
    assert values[0] == TRUE
    assert found.cells == (Cell(0b01, (2,)),)
    assert values[2:] == [3, FALSE, TRUE]


def test_nothing_is_made_of_no_cells() -> None:
    wires = Netlist(INPUTS, (("y", 2), ("z", TRUE)), ())
    assert shrunk(wires) == wires


def test_a_window_holds_what_its_leaves_decide() -> None:
    """Cell 7 reads e as well; no leaf may depend on a cell that is inside."""
    cells = (Cell(0b1000, (0, 1)), Cell(0b1000, (5, 2)), Cell(0b1000, (5, 4)), Cell(0b1000, (7, 6)))
    whole = Open(Netlist(INPUTS, (("y", 8),), cells))
    window = whole.window((0, 1, 2))
    assert window is not None
    assert (window.cells, window.roots) == ((5, 6), (5, 6))
    other = whole.window((0, 1, 2, 7))
    assert other is not None
    assert other.cells == ()
    assert whole.window((0, 9)) is None


def test_an_exchange_that_closes_a_loop_is_not_made() -> None:
    """Of two windows that read each other one may come to hang on the other's other root."""
    cells = (Cell(0b1000, (0, 1)), Cell(0b1000, (5, 2)), Cell(0b1000, (3, 4)))
    whole = Open(Netlist(INPUTS, (("y", 6), ("z", 7)), cells))
    window = whole.window((3, 4))
    assert window is not None
    assert window.cells == (7,)
    turned = replace(window, leaves=(7, 4))
    whole.exchange(turned, Netlist(("p", "q"), (("o7", 2),), (Cell(0b1000, (0, 1)),)))
    assert whole.netlist() == Netlist(INPUTS, (("y", 6), ("z", 7)), cells)


def test_registers_are_refused() -> None:
    states = Netlist(("a", "h"), (("y", 2), ("h.next", 2)), (Cell(0b1000, (0, 1)),))
    with pytest.raises(NetlistError, match="registers or stages"):
        shrunk(replace(states, registers=(("h", "h.next", 0),)))


@pytest.mark.parametrize("seed", range(4))
def test_no_path_becomes_longer_than_asked(seed: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), inputs=9, cells=60, outputs=9)
    found = shrunk(netlist, depth=1)
    assert found.depth <= netlist.depth
    assert netlist_tables(found) == netlist_tables(netlist)
    assert len(found.cells) < len(netlist.cells)
