"""Two networks, against listing all inputs through both integer networks."""

from dataclasses import replace

import numpy as np
import pytest

import gen.ask.network.compared as module
from gen.ask.evidence.judging import plain_word
from gen.ask.network.compared import interval
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.equivalent import equivalent
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Table
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.nets import logic_of, random_net, random_rnn, verified
from tests.gen.intnet.nets import i32

LISTED = ("dense", "thermometer", "onehot", "tables")
"""Kinds of networks without states."""


def changed(one: Case) -> IntNet:
    """The same network with a step moved here and there, or an entry of a table."""
    other = case(one.seed, LISTED).net
    layer, few = next(n for n in other.nodes if n.name == "layer1"), one.rng.random
    if isinstance(layer, Table):
        tables = layer.tables ^ (few(layer.tables.shape) < 0.03)
        object.__setattr__(layer, "tables", tables.astype(np.int8))
    else:
        object.__setattr__(layer, "edges", i32(layer.edges + (few(layer.edges.shape) < 0.15)))
    return other


@blocks()
def test_equivalent_networks(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in seeds:
        # Every other one is not listed but sampled, swept and solved.
        monkeypatch.setattr(module, "LISTED", 20 if seed % 2 else 0)
        monkeypatch.setattr(module, "VECTORS", 8)
        one = case(seed, LISTED)
        other = changed(one)
        classes = interpreter(other)(one.rows, {}, one.labels).argmax(axis=1)
        apart = float((classes != one.classes).mean())
        second = logic_of(other)
        answer = equivalent(one.logic, second, one.given, certify=seed % 6 == 0)
        assert plain_word(answer.verdict) == ("different" if apart else "equivalent")
        assert answer.details["exact"] == (seed % 2 == 1)
        if seed % 2:
            assert answer.details["share"] == pytest.approx(apart)
        verified(one.logic, answer, second)


def moved(seed: int, step: int) -> IntNet:
    """A network of many inputs; with a step, not quite the one without."""
    net = random_net(seed, 24, 8, 3)
    edges = net.nodes[1].edges.copy()
    edges[0] += step
    object.__setattr__(net.nodes[1], "edges", edges)
    return net


def test_networks_of_many_inputs_that_differ() -> None:
    first, second = logic_of(moved(4, 0)), logic_of(moved(4, 1))
    answer = equivalent(first, second)
    assert answer.verdict == "different"
    low, high = answer.details["interval"]
    assert low <= answer.details["share"] <= high
    assert not answer.details["exact"]
    assert verified(first, answer, second) == ["2 inputs were run through the network itself"]
    for other in (first, None):
        with pytest.raises(AskError):
            verified(first, answer, other)


def shuffled(net: IntNet) -> IntNet:
    """The same network with its units in another order."""
    linear, levels, score, *rest = net.nodes
    order = np.random.default_rng(0).permutation(len(linear.weight))
    nodes = (
        Linear(linear.name, linear.inputs, linear.weight[order], linear.bias[order]),
        Levels(levels.name, levels.inputs, levels.edges[order], levels.codes[order]),
        Linear(score.name, score.inputs, score.weight[:, order], score.bias),
        *rest,
    )
    return IntNet(net.n_inputs, nodes)


def test_networks_of_many_inputs_that_do_not() -> None:
    net = random_net(4, 24, 8, 3)
    first, second = logic_of(net), logic_of(shuffled(net))
    assert equivalent(first, second).verdict == "equivalent, not checked"
    proved = equivalent(first, second, certify=True)
    assert proved.verdict == "equivalent"
    (line,) = verified(first, proved, second)
    assert line.startswith("both networks have the same class: ")
    # Of the second network another one is said.
    with pytest.raises(AskError):
        verified(first, proved, logic_of(moved(4, 1)))


def all_of(bits: int, edge: int) -> Logic:
    """Class 1 where so many input bits are 1."""
    nodes = (
        Linear("layer1.sum", ("x",), np.ones((1, bits), np.int8), i32([0])),
        Levels("layer1", ("layer1.sum",), i32([[edge]]), np.array([[0, 1]], np.int8)),
        Linear("score", ("layer1",), np.array([[0], [1]], np.int8), i32([0, 0])),
        Argmax("class", ("score",)),
    )
    return logic_of(IntNet(bits, nodes))


def test_a_rare_difference_is_found_by_the_solver() -> None:
    first, second = all_of(24, 24), all_of(24, 25)
    answer = equivalent(first, second)
    assert answer.verdict == "different"
    assert answer.details["classes"]["row"] == "1" * 24
    assert answer.details["differ"] == 0
    assert answer.details["interval"][1] < 2e-4
    # No sample tells the two apart: only the second network's own graph does.
    same = equivalent(first, all_of(24, 24))
    assert same.verdict == "equivalent"
    assert verified(first, same, all_of(24, 24))
    with pytest.raises(AskError, match="bears out that both networks have the same class"):
        verified(first, same, second)


def test_a_sweep_that_gives_up_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no sample tells two networks apart, a sweep out of budget leaves it to the solver."""
    monkeypatch.setattr("gen.ask.questions.equivalent.equal_on", lambda *_: None)
    answer = equivalent(all_of(24, 24), all_of(24, 25))
    assert answer.verdict == "different"
    assert answer.run.method == "SAT on neurons, both networks"


def test_what_is_swept_satisfies_the_conditions() -> None:
    """The two differ on one input, which the conditions leave out: then there is no difference."""
    given = Conditions({"x[0]": 0})
    answer = equivalent(all_of(24, 24), all_of(24, 25), given, certify=True)
    assert (answer.verdict, answer.run.method) == ("equivalent", "both graphs swept in one")
    assert verified(all_of(24, 24), answer, all_of(24, 25))


@pytest.mark.parametrize("row", ["0" * 24, "1" * 23 + "0"])
def test_an_input_that_shows_no_difference_wrong(row: str) -> None:
    first, second = all_of(24, 24), all_of(24, 25)
    answer = equivalent(first, second)
    assert verified(first, answer, second)
    forged = answer.details | {"classes": {"verdict": "different", "row": row}}
    with pytest.raises(AskError, match="the same class on the input that is shown"):
        verified(first, replace(answer, details=forged), second)


def test_the_interval_is_wilsons() -> None:
    # Printed for 10 of 100 at 99 % by R's binom::binom.confint(method = "wilson").
    assert interval(10, 100) == pytest.approx([0.0459, 0.2042], abs=2e-3)
    assert interval(0, 100)[0] == 0


def test_networks_that_cannot_be_compared() -> None:
    first = logic_of(random_net(1, 7))
    with pytest.raises(AskError, match="7 and 6 input bits"):
        equivalent(first, logic_of(random_net(1, 6)))
    with pytest.raises(AskError, match="decide between"):
        equivalent(first, logic_of(random_net(1, 7, classes=2)))
    with pytest.raises(AskError, match="over steps from reset: give --steps N"):
        equivalent(logic_of(random_rnn(0)), logic_of(random_rnn(0)))
