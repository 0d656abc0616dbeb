"""Networks as clauses against the integer network, on every input."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.search.encoding import Encoding
from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.gen.ask.brute import satisfying
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.intnet.nets import i8, i32
from tests.gen.intnet.random_nets import networks
from tests.gen.logic.graphs import every_input


def assert_classes(net: IntNet, rows: np.ndarray, neurons: bool = True) -> None:
    """Every row has exactly the class that the network itself gives it."""
    logic, encoding = logic_of(net), Encoding()
    copy = encoding.copy(logic, neurons=neurons)
    names = [f"class={c}" for c in range(net.n_classes)]
    wanted = interpreter(net)(rows, {}, names)
    with Solver(name="glucose4", bootstrap_with=encoding.clauses.rows) as solver:
        for row, classes in zip(rows.tolist(), wanted.tolist(), strict=True):
            assumed = [one if bit else -one for one, bit in zip(copy.inputs, row, strict=True)]
            assert solver.solve(assumed)
            model = set(solver.get_model())
            assert [int(one in model) for one in copy.classes] == classes
            flipped = [
                -one if value else one for one, value in zip(copy.classes, classes, strict=True)
            ]
            assert not any(solver.solve([*assumed, one]) for one in flipped)


@pytest.mark.parametrize("seed", range(60))
def test_small_networks(seed: int) -> None:
    assert_classes(random_net(seed, 6, 5, 2 + seed % 4), every_input(6), seed % 10 > 0)


@pytest.mark.parametrize("seed", range(20))
def test_levels_of_several_bits_and_wide_weights(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.integers(-12, 13, (4, 3)), axis=1)
    nodes = (
        Linear("a.sum", ("x",), i8(rng.integers(-7, 8, (4, 3))), i32(rng.integers(-5, 6, 4))),
        Levels("a", ("a.sum",), i32(edges), i8(rng.integers(-2, 2, (4, 4))), bits=2, signed=True),
        Linear("score", ("a",), i8(rng.integers(-3, 4, (3, 4))), i32(rng.integers(-4, 5, 3))),
        Argmax("class", ("score",)),
    )
    assert_classes(IntNet(3, nodes, input_bits=2, input_signed=bool(seed % 2)), every_input(6))


@given(networks(), st.integers(0, 9))
@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
def test_networks_of_any_nodes(net: IntNet, seed: int) -> None:
    assume(net.decision is not None and not net.states)
    bits = every_input(net.n_inputs * net.input_bits)
    rows = np.random.default_rng(seed).permutation(bits)[:40]
    assert_classes(net, rows)


@pytest.mark.parametrize("seed", range(5))
def test_a_step_of_a_recurrent_network(seed: int) -> None:
    net = random_rnn(seed)
    assert_classes(net, every_input(8))


def test_conditions_and_equal_scores() -> None:
    net = random_net(3, care={"kind": "thermometer", "groups": [[0, 1, 2]]})
    logic, encoding = logic_of(net), Encoding()
    conditions = Conditions(fixed={"x[4]": 1}, sample=(0,) * 6, radius=3)
    copy = encoding.copy(logic)
    encoding.condition(Region(logic, conditions), copy.inputs)
    assert copy.scores is not None
    equal = encoding.equal(copy.scores[0], copy.scores[2])
    higher = encoding.not_below(copy.scores[1], copy.scores[0], 1)
    inside = {tuple(row) for row in satisfying(net, logic.inputs, conditions).tolist()}
    scores = interpret(net, every_input(6))["score"]
    with Solver(name="glucose4", bootstrap_with=encoding.clauses.rows) as solver:
        for row, score in zip(every_input(6).tolist(), scores.tolist(), strict=True):
            assumed = [one if bit else -one for one, bit in zip(copy.inputs, row, strict=True)]
            assert solver.solve(assumed) == (tuple(row) in inside)
            if tuple(row) in inside:
                assert solver.solve([*assumed, equal]) == (score[0] == score[2])
                assert solver.solve([*assumed, higher]) == (score[1] > score[0])


def test_a_network_without_a_decision_is_refused() -> None:
    net = random_net(0)
    with pytest.raises(AskError, match="decides for no class"):
        Encoding().copy(logic_of(IntNet(net.n_inputs, net.nodes[:-1])))
