"""Tables in canonical form, checked against the tables themselves, row by row."""

import numpy as np
import pytest

from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.proof.machine import ONE, ZERO, Logic, Machine, MachineError, Register, canonical, choose


@pytest.mark.parametrize("seed", range(40))
def test_a_table_of_any_signals_says_what_its_rows_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    b = Builder()
    inputs = [b.input(name) for name in "abc"]
    pool = [b.false, b.true, *inputs, *(~one for one in inputs)]
    values = [lambda row: 0, lambda row: 1]
    values += [lambda row, at=at: row >> at & 1 for at in range(3)]
    values += [lambda row, at=at: 1 - (row >> at & 1) for at in range(3)]
    picked = rng.integers(0, len(pool), 4)
    table = int(rng.integers(0, 1 << 16))
    b.output("y", canonical(b, table, [pool[at] for at in picked]))
    rows = np.array([[row >> at & 1 for at in range(3)] for row in range(8)], dtype=np.uint8)
    wanted = [
        table >> sum(values[at](row) << k for k, at in enumerate(picked)) & 1 for row in range(8)
    ]
    assert evaluate(b.graph(), rows)[:, 0].tolist() == wanted


@pytest.mark.parametrize("seed", range(20))
def test_pins_in_another_order_give_the_same_node(seed: int) -> None:
    rng = np.random.default_rng(seed)
    b = Builder()
    inputs = [b.input(name) for name in "abcd"]
    table, order = int(rng.integers(0, 1 << 16)), rng.permutation(4)
    # Row r of the permuted table has bit order[k] of the address where r has bit k.
    permuted = sum(
        (table >> sum((row >> k & 1) << int(order[k]) for k in range(4)) & 1) << row
        for row in range(16)
    )
    first = canonical(b, table, inputs)
    assert canonical(b, permuted, [inputs[at] for at in order]) == first
    assert canonical(b, table ^ 0xFFFF, inputs) == ~first


def test_inputs_that_do_not_matter_are_dropped() -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    assert canonical(b, 0b1100, [x, y]) == y
    assert canonical(b, 0b0110, [x, x]) == b.false
    assert canonical(b, 0b1001, [x, ~x]) == b.false


def test_machine_wrong() -> None:
    machine = Machine({"clk": "c", "x": "x"})
    machine.drive("a", 0b01, "b")
    machine.drive("b", 0b01, "a")
    machine.drive("u", 0b01, "nothing")
    machine.hold("q", Register("a", 0, frozenset({"state"})))
    with pytest.raises(MachineError, match="net a has two drivers"):
        machine.drive("a", 0b10, "x")
    with pytest.raises(MachineError, match="net q has two drivers"):
        machine.hold("q", Register("x"))
    with pytest.raises(MachineError, match="two drivers"):
        machine.drive(ONE, 0b10, "x")
    machine.follow("c")
    with pytest.raises(MachineError, match="clock is x, another's clk"):
        machine.follow("x")
    b = Builder()
    logic = Logic(b, machine, {"x": b.input("x")})
    with pytest.raises(MachineError, match="depends on itself without a register"):
        logic.at("a")
    with pytest.raises(MachineError, match="nothing drives net nothing"):
        logic.at("u")
    with pytest.raises(MachineError, match="register state is read, and has no partner"):
        logic.at("q")


def test_a_chain_of_thousands_is_no_recursion() -> None:
    machine = Machine({"x": 0})
    for at in range(5000):
        machine.drive(at + 1, 0b0110, at, 0)
    b = Builder()
    x = b.input("x")
    assert Logic(b, machine, {0: x}).at(5000) == x
    assert machine.source(0) == 0


def test_choose() -> None:
    machine = Machine()
    choose(machine, "y", "s", ONE, ZERO)
    b = Builder()
    s = b.input("s")
    assert Logic(b, machine, {"s": s}).at("y") == s
