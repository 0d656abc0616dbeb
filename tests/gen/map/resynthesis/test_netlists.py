"""Netlists made anew, and behind cells that make inputs valid: every input listed."""

import time
from typing import Any

import numpy as np
import pytest

from gen.data.care import KINDS
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.map.dont_cares import narrowed
from gen.map.netlist import Cell, Netlist
from gen.map.resynthesis import projected as behind
from gen.map.resynthesis import run
from gen.map.resynthesis.cones import made_anew
from gen.map.resynthesis.projected import by_abc, equal_on_valid, projected, valid_inputs
from gen.map.resynthesis.run import on_care_set
from gen.tools.tool import ToolFailed
from tests.gen.map.test_dont_cares import ALL, THERMOMETER, VALID, answers, random_netlist

GROUPS = [("thermometer", [0, 1, 2])]


def layered(seed: int) -> Netlist:
    """Six inputs, four random functions of all of them, each as seven tables, and their sum."""
    rng = np.random.default_rng(seed)
    cells: list[Cell] = []
    ends = []
    for _ in range(4):
        first = 6 + len(cells)
        order = rng.permutation(6).tolist()
        cells += [Cell(int(rng.integers(1, 65535)), tuple(order[:4])) for _ in range(4)]
        low, high = ((order[4], first + at, first + at + 1) for at in (0, 2))
        cells += [Cell(0b11100100, low), Cell(0b11100100, high)]
        cells.append(Cell(0b11100100, (order[5], first + 4, first + 5)))
        ends.append(first + 6)
    cells.append(Cell(0b0110100110010110, tuple(ends)))
    outputs = (*((f"class.{at}", end) for at, end in enumerate(ends)), ("sum", 5 + len(cells)))
    return Netlist(tuple(f"x[{at}]" for at in range(6)), outputs, tuple(cells))


@pytest.mark.parametrize("seed", range(8))
def test_parts_are_made_anew_and_valid_inputs_stay(seed: int) -> None:
    netlist = layered(seed)
    made = made_anew(netlist, THERMOMETER, VALID, time.process_time() + 60)
    assert np.array_equal(answers(made, VALID), answers(netlist, VALID))
    assert len(made.cells) <= len(netlist.cells)
    # A pattern that no sample shows, and that occurs, is found out.
    few = made_anew(netlist, THERMOMETER, VALID[:3], time.process_time() + 60)
    assert np.array_equal(answers(few, VALID), answers(netlist, VALID))
    late = made_anew(netlist, THERMOMETER, VALID, 0)
    assert np.array_equal(answers(late, ALL), answers(netlist, ALL))


@pytest.mark.parametrize("seed", range(12))
def test_random_netlists_stay_as_they_are_on_valid_inputs(seed: int) -> None:
    netlist = random_netlist(seed)
    end = time.process_time() + 60
    made = made_anew(netlist, THERMOMETER, VALID[:5], end)
    assert np.array_equal(answers(made, VALID), answers(netlist, VALID))
    found = narrowed(netlist, THERMOMETER, VALID[:5], end)
    assert found.undecided == 0
    assert np.array_equal(answers(found.netlist, VALID), answers(netlist, VALID))
    assert max(len(made.cells), len(found.netlist.cells)) <= len(netlist.cells)


WIRES = Netlist(
    tuple(f"x[{at}]" for at in range(6)), tuple((f"y[{at}]", at) for at in range(6)), ()
)


@pytest.mark.parametrize(
    "groups",
    [
        [("thermometer", [0, 1, 2]), ("thermometer", [5, 3])],
        [("onehot", [4, 1, 2]), ("thermometer", [3, 0])],
        [("onehot", [0, 1]), ("onehot", [2]), ("onehot", [3, 4, 5])],
        [("thermometer", [2])],
        [],
    ],
)
def test_any_input_becomes_a_valid_one_and_a_valid_one_stays(groups: list[Any]) -> None:
    made = answers(projected(WIRES, groups), ALL)
    clauses = [clause for kind, group in groups for clause in KINDS[kind](group)]

    def valid(row: np.ndarray) -> bool:
        return all(any(row[at] == value for at, value in clause) for clause in clauses)

    for before, after in zip(ALL, made, strict=True):
        assert valid(after)
        assert np.array_equal(before, after) == valid(before)
    b = Builder()
    for name, end in zip(
        WIRES.inputs, valid_inputs(b, [b.input(one) for one in WIRES.inputs], groups), strict=True
    ):
        b.output(name, end)
    assert np.array_equal(evaluate(b.graph(), ALL), made)


def test_bits_that_nothing_reads_are_not_looked_at() -> None:
    """Of a one-hot group of which one bit is not read, all others may be 0."""
    netlist = Netlist(WIRES.inputs, (("a", 0), ("b", 1)), ())
    made = answers(projected(netlist, [("onehot", [0, 1, 2])]), ALL)
    assert {tuple(row) for row in made.tolist()} == {(0, 0), (1, 0), (0, 1)}


def test_netlists_that_differ_on_inputs_that_are_not_valid_are_equal() -> None:
    high = Netlist(WIRES.inputs, (("y", 2),), ())
    both = Netlist(WIRES.inputs, (("y", 6),), (Cell(0b1000, (1, 2)),))
    low = Netlist(WIRES.inputs, (("y", 1),), ())
    high_, both_, low_ = (one.to_graph() for one in (high, both, low))
    assert equal_on_valid(high_, both_, GROUPS, 60)
    assert not equal_on_valid(high_, both_, [], 60)
    assert not equal_on_valid(high_, low_, GROUPS, 60)


def test_all_together_and_proved() -> None:
    netlist = layered(3)
    found = on_care_set(netlist, THERMOMETER, VALID, GROUPS)
    assert found is not None
    assert np.array_equal(answers(found.netlist, VALID), answers(netlist, VALID))
    assert len(found.netlist.cells) < len(netlist.cells)
    every = on_care_set(netlist, [], ALL, [])
    assert every is not None
    assert np.array_equal(answers(every.netlist, ALL), answers(netlist, ALL))
    assert len(found.netlist.cells) <= len(every.netlist.cells)


def test_a_smaller_netlist_that_is_another_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever went wrong on the way, the proof at its end decides."""
    netlist = layered(4)
    turned = netlist.with_cells([*netlist.cells[:-1], Cell(0b10, (6,))])
    monkeypatch.setattr(run, "made_anew", lambda *_: turned)
    monkeypatch.setattr(run, "by_abc", lambda made, *_: made)
    assert on_care_set(netlist, THERMOMETER, VALID, GROUPS) is None
    assert on_care_set(netlist, THERMOMETER, VALID) is None


def test_where_abc_fails_the_netlist_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ToolFailed("no")

    monkeypatch.setattr(behind, "run_abc", fails)
    netlist = layered(0)
    assert by_abc(netlist, GROUPS, 60) is netlist
