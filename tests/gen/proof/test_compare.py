"""Machines made by hand whose sequences are known, compared."""

import numpy as np
import pytest

from gen.logic.graph import Builder
from gen.proof.compare import Class, Pair, compare_machines, compare_pairs
from gen.proof.machine import ONE, Machine, MachineError, Register
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
