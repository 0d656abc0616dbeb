"""Questions about all inputs, against listing all inputs through the integer network."""

import numpy as np
import pytest

from gen.ask.answer import Answer, AnswerWrong
from gen.ask.budget import Budget
from gen.ask.conditions import Conditions
from gen.ask.equivalent import Judged, equivalent, interval
from gen.ask.forward import interpreter
from gen.ask.logic import Logic
from gen.ask.monotone import monotone
from gen.ask.names import AskError
from gen.ask.overall import can, ties
from gen.data.care import care_clauses
from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.gen.ask.brute import satisfying
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.test_explain import CODES, NETWORKS, case, planted
from tests.gen.intnet.nets import i32


def verified(net: IntNet, answer: Answer) -> list[str]:
    return answer.verify(interpreter(net), care_clauses(net.meta.get("care")))


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_classes_that_can_be_answered(first: int) -> None:
    for seed in range(first, first + 50):
        net, logic, conditions, _, classes = case(seed)
        answer = can(logic, (), conditions, certify=seed % 10 == 0)
        there = set(classes.tolist())
        wanted = ["possible" if c in there else "never" for c in range(net.n_classes)]
        assert list(answer.details["classes"].values()) == wanted
        if seed % 10 == 0:
            assert len(answer.certificates) == wanted.count("never")
            verified(net, answer)


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_classes_that_can_tie(first: int) -> None:
    for seed in range(first, first + 50):
        net, logic, conditions, rows, _ = case(seed)
        scores = interpret(net, rows)["score"]
        highest = scores == scores.max(axis=1, keepdims=True)
        for low, high, verdict in ties(logic, (), conditions).details["pairs"]:
            both = highest[:, int(low)] & highest[:, int(high)]
            # The lower class answers where it is the first of the highest.
            both &= highest.argmax(axis=1) == int(low)
            assert verdict == ("possible" if both.any() else "never")
        if seed % 10 == 0:
            verified(net, ties(logic, (), conditions))


def test_ties_of_scores_that_are_read_off_gates() -> None:
    net = random_rnn(2, classes=3)
    logic = logic_of(net)
    rows = satisfying(net, logic.inputs, Conditions())
    names = [f"score[{c}].{k}" for c in range(3) for k in range(net.score_width)]
    bits = interpreter(net)(rows, {}, names).reshape(len(rows), 3, -1)
    first = [interpreter(net)(rows, {}, [f"class={c}"])[:, 0] for c in range(3)]
    for low, high, verdict in ties(logic).details["pairs"]:
        same = (bits[:, int(low)] == bits[:, int(high)]).all(axis=1) & (first[int(low)] == 1)
        assert verdict == ("possible" if same.any() else "never")


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


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_monotone_features(first: int) -> None:
    words = {(1, 1): "neither", (1, 0): "rising", (0, 1): "falling", (0, 0): "constant"}
    for seed in range(first, first + 50):
        net, logic, conditions, rows, classes = case(seed)
        bits, name = ([0, 1, 2], "a") if seed % 2 else ([5], "x[5]")
        if seed % 2:
            net.meta["encoder"] = {"bits": 3, "features": 1}
            name = "feature[0]"
        index = seed % net.n_classes
        certify = seed % 10 < 2
        answer = monotone(logic, name, f"class={index}", conditions, certify=certify)
        assert answer.verdict == words[moves(rows, classes, bits, index)]
        if certify:
            words_of = (answer.details["rises"], answer.details["falls"])
            assert len(answer.certificates) == words_of.count("never")
            verified(net, answer)


def test_monotone_is_refused_where_nothing_could_be_said() -> None:
    logic = logic_of(random_net(1, 7, 6, 2, CODES))
    logic.net.meta["encoder"] = {"bits": 2, "features": 3}
    with pytest.raises(AskError, match="one value only: nothing can be said"):
        monotone(logic, "x[5]", "class=1", Conditions(fixed={"x[5]": 1}))
    with pytest.raises(AskError, match=r"feature\[2\] is no thermometer code"):
        monotone(logic, "feature[2]", "class=1")
    with pytest.raises(AskError, match=r"layer1\[0\] is no input"):
        monotone(logic, "layer1[0]", "class=1")
    with pytest.raises(AskError, match="there is no such class"):
        monotone(logic, "x[5]", "class=9")


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_equivalent_networks(first: int) -> None:
    for seed in range(first, first + 50):
        net, logic, conditions, rows, classes = case(seed)
        rng = np.random.default_rng(seed)
        other = random_net(seed, 7, 6, 2 + seed % 3, CODES if seed % 2 else None)
        edges = other.nodes[1].edges + i32(rng.random((6, 1)) < 0.15)
        object.__setattr__(other.nodes[1], "edges", i32(edges))
        apart = (interpret(other, rows)["class"] != classes).mean()
        answer = equivalent(logic, logic_of(other), conditions)
        assert answer.verdict == ("different" if apart else "equivalent")
        assert answer.details["exact"]
        assert answer.details["share"] == pytest.approx(apart)
        verified(net, answer)


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
        forged = Judged(answer.certificates[0].witness, interpreter(net))
        with pytest.raises(AnswerWrong):
            forged.check(interpreter(net))
    else:
        assert "without a certificate" in answer.unchecked


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
    with pytest.raises(AskError, match="a recurrent network"):
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
