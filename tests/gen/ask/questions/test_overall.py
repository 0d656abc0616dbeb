"""Questions about all inputs, against listing all inputs through the integer network."""

from dataclasses import replace

import numpy as np
import pytest

import gen.ask.questions.equivalent as module
from gen.ask.evidence.answer import Answer, AnswerWrong
from gen.ask.evidence.checker import ProofWrong
from gen.ask.evidence.other_network import Judged
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.can import can, ties
from gen.ask.questions.equivalent import equivalent, interval
from gen.ask.questions.monotone import monotone
from gen.data.care import care_clauses
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Table
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_explain import planted
from tests.gen.intnet.nets import i32


def verified(net: IntNet, answer: Answer) -> list[str]:
    return answer.verify(interpreter(net), care_clauses(net.meta.get("care")))


LISTED = ("dense", "thermometer", "onehot", "tables")
"""Kinds of networks without states."""


@blocks()
def test_classes_that_can_be_answered(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        answer = can(one.logic, (), one.given, certify=seed % 10 == 0)
        there = set(one.classes.tolist())
        wanted = ["possible" if c in there else "never" for c in range(one.net.n_classes)]
        assert list(answer.details["classes"].values()) == wanted
        if seed % 10 == 0:
            assert len(answer.certificates) == wanted.count("never")
            one.verify(answer)


@blocks()
def test_classes_that_can_tie(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        width, certify = one.net.score_width, seed % 10 < 2
        names = [[f"score[{c}].{k}" for k in range(width)] for c in range(one.net.n_classes)]
        scores = [one.said(mine) for mine in names]
        answer = ties(one.logic, (), one.given, certify=certify)
        for low, high, verdict in answer.details["pairs"]:
            # The lower class answers where it is the first of the highest.
            both = (scores[int(low)] == scores[int(high)]).all(axis=1) & (one.classes == int(low))
            assert verdict == ("possible" if both.any() else "never")
        never = sum(verdict == "never" for *_, verdict in answer.details["pairs"])
        assert len(answer.certificates) == (never if certify else 0)
        assert bool(answer.unchecked) == (never > 0 and not certify)
        one.verify(answer)


def moves(rows: np.ndarray, classes: np.ndarray, bits: list[int], index: int) -> tuple[bool, bool]:
    """Whether class `index` rises, and whether it falls, in a pair that differs in `bits` only."""
    rises = falls = False
    for at, row in enumerate(rows):
        rest = np.delete(rows, bits, axis=1)
        above = (rest == rest[at]).all(axis=1) & (rows[:, bits] >= row[bits]).all(axis=1)
        after = classes[above] == index
        rises |= bool((classes[at] != index) & after.any())
        falls |= bool((classes[at] == index) & (~after).any())
    return rises, falls


@blocks()
def test_monotone_features(seeds: range) -> None:
    words = {(1, 1): "neither", (1, 0): "rising", (0, 1): "falling", (0, 0): "constant"}
    found = set()
    for seed in seeds:
        one = case(seed)
        coded = one.kind == "thermometer" and seed % 2
        name = "feature[1]" if coded else str(one.rng.choice(one.logic.inputs))
        bits = one.place(one.logic.names.bits(name))
        index = seed % one.net.n_classes
        rest = np.delete(one.rows, bits, axis=1)
        if len(np.unique(rest, axis=0)) == len(rest):
            with pytest.raises(AskError, match="one value only"):
                monotone(one.logic, name, f"class={index}", one.given)
            continue
        certify = seed % 10 < 2
        answer = monotone(one.logic, name, f"class={index}", one.given, certify=certify)
        assert answer.verdict == words[moves(one.rows, one.classes, bits, index)]
        found.add(answer.verdict)
        if certify:
            words_of = (answer.details["rises"], answer.details["falls"])
            assert len(answer.certificates) == words_of.count("never")
        one.verify(answer)
    assert len(found) >= 3


def test_monotone_is_refused_where_nothing_could_be_said() -> None:
    logic = logic_of(random_net(1, 7, 6, 2, {"kind": "thermometer", "groups": [[0, 1, 2], [3, 4]]}))
    logic.net.meta["encoder"] = {"bits": 2, "features": 3}
    with pytest.raises(AskError, match="one value only: nothing can be said"):
        monotone(logic, "x[5]", "class=1", Conditions(fixed={"x[5]": 1}))
    with pytest.raises(AskError, match=r"feature\[2\] is no thermometer code"):
        monotone(logic, "feature[2]", "class=1")
    with pytest.raises(AskError, match=r"layer1\[0\] is no input"):
        monotone(logic, "layer1[0]", "class=1")
    with pytest.raises(AskError, match="there is no such class"):
        monotone(logic, "x[5]", "class=9")


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
        answer = equivalent(one.logic, logic_of(other), one.given, certify=seed % 6 == 0)
        assert answer.verdict == ("different" if apart else "equivalent")
        assert answer.details["exact"] == (seed % 2 == 1)
        if seed % 2:
            assert answer.details["share"] == pytest.approx(apart)
        one.verify(answer)


@pytest.mark.parametrize("step", [0, 1])
def test_networks_of_many_inputs(step: int) -> None:
    net, other = (random_net(4, 24, 8, 3) for _ in range(2))
    edges = other.nodes[1].edges.copy()
    edges[0] += step
    object.__setattr__(other.nodes[1], "edges", edges)
    answer = equivalent(logic_of(net), logic_of(other))
    assert answer.verdict == ("different" if step else "equivalent")
    if step:
        low, high = answer.details["interval"]
        assert low <= answer.details["share"] <= high
        assert not answer.details["exact"]
        assert isinstance(answer.certificates[0], Judged)
        assert verified(net, answer)[1].startswith("the other network: 1 claims")
        forged = Judged(answer.certificates[0].evidence, interpreter(net))
        with pytest.raises(AnswerWrong):
            forged.check(interpreter(net))
    else:
        assert "without a certificate" in answer.unchecked
        proved = equivalent(logic_of(net), logic_of(other), certify=True)
        (line,) = verified(net, proved)
        assert line.startswith("both networks have the same class: ")
        assert proved.unchecked == ""
        # Of the second network another one is said.
        moved = random_net(5, 24, 8, 3)
        with pytest.raises(ProofWrong, match="not the network's"):
            replace(proved.certificates[0], judge=interpreter(moved)).check(interpreter(net))


def test_a_rare_difference_is_found_by_the_solver() -> None:
    def all_of(bits: int, edge: int) -> Logic:
        nodes = (
            Linear("layer1.sum", ("x",), np.ones((1, bits), np.int8), i32([0])),
            Levels("layer1", ("layer1.sum",), i32([[edge]]), np.array([[0, 1]], np.int8)),
            Linear("score", ("layer1",), np.array([[0], [1]], np.int8), i32([0, 0])),
            Argmax("class", ("score",)),
        )
        return logic_of(IntNet(bits, nodes))

    answer = equivalent(all_of(24, 24), all_of(24, 25))
    assert answer.verdict == "different"
    assert answer.witness.rows.all()
    assert answer.details["differ"] == 0
    assert answer.details["interval"][1] < 2e-4


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


def test_planted_facts_and_budgets() -> None:
    logic = logic_of(planted())
    assert monotone(logic, "x[1]", "class=many").verdict == "rising"
    assert monotone(logic, "x[3]", "class=few").verdict == "falling"
    assert monotone(logic, "x[0]", "class=many").verdict == "constant"
    never = can(logic, ["class=many"], Conditions(fixed={"x[1]": 0, "x[5]": 0}), certify=True)
    assert never.verdict == "never"
    assert len(verified(planted(), never)) == 1
    with pytest.raises(AskError, match="a tie is between two classes"):
        ties(logic, ["class=few"])
    short = Budget(1e-6)
    assert ties(logic, budget=short).verdict == "undecided"
    assert can(logic, ["class=many"], Conditions(fixed={"x[1]": 0, "x[5]": 0}), short).verdict in (
        "undecided",
        "never",
    )
    assert monotone(logic, "x[1]", "class=many", budget=short).verdict == "undecided"
