"""One activation's table and formula, against the integer network's own values."""

from typing import Any

import numpy as np
import pytest

from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.unroll import unrolled
from gen.ask.questions.unit import Unit
from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Table
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.ask.network.test_forced import two_bits
from tests.gen.logic.graphs import every_input


def table_net(width: int = 5) -> IntNet:
    """Learned truth tables of five inputs, one of them constant."""
    rng = np.random.default_rng(3)
    tables = rng.integers(0, 2, (4, 1 << width)).astype(np.int8)
    tables[3] = 1
    wiring = np.stack([rng.permutation(7)[:width] for _ in range(4)]).astype(np.int32)
    last = rng.integers(-1, 2, (3, 4)).astype(np.int8)
    nodes = (
        Table("layer1", ("x",), wiring, tables),
        Linear("score", ("layer1",), last, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(7, nodes)


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("seed", range(4))
def test_a_sums_formula_and_table(seed: int, at: int) -> None:
    net = random_net(seed)
    rows, unit = every_input(6), Unit(Logic.melted(net), f"layer1[{at}]")
    wanted = interpret(net, rows)["layer1"][:, at]
    x = list(rows.astype(np.int64).T)
    assert np.array_equal(np.broadcast_to(eval(unit.formula, {"x": x}), len(rows)), wanted)
    assert unit.weights == {f"x[{n}]": int(w) for n, w in enumerate(net.nodes[0].weight[at]) if w}
    total = sum(w * x[int(name[2:-1])] for name, w in unit.weights.items()) + np.zeros(64)
    assert unit.threshold is not None
    assert np.array_equal(total >= unit.threshold, wanted)
    assert_listed(unit, rows, wanted)


def assert_listed(unit: Unit, rows: np.ndarray, wanted: np.ndarray) -> None:
    """Every row of the truth table, looked up by what the unit reads."""
    values, made = unit.truth_table
    assert len(values) == 1 << len(unit.reads)
    places = [int(name[2:-1]) for name in unit.reads]
    index = rows[:, places] @ (1 << np.arange(len(places)))
    assert np.array_equal(values[index], rows[:, places])
    assert np.array_equal(made[index, 0], wanted)


@pytest.mark.parametrize("at", range(4))
def test_a_tables_formula(at: int) -> None:
    net = table_net()
    rows, unit = every_input(7), Unit(Logic.melted(net), f"layer1[{at}]")
    wanted = interpret(net, rows)["layer1"][:, at]
    said = eval(unit.formula, {"x": list(rows.astype(bool).T)})
    assert np.array_equal(np.broadcast_to(said, len(rows)), wanted.astype(bool))
    assert (unit.weights, unit.thresholds, unit.threshold) == (None, None, None)
    assert_listed(unit, rows, wanted)
    assert unit.formula == "True" or at < 3


@pytest.mark.parametrize("at", range(3))
def test_values_of_several_bits(at: int) -> None:
    net = two_bits()
    rows, unit = every_input(6), Unit(Logic.melted(net), f"layer1[{at}]")
    x = [rows[:, 2 * n].astype(int) + 2 * rows[:, 2 * n + 1] for n in range(3)]
    wanted = interpret(net, np.stack(x, axis=1))["layer1"][:, at]
    assert np.array_equal(eval(unit.formula, {"x": x}), wanted)
    assert unit.threshold is None


def test_steps_of_a_recurrent_network() -> None:
    logic = Logic.melted(random_rnn(4))
    weight = logic.net.nodes[1].weight[2]
    names = [f"x[{at}]" for at in range(3)] + [f"h[{at}]" for at in range(4)]
    wanted = {name: int(w) for name, w in zip(names, weight, strict=True) if w}
    assert Unit(logic, "layer1[2]").weights == wanted
    assert set(Unit(logic, "layer1[2]").reads) <= {*wanted, "reset"}
    steps = Unit(unrolled(logic, 2), "layer1[2]@1").weights
    assert steps == {f"{name}@1": w for name, w in wanted.items()}


def test_bias_moves_the_threshold() -> None:
    first = np.array([[1, -1, 1]], np.int8)
    nodes: Any = (
        Linear("layer1.sum", ("x",), first, np.array([2], np.int32)),
        Levels("layer1", ("layer1.sum",), np.array([[3]], np.int32), np.array([[1, 0]], np.int8)),
        Linear("score", ("layer1",), np.array([[1], [0]], np.int8), np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )
    unit = Unit(Logic.melted(IntNet(3, nodes)), "layer1[0]")
    assert unit.formula == "x[0] - x[1] + x[2] < 1"
    assert unit.thresholds == (1,)


def test_unit_wrong() -> None:
    logic = Logic.melted(random_net(1))
    for name, error in (
        ("x[3]", "x[3] is no activation; those of layer1 are"),
        ("score[0]", "score[0] is no activation; those of layer1 are"),
        ("layer1", "layer1 is a whole layer; name one of it, as layer1[0]"),
    ):
        with pytest.raises(AskError) as caught:
            Unit(logic, name)
        assert str(caught.value) == error


def test_too_many_inputs_have_no_table() -> None:
    unit = Unit(Logic.melted(random_net(0, inputs=40)), "layer1[0]")
    with pytest.raises(AskError, match="up to 16 a truth table is listed"):
        _ = unit.truth_table
    assert ">=" in unit.formula
