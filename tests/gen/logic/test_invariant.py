"""Invariants against all states that a small machine reaches, found by walking all its steps."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from gen.files import FileDamaged, read_json, write_json
from gen.logic.aiger import Register
from gen.logic.candidates import Seen, exclusive_groups, facts_of
from gen.logic.graph import Builder, Graph, GraphError, Signal
from gen.logic.invariant import Invariant, find_invariant, read_invariant
from gen.logic.machine import Machine
from gen.logic.solver import Clause
from tests.gen.logic.graphs import value

Next = Callable[[Builder, list[Signal], list[Signal]], Sequence[Signal]]


def machine_of(
    n_in: int, resets: Sequence[int], step: Next, care: Sequence[Clause] = ()
) -> Machine:
    """A machine of inputs x[i] and states h[i] whose next values are `step` of both, from the
    reset values where "reset" is 1; beside it an output that is not a next value."""
    b = Builder()
    inputs = [b.input(f"x[{i}]") for i in range(n_in)]
    reset = b.input("reset")
    held = [b.input(f"h[{i}]") for i in range(len(resets))]
    now = [b.mux(reset, b.constant(r), h) for r, h in zip(resets, held, strict=True)]
    made = step(b, inputs, now)
    b.output("y", b.and_(inputs[0], made[0]))
    for at, signal in enumerate(made):
        b.output(f"h.next[{at}]", signal)
    registers = [Register(f"h[{i}]", f"h.next[{i}]", r) for i, r in enumerate(resets)]
    return Machine(b.graph(), registers, care)


def every(n: int) -> list[tuple[int, ...]]:
    return list(itertools.product((0, 1), repeat=n))


def reachable(machine: Machine, valid: Callable[[Sequence[int]], bool] = lambda _: True) -> set:
    """The states after a starting step from any state, and after all steps from those."""
    count = machine.n_states
    inputs = [row for row in every(machine.first_state - 1) if valid(row)]

    def after(row: tuple[int, ...], reset: int, held: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(value(machine.graph, [*row, reset, *held])[-count:])

    found = {after(row, 1, held) for row in inputs for held in every(count)}
    waiting = list(found)
    while waiting:
        held = waiting.pop()
        for row in inputs:
            state = after(row, 0, held)
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found


def rows_of(
    machine: Machine, valid: Callable[[Sequence[int]], bool] = lambda _: True
) -> np.ndarray:
    rows = [[*row, 0] for row in every(machine.first_state - 1) if valid(row)]
    return np.array(rows, dtype=np.uint8)


def random_step(seed: int, gates: int = 14) -> Next:
    """Random gates over inputs and states."""

    def step(b: Builder, x: list[Signal], h: list[Signal]) -> list[Signal]:
        rng = np.random.default_rng(seed)
        signals = [*x, *h]
        for _ in range(gates):
            one, other = (signals[rng.integers(len(signals))] for _ in range(2))
            signals.append(b.and_(~one if rng.random() < 0.5 else one, other))
        return [~signals[-1 - i] if i & 1 else signals[-1 - i] for i in range(len(h))]

    return step


def satisfied(fact: Clause, state: Sequence[int]) -> bool:
    return any(state[bit] == value for bit, value in fact)


@pytest.mark.parametrize("seed", range(12))
def test_every_clause_holds_in_every_state_that_is_reached(seed: int) -> None:
    resets = np.random.default_rng(seed).integers(0, 2, 5).tolist()
    machine = machine_of(2, resets, random_step(seed))
    found = find_invariant(machine, rows_of(machine))
    states = reachable(machine)
    assert found.complete
    assert found.undecided == 0
    assert all(satisfied(fact, state) for fact in found.facts for state in states)
    assert found.verify(machine)


def test_random_machines_have_clauses_to_find() -> None:
    """Where the clauses of up to three literals that hold are inductive, all are found."""
    found = [
        len(find_invariant(m, rows_of(m)).facts)
        for m in (machine_of(2, [0] * 5, random_step(seed)) for seed in range(6))
    ]
    assert sum(count > 0 for count in found) >= 4


def ring(b: Builder, x: list[Signal], h: list[Signal]) -> list[Signal]:
    """A one-hot ring that moves on where x[0] is 1, and its first bit twice more, once inverted."""
    moved = [b.mux(x[0], h[i - 1], h[i]) for i in range(4)]
    moved[0] = b.mux(x[0], h[3], h[0])
    return [*moved, moved[0], ~moved[0]]


def test_a_planted_one_hot_code_and_its_copies_are_found() -> None:
    machine = machine_of(1, [1, 0, 0, 0, 1, 0], ring)
    found = find_invariant(machine, rows_of(machine))
    assert len(reachable(machine)) == 4
    expected = {((a, False), (b, False)) for a, b in itertools.combinations(range(4), 2)}
    expected |= {((0, True), (1, True), (2, True), (3, True))}
    expected |= {((0, False), (4, True)), ((0, True), (4, False))}
    expected |= {((0, True), (5, True)), ((0, False), (5, False))}
    assert expected <= set(found.facts)
    allowed = [s for s in every(6) if all(satisfied(fact, s) for fact in found.facts)]
    assert set(allowed) == reachable(machine)
    assert found.counts()["equal or opposite"] == 3


def thermometer(b: Builder, x: list[Signal], h: list[Signal]) -> list[Signal]:
    """A counter in unary: x[0] counts up, x[1] down; and a bit that stays as it was reset."""
    up = [b.true, *h[:2]]
    down = [*h[1:3], b.false]
    counted = [b.mux(x[0], u, b.mux(x[1], d, s)) for u, d, s in zip(up, down, h[:3], strict=True)]
    return [*counted, h[3]]


def test_a_planted_thermometer_and_a_constant_are_found() -> None:
    machine = machine_of(2, [0, 0, 0, 1], thermometer)
    found = find_invariant(machine, rows_of(machine))
    assert found.facts == (((3, True),), ((0, True), (1, False)), ((0, True), (2, False)),
                           ((1, True), (2, False)))  # fmt: skip
    assert found.counts() == {
        "constant": 1,
        "equal or opposite": 0,
        "implied": 3,
        "longer": 0,
        "groups of which one at most": 0,
    }


def follows(b: Builder, x: list[Signal], h: list[Signal]) -> list[Signal]:
    """h[1] implies h[0] only because x[1] implies x[0]."""
    return [x[0], x[1]]


def test_the_care_set_of_inputs_is_used() -> None:
    care: list[Clause] = [[(0, True), (1, False)]]
    with_care = machine_of(2, [0, 0], follows, care)
    rows = rows_of(with_care, lambda row: row[0] >= row[1])
    assert find_invariant(with_care, rows).facts == (((0, True), (1, False)),)
    without = machine_of(2, [0, 0], follows)
    assert find_invariant(without, rows).facts == ()  # seen in every sample, and not inductive


def rare(b: Builder, x: list[Signal], h: list[Signal]) -> list[Signal]:
    """h[0] becomes 1 after one input in 2**12, twice in a row: no simulation sees it."""
    hit = b.true
    for signal in x:
        hit = b.and_(hit, signal)
    return [b.and_(hit, h[1]), hit]


def test_what_simulation_never_sees_is_not_believed() -> None:
    machine = machine_of(12, [0, 0], rare)
    rows = np.zeros((8, 13), np.uint8)
    found = find_invariant(machine, rows)
    assert found.facts == (((0, False), (1, True)),)  # h[0] needs two in a row, so h[1] as well


def test_a_wrong_invariant_is_not_verified() -> None:
    machine = machine_of(1, [1, 0, 0, 0, 1, 0], ring)
    names = tuple(f"h[{i}]" for i in range(6))
    true = find_invariant(machine, rows_of(machine))
    assert not Invariant(names, (*true.facts, ((0, False),))).verify(machine)
    # It holds in all states reached, and does not follow from itself: not inductive.
    assert not Invariant(names, (((0, True), (1, True), (2, True), (3, True)),)).verify(
        machine_of(1, [1, 0, 0, 0, 1, 0], lambda b, x, h: [*ring(b, x, h)[:3], h[3], h[4], h[5]])
    )
    with pytest.raises(GraphError, match="an invariant of 6 states is not of this graph's 4"):
        true.verify(machine_of(2, [0, 0, 0, 1], thermometer))


def test_no_time_proves_nothing() -> None:
    machine = machine_of(1, [1, 0, 0, 0, 1, 0], ring)
    found = find_invariant(machine, rows_of(machine), seconds=0)
    assert not found.complete
    assert found.facts == ()


def test_samples_are_steps_that_can_be_taken() -> None:
    machine = machine_of(1, [1, 0, 0, 0, 1, 0], ring)
    states = reachable(machine)
    rows = machine.samples(rows_of(machine), 500)
    started = rows[:, 1] == 1
    assert 20 < started.sum() < 120
    assert {tuple(row[2:]) for row in rows[~started].tolist()} == states
    assert not {tuple(row[2:]) for row in rows[started].tolist()} <= states


def test_files_tell_the_same(tmp_path: Path) -> None:
    machine = machine_of(2, [0, 0, 0, 1], thermometer)
    found = find_invariant(machine, rows_of(machine))
    path = tmp_path / "invariant.json"
    found.write(path)
    again = read_invariant(path)
    assert (again.names, again.facts) == (found.names, found.facts)
    whole = read_json(path)
    assert whole["clauses"][0] == [["h[3]", True]]
    for clauses in ([[["h[9]", True]]], [[]], [[["h[0]", 1]]], 7):
        write_json(path, whole | {"clauses": clauses})
        with pytest.raises(FileDamaged, match=r"invariant\.json: not an invariant"):
            read_invariant(path)


def test_no_recurrent_step_wrong() -> None:
    machine = machine_of(2, [0, 0, 0, 1], thermometer)
    with pytest.raises(GraphError, match="0 registers and no input 'reset'"):
        Machine(machine.graph, [])
    with pytest.raises(GraphError, match="the last 4 inputs and outputs are not the registers"):
        Machine(machine.graph, machine.registers[::-1])
    renamed = machine.graph.renamed([f"i{n}" for n in range(7)], machine.graph.output_names)
    with pytest.raises(GraphError, match="no input 'reset'"):
        Machine(renamed, machine.registers)


@pytest.mark.parametrize("seed", range(4))
def test_candidates_are_the_clauses_that_hold(seed: int) -> None:
    states = np.random.default_rng(seed).integers(0, 2, (6, 4)).astype(np.uint8)
    literals = [(bit, value) for bit in range(4) for value in (False, True)]
    holding = [
        clause
        for width in (1, 2, 3)
        for clause in itertools.combinations(literals, width)
        if len({bit for bit, _ in clause}) == width
        and all(satisfied(clause, row) for row in states.tolist())
    ]
    found = facts_of(Seen(states), 3)
    assert set(holding) <= set(found)
    assert all(satisfied(fact, row) for fact in found for row in states.tolist())
    assert len(found) == len(set(found))
    assert all(len(fact) == 4 for fact in set(found) - set(holding))  # one of a whole group
    proved = [clause for clause in holding if len(clause) < 3][:3]
    new = [fact for fact in holding if not any(set(one) <= set(fact) for one in proved)]
    assert [fact for fact in facts_of(Seen(states), 3, proved) if len(fact) < 4] == new


def test_groups_are_of_bits_that_exclude_each_other() -> None:
    clauses = [((a, False), (b, False)) for a, b in itertools.combinations((0, 2, 5), 2)]
    clauses.append(((1, True), (5, False)))
    assert exclusive_groups(clauses) == [[(0, True), (2, True), (5, True)]]
    assert exclusive_groups(clauses[1:]) == []


def test_a_graph_is_needed_once() -> None:
    machine = machine_of(1, [1, 0, 0, 0, 1, 0], ring)
    assert isinstance(machine.step, Graph)
    assert machine.step.output_names == tuple(f"h.next[{i}]" for i in range(6))
    assert machine.step.input_names == machine.graph.input_names
