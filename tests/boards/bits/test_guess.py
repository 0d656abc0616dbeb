"""Registers that a netlist holds inverted under other names, of machines made by hand."""

import pytest

from boards.bits.guess import by_behaviour
from gen.proof.compare import Class, compare_machines
from gen.proof.machine import Machine, MachineError, Register

NOT, XOR, OR, NOR, ALL = 0b01, 0b0110, 0b1110, 0b0001, 1 << 7
KEPT = [Class("a", ("a",), ("a",))]


def rtl() -> Machine:
    """a is x a cycle ago; p, at 1 first, changes where a is 1; q and r are 1 first, then x."""
    machine = Machine({"clk": "c", "x": "x"}, {"y": "y"}, clock="clk")
    machine.hold("a", Register("x"))
    machine.drive("next p", XOR, "a", "p")
    machine.hold("p", Register("next p", 1, frozenset(["p"])))
    for name in ("q", "r"):
        machine.hold(name, Register("x", 1, frozenset([name])))
    machine.drive("y", ALL, "p", "q", "r")
    return machine


def netlist(table: int = XOR, init: int = 0) -> Machine:
    """The same with n1 for the complement of p, n2 for that of q and of r."""
    machine = Machine({"clk": "c", "x": "x"}, {"y": "y"}, clock="clk")
    machine.hold("a", Register("x"))
    machine.drive("next n1", table, "a", "n1")
    machine.hold("n1", Register("next n1", init))
    machine.drive("next n2", NOT, "x")
    machine.hold("n2", Register("next n2"))
    machine.drive("y", NOR, "n1", "n2")
    return machine


def test_complements_are_found_and_the_proof_confirms_them() -> None:
    found = by_behaviour(rtl(), netlist(), KEPT)
    assert {(one.left, one.right) for one in found} == {(("p",), ("n1",)), (("q", "r"), ("n2",))}
    assert all(one.inverted for one in found)
    made = compare_machines(rtl(), netlist(), [*KEPT, *found])
    assert made.proved, made.fault


@pytest.mark.parametrize(("table", "init"), [(OR, 0), (XOR, 1)])
def test_what_does_otherwise_gets_no_partner(table: int, init: int) -> None:
    other = netlist(table, init)
    found = by_behaviour(rtl(), other, KEPT)
    assert [(one.left, one.right) for one in found] == [(("q", "r"), ("n2",))]
    with pytest.raises(MachineError, match="register p is read, and has no partner"):
        compare_machines(rtl(), other, [*KEPT, *found])


def test_the_same_under_another_name_is_no_complement() -> None:
    assert by_behaviour(rtl(), rtl(), KEPT) == []


def test_nothing_is_left_to_guess() -> None:
    every = [Class(net, (net,), (net,)) for net in rtl().registers]
    assert by_behaviour(rtl(), rtl(), every) == []
