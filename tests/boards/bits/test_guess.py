"""Registers that a netlist holds inverted, joined or not at all, of machines made by hand."""

import pytest

from boards.bits.guess import all_classes
from gen.proof.compare import Class, compare_machines
from gen.proof.machine import CHOOSE, ONE, ZERO, Machine, Register

NOT, WIRE, AND, XOR, XNOR = 0b01, 0b10, 0b1000, 0b0110, 0b1001
OR, NOR, ALL = 0b1110, 0b0001, 1 << 7
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


def members(found: list[Class]) -> set[tuple[tuple[object, ...], tuple[object, ...]]]:
    return {(one.left, one.right) for one in found}


def test_complements_are_found_and_the_proof_confirms_them() -> None:
    found = all_classes(rtl(), netlist(), KEPT)
    assert members(found) == {(("a",), ("a",)), (("p",), ("n1",)), (("q", "r"), ("n2",))}
    made = compare_machines(rtl(), netlist(), found)
    assert made.proved, made.fault


@pytest.mark.parametrize(("table", "init"), [(OR, 0), (XNOR, 1)])
def test_what_does_otherwise_gets_no_partner(table: int, init: int) -> None:
    other = netlist(table, init)
    found = all_classes(rtl(), other, KEPT)
    assert {(("p",), ()), ((), ("n1",)), (("q", "r"), ("n2",))} <= members(found)
    assert compare_machines(rtl(), other, found).differs


def test_registers_under_other_names_are_found() -> None:
    found = all_classes(rtl(), rtl(), KEPT)
    assert members(found) == {(("a",), ("a",)), (("p",), ("p",)), (("q", "r"), ("q", "r"))}
    assert compare_machines(rtl(), rtl(), found).proved


def test_nothing_is_left_to_guess() -> None:
    every = [Class(net, (net,), (net,)) for net in rtl().registers]
    assert all_classes(rtl(), rtl(), every) == every


def with_constants(table: int = WIRE, init: int = 1) -> Machine:
    """a, and two that hold what they power up with: taken away by synthesis."""
    machine = Machine({"clk": "c", "x": "x"}, {"y": "y"}, clock="clk")
    machine.hold("a", Register("x"))
    machine.drive("next low", AND, "low", "x")
    machine.hold("low", Register("next low", 0))
    machine.drive("next high", table, "high")
    machine.hold("high", Register("next high", init))
    machine.drive("y", 0b11101000, "a", "low", "high")
    return machine


def without() -> Machine:
    """a | 0 | 1, more than half of which is 1 where a is: y is a."""
    machine = Machine({"clk": "c", "x": "x"}, {"y": "a"}, clock="clk")
    machine.hold("a", Register("x"))
    return machine


def test_registers_that_never_change_became_constants() -> None:
    found = all_classes(with_constants(), without(), KEPT)
    assert compare_machines(with_constants(), without(), found).proved
    for table, init in ((NOT, 1), (WIRE, 0)):
        machine = with_constants(table, init)
        found = all_classes(machine, without(), KEPT)
        assert compare_machines(machine, without(), found).differs


def held(*names: str, opens: str = "go", takes: str = "x") -> Machine:
    """Registers that take a bit where another is 1, else keep theirs; y is 1 where all are."""
    machine = Machine({"clk": "c", "x": "x", "go": "go", "z": "z"}, {"y": "y"}, clock="clk")
    for name in names:
        first = name == names[0]
        data, when = ("x", "go") if first else (takes, opens)
        machine.drive(f"next {name}", CHOOSE, name, data, when)
        machine.hold(name, Register(f"next {name}", 0, frozenset([name])))
    machine.drive("y", 1 << ((1 << len(names)) - 1), *names)
    return machine


def test_registers_that_synthesis_joined() -> None:
    named = [Class("p", ("p",), ("p",))]
    found = all_classes(held("p", "q", "r"), held("p"), named)
    assert members(found) == {(("p", "q", "r"), ("p",))}
    assert compare_machines(held("p", "q", "r"), held("p"), found).proved


@pytest.mark.parametrize(("opens", "takes"), [("z", "x"), ("go", "z"), (ONE, "x"), ("go", ZERO)])
def test_registers_that_do_not_belong_together_are_not_joined(opens: str, takes: str) -> None:
    """The first has its partner; the second differs in when it takes a bit, or in which."""
    left = held("p", "q", opens=opens, takes=takes)
    found = all_classes(left, held("p"), [Class("p", ("p",), ("p",))])
    assert compare_machines(left, held("p"), found).differs
