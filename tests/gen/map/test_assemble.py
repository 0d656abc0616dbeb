"""Cells folded as they are put together: the same function, by enumeration."""

import itertools

import numpy as np
import pytest

from gen.map.assemble import Assembler, Wire, cofactor, flip_input
from gen.map.netlist import FALSE, TRUE
from tests.gen.map.netlists import netlist_tables


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_cofactors_and_flips_by_enumeration(size: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(20):
        table = int.from_bytes(rng.bytes(2), "little") & ((1 << (1 << size)) - 1)
        for at in range(size):
            flipped = flip_input(table, size, at)
            halves = cofactor(table, size, at, 0), cofactor(table, size, at, 1)
            for bits in itertools.product((0, 1), repeat=size):
                row = sum(bit << k for k, bit in enumerate(bits))
                assert flipped >> (row ^ 1 << at) & 1 == table >> row & 1
                rest = [bit for k, bit in enumerate(bits) if k != at]
                row_of_rest = sum(bit << k for k, bit in enumerate(rest))
                assert halves[bits[at]] >> row_of_rest & 1 == table >> row & 1


def meant(tables: dict[int, int], wire: Wire, v: int) -> int:
    signal, inverted = wire
    return (tables[signal] >> v & 1) ^ inverted


@pytest.mark.parametrize("seed", range(60))
def test_random_cells_with_constants_repeats_and_complements(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 4
    assembler = Assembler([f"x[{at}]" for at in range(n)])
    # What is meant: the wires given back, and the truth tables that they must have.
    wires: list[Wire] = [(at, False) for at in range(n)] + [(FALSE, False), (TRUE, False)]
    truth = [sum(1 << v for v in range(16) if v >> at & 1) for at in range(n)] + [0, 0xFFFF]
    for _ in range(14):
        size = int(rng.integers(0, 5))
        chosen = rng.integers(0, len(wires), size).tolist()
        turned = rng.integers(0, 2, size).tolist()
        table = int.from_bytes(rng.bytes(2), "little") & ((1 << (1 << size)) - 1)
        sources = [
            (wires[c][0], wires[c][1] != bool(t)) for c, t in zip(chosen, turned, strict=True)
        ]
        made = 0
        for v in range(16):
            bits = [(truth[c] >> v & 1) ^ t for c, t in zip(chosen, turned, strict=True)]
            made |= (table >> sum(bit << k for k, bit in enumerate(bits)) & 1) << v
        wires.append(assembler.add(sources, table))
        truth.append(made)
    picked = rng.integers(0, len(wires), 6).tolist()
    inverted = rng.integers(0, 2, 6).tolist()
    ends = {
        f"y{at}": (wires[p][0], wires[p][1] != bool(i))
        for at, (p, i) in enumerate(zip(picked, inverted, strict=True))
    }
    netlist = assembler.finish(ends, 4)
    wanted = [truth[p] ^ (0xFFFF if i else 0) for p, i in zip(picked, inverted, strict=True)]
    assert list(netlist_tables(netlist).values()) == wanted
    assert all(len(cell.fan_in) == len(set(cell.fan_in)) for cell in netlist.cells)
    # A cell of one input is there only to complement an output.
    single = [at for at, c in enumerate(netlist.cells, n) if len(c.fan_in) == 1]
    assert set(single) <= {signal for _, signal in netlist.outputs}


AND, XOR, BUFFER, INVERT = 0b1000, 0b0110, 0b10, 0b01


def test_constants_wires_and_inverters_are_no_cells() -> None:
    a = Assembler(["p", "q"])
    assert a.add([], 0) == (FALSE, False)
    assert a.add([], 1) == (TRUE, False)
    assert a.add([(0, False)], BUFFER) == (0, False)
    assert a.add([(0, False)], INVERT) == (0, True)
    assert a.add([(0, True)], INVERT) == (0, False)
    assert a.add([(0, False), (TRUE, False)], AND) == (0, False)
    assert a.add([(0, False), (TRUE, True)], AND) == (FALSE, False)
    assert a.add([(0, False), (FALSE, True)], XOR) == (0, True)
    assert a.add([(0, False), (0, False)], XOR) == (FALSE, False)
    assert a.add([(0, False), (0, True)], XOR) == (TRUE, False)
    assert a.add([(0, False), (0, True)], AND) == (FALSE, False)
    assert a.add([(0, False), (1, False)], 0b1010) == (0, False)
    assert a.cells == []


def test_a_complement_that_only_outputs_want_is_free() -> None:
    a = Assembler(["p", "q", "r"])
    inner = a.add([(0, False), (1, False)], AND)
    outer = a.add([(inner[0], False), (2, False)], XOR)
    netlist = a.finish({"y": (inner[0], True), "z": outer}, 4)
    assert len(netlist.cells) == 2
    found = netlist_tables(netlist)
    assert found["y"] == 0b01110111
    assert found["z"] == sum(((v & 3) == 3) != (v >> 2 & 1) << 0 and 1 << v for v in range(8))


def test_both_polarities_or_the_complement_of_an_input_cost_one_inverter() -> None:
    a = Assembler(["p", "q"])
    one = a.add([(0, False), (1, False)], AND)
    netlist = a.finish({"y": one, "n": (one[0], True), "m": (one[0], True), "i": (0, True)}, 4)
    assert len(netlist.cells) == 3
    assert netlist_tables(netlist) == {"y": 0b1000, "n": 0b0111, "m": 0b0111, "i": 0b0101}
    assert netlist.outputs[1][1] == netlist.outputs[2][1]


def test_constant_outputs_in_both_polarities() -> None:
    ends: dict[str, Wire] = {
        "a": (FALSE, False), "b": (FALSE, True), "c": (TRUE, False), "d": (TRUE, True),
    }  # fmt: skip
    netlist = Assembler(["p"]).finish(ends, 4)
    assert netlist.outputs == (("a", FALSE), ("b", TRUE), ("c", TRUE), ("d", FALSE))
    assert netlist.cells == ()


def test_cells_that_nothing_reads_are_dropped() -> None:
    a = Assembler(["p", "q"])
    a.add([(0, False), (1, False)], XOR)
    kept = a.add([(0, False), (1, False)], AND)
    netlist = a.finish({"y": kept}, 4)
    assert [cell.table for cell in netlist.cells] == [AND]
    assert netlist.outputs == (("y", 2),)
