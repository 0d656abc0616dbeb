"""Machines made by hand whose sequences are known, compared."""

import numpy as np
import pytest

from gen.logic.graph import Builder
from gen.proof.chain import FAILED, PROVED, UNDECIDED
from gen.proof.compare import Class, Compared, Pair, compare_machines, compare_pairs
from gen.proof.compare import found as found_of
from gen.proof.machine import ONE, ZERO, Machine, MachineError, Register
from tests.gen.logic.graphs import random_graph

NOT, XOR, AND, OR = 0b01, 0b0110, 0b1000, 0b1110


def toggle(init: int = 0, inverted: bool = False) -> Machine:
    """A bit that changes where x is 1; y is the bit, or its complement held inverted."""
    machine = Machine({"clk": "c", "x": "x"}, {"y": "q"}, clock="clk")
    machine.drive("d", XOR, "q", "x")
    machine.hold("q", Register("d", init))
    if inverted:
        machine.outputs["y"] = "n"
        machine.drive("n", NOT, "q")
    return machine


def pair(name: str, left: str = "q", right: str = "q") -> Class:
    return Class(name, (left,), (right,))


def test_equal_machines() -> None:
    made = compare_machines(toggle(), toggle(), [pair("state")])
    assert made.proved
    assert (made.functions, made.same, made.listed, made.solved) == (2, 2, 0, 0)


def test_another_output_is_found_with_a_witness() -> None:
    made = compare_machines(toggle(), toggle(inverted=True), [pair("state")])
    assert not made.proved
    assert made.differs.startswith("y ")
    assert made.witness["state"] in (0, 1)
    assert "differs where" in made.fault


def test_another_next_value_is_found() -> None:
    other = toggle()
    del other.cells["d"]
    other.drive("d", OR, "q", "x")
    made = compare_machines(toggle(), other, [pair("state")])
    assert made.differs.startswith("next state")
    # An OR is no XOR only where both are 1.
    assert made.witness == {"x": 1, "state": 1}


def test_power_up_is_compared() -> None:
    with pytest.raises(MachineError, match="register state powers up at 0 here and at 1 there"):
        compare_machines(toggle(0), toggle(1), [pair("state")])


def test_a_register_without_a_partner_is_refused() -> None:
    with pytest.raises(MachineError, match="register q is read, and has no partner"):
        compare_machines(toggle(), toggle(), [])
    with pytest.raises(MachineError, match="register q is in two classes"):
        compare_machines(toggle(), toggle(), [pair("a"), pair("b")])


def twice() -> Machine:
    """Two bits that always hold the same, and one that stays 1."""
    machine = toggle()
    machine.outputs["y"] = "y"
    machine.hold("p", Register("dp"))
    machine.drive("dp", XOR, "p", "x")
    machine.hold("one", Register("stays", 1))
    machine.drive("stays", OR, "one", "x")
    machine.drive("both", AND, "p", "q")
    machine.drive("y", AND, "both", "one")
    return machine


def test_registers_merged_and_constant() -> None:
    merged = Class("state", ("p", "q"), ("q",))
    constant = Class("one", ("one",), (), 1)
    assert compare_machines(twice(), toggle(), [merged, constant]).proved
    with pytest.raises(MachineError, match="powers up"):
        compare_machines(twice(), toggle(), [merged, Class("one", ("one",), (), 0)])
    # p != q is not excluded where they are in classes of their own.
    apart = [Class("q", ("q",), ("q",)), Class("p", ("p",), ()), constant]
    assert compare_machines(twice(), toggle(), apart).differs


def test_a_constant_that_does_not_stay_is_found() -> None:
    machine = twice()
    del machine.cells["stays"]
    machine.drive("stays", AND, "one", "x")
    classes = [Class("state", ("p", "q"), ("q",)), Class("one", ("one",), (), 1)]
    assert compare_machines(machine, toggle(), classes).differs.startswith("next one")


def test_ports_wrong() -> None:
    other = toggle()
    other.outputs["z"] = ONE
    with pytest.raises(MachineError, match="outputs are y here and y, z there"):
        compare_machines(toggle(), other, [pair("state")])
    other = toggle()
    other.inputs["z"] = "z"
    with pytest.raises(MachineError, match="inputs are"):
        compare_machines(toggle(), other, [pair("state")])


@pytest.mark.parametrize("seed", range(6))
def test_pairs_are_equal_exactly_where_their_tables_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    b = Builder()
    inputs = [b.input(f"x{at}") for at in range(6)]
    first = random_graph(rng, 6, 40, 3)
    one = b.import_graph(first, inputs)
    # The same functions in another form: each by its two cofactors in the first input.
    low = b.import_graph(first, [b.false, *inputs[1:]])
    high = b.import_graph(first, [b.true, *inputs[1:]])
    other = [b.mux(inputs[0], *two) for two in zip(high, low, strict=True)]
    made = compare_pairs(b, [Pair(*three) for three in zip("abc", one, other, strict=True)])
    assert made.proved
    assert made.same + made.listed == 3


def test_a_difference_in_one_row_of_a_million_is_found_by_sat() -> None:
    b = Builder()
    inputs = [b.input(f"x{at}") for at in range(40)]
    found = b.true
    for one in inputs:
        found = b.and_(found, one)
    made = compare_pairs(b, [Pair("all", found, b.false)])
    assert made.differs == "all"
    assert sum(made.witness.values()) == 40


def test_wide_functions_are_equal_by_sat_and_what_is_listed() -> None:
    """Sums of 12 bits are listed, and whether two such sums are equal has 24 inputs."""
    b = Builder()
    inputs = [b.input(f"x{at}") for at in range(24)]
    halves = inputs[:12], inputs[12:]
    ends = []
    for order in (1, -1):
        odd = []
        for half in halves:
            found = b.false
            for one in half[::order]:
                found = b.xor(found, one)
            odd.append(found)
        ends.append([*odd, b.and_(*odd)])
    names = ("low", "high", "both")
    made = compare_pairs(b, [Pair(*three) for three in zip(names, *ends, strict=True)])
    assert made.proved
    assert (made.listed, made.solved) == (2, 1)


def shifted(*tables: int) -> Machine:
    """Registers that each take x, or another function of it; y is 1 where all hold 1."""
    machine = Machine({"clk": "c", "x": "x"}, {"y": "y"}, clock="clk")
    for at, table in enumerate(tables):
        machine.drive(f"d{at}", table, "x")
        machine.hold(f"q{at}", Register(f"d{at}"))
    machine.drive("y", 1 << ((1 << len(tables)) - 1), *(f"q{at}" for at in range(len(tables))))
    return machine


@pytest.mark.parametrize("at", range(4))
def test_every_member_of_a_class_is_compared(at: int) -> None:
    """Four registers on the left and one on the right; the one of each place is the odd one."""
    every = Class("all", ("q0", "q1", "q2", "q3"), ("q0",))
    wire, odd = 0b10, 0b11
    assert compare_machines(shifted(*[wire] * 4), shifted(wire), [every]).proved
    tables = [odd if place == at else wire for place in range(4)]
    for left, right, members in (
        (shifted(*tables), shifted(wire), every),
        (shifted(wire), shifted(*tables), Class("all", every.right, every.left)),
    ):
        made = compare_machines(left, right, [members])
        assert made.differs.startswith("next all"), at
    # A constant that one of its members leaves.
    held = Class("all", every.left, every.right, 0)
    zeros = [odd if place == at else 0b00 for place in range(4)]
    assert compare_machines(shifted(*zeros), shifted(0b00), [held]).differs.startswith("next all")


@pytest.mark.parametrize("seed", range(3))
def test_out_of_time_is_neither_equal_nor_different(seed: int) -> None:
    """Wide functions that differ nowhere, and no time: undecided, whatever is listed beside."""
    b = Builder()
    inputs = [b.input(f"x{at}") for at in range(20)]
    order = np.random.default_rng(seed).permutation(20).tolist()
    ends = []
    for places in (range(20), order):
        found = b.false
        for place in places:
            found = b.xor(found, inputs[place])
        ends.append(found)
    pairs = [Pair("narrow", b.and_(inputs[0], inputs[1]), b.and_(inputs[1], inputs[0]))]
    pairs.append(Pair("wide", *ends))
    made = compare_pairs(b, pairs, 0)
    assert made.undecided == ["wide"]
    assert (made.proved, made.differs, made.solved) == (False, "", 0)
    said = found_of(made, "how")
    assert said.verdict == UNDECIDED
    assert said.fault == "1 functions undecided within budget, wide"


def test_what_a_comparison_comes_to() -> None:
    assert found_of(Compared(2, 1, 0, 1), "how").verdict == PROVED
    assert found_of(Compared(2, 1, differs="y"), "how").verdict == FAILED
    assert found_of(Compared(2, 1, differs="y", undecided=["z"]), "how").verdict == FAILED
    assert found_of(Compared(2, 1, undecided=["z"]), "how").verdict == UNDECIDED


def test_relative_members_hold_the_bit_or_its_complement() -> None:
    """A bit that changes where x is 1, from 0, and its complement, from 1."""
    other = toggle(1)
    other.outputs["y"] = "n"
    other.drive("n", NOT, "q")
    relative = Class("state", ("q",), ("q",), relative=True)
    assert compare_machines(toggle(), other, [relative]).proved
    # Both at 0 hold the same, so a complement at the output is a difference.
    assert compare_machines(toggle(), toggle(inverted=True), [relative]).differs.startswith("y ")
    # A bit that never moves has its own value, not 0.
    still = Machine({"clk": "c", "x": "x"}, {"y": "q"}, clock="clk")
    still.hold("q", Register("q", 1))
    one = Machine({"clk": "c", "x": "x"}, {"y": ONE}, clock="clk")
    assert compare_machines(still, one, [Class("one", ("q",), (), 0, relative=True)]).proved
    zero = Machine({"clk": "c", "x": "x"}, {"y": ZERO}, clock="clk")
    assert compare_machines(still, zero, [Class("one", ("q",), (), 0, relative=True)]).differs
