"""Explanations and nearest inputs, against listing all inputs through the integer network."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from gen.ask.answer import AnswerWrong, Is, Witness
from gen.ask.budget import Budget
from gen.ask.certified_accuracy import certified_accuracy
from gen.ask.conditions import Conditions
from gen.ask.explain import Explainer
from gen.ask.explained import check_explanation, explain, smallest_change
from gen.ask.forward import interpreter
from gen.ask.logic import Logic
from gen.ask.names import AskError
from gen.ask.nearest import Nearest
from gen.ask.samples import Data
from gen.ask.subject import Part, parts_of
from gen.ask.unroll import unrolled, unrolled_forward
from gen.data.care import care_clauses
from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.gen.ask.brute import satisfying
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.intnet.nets import i8, i32
from tests.gen.logic.graphs import every_input

CODES = {"kind": "thermometer", "groups": [[0, 1, 2], [3, 4]]}
PARTS = (Part("a", (0, 1, 2)), Part("b", (3, 4)), Part("c", (5,)), Part("d", (6,)))
NETWORKS = 300


def case(seed: int) -> tuple[IntNet, Logic, Conditions, np.ndarray, np.ndarray]:
    """A network, its logic, conditions, all inputs that satisfy them, and their classes."""
    rng = np.random.default_rng(seed)
    net = random_net(seed, 7, 6, 2 + seed % 3, CODES if seed % 2 else None)
    fixed = {"x[6]": int(rng.integers(2))} if seed % 5 == 0 else {}
    conditions = Conditions(fixed=fixed, codes=bool(seed % 2))
    logic = logic_of(net)
    rows = satisfying(net, logic.inputs, conditions)
    return net, logic, conditions, rows, interpret(net, rows)["class"]


def decides(rows: np.ndarray, classes: np.ndarray, at: int, bits: list[int]) -> bool:
    """Whether all rows that agree with one in these bits have its class."""
    same = (rows[:, bits] == rows[at, bits]).all(axis=1)
    return bool((classes[same] == classes[at]).all())


def verified(net: IntNet, answer: object) -> None:
    answer.verify(interpreter(net), care_clauses(net.meta.get("care")))


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_explanations_are_sufficient_and_minimal(first: int) -> None:
    for seed in range(first, first + 50):
        _, logic, conditions, rows, classes = case(seed)
        at = seed % len(rows)
        with Explainer(logic, conditions, PARTS if seed % 3 else None) as explainer:
            found = explainer.explain(rows[at], Budget().start())
            kept = [explainer.parts[part].bits for part in found.kept]
        assert decides(rows, classes, at, [bit for bits in kept for bit in bits])
        for left in kept:
            rest = [bit for bits in kept if bits != left for bit in bits]
            assert not decides(rows, classes, at, rest)
        assert sorted(found.counterexamples) == found.kept
        assert not found.undecided


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_the_nearest_other_class_is_the_nearest(first: int) -> None:
    for seed in range(first, first + 50):
        _, logic, conditions, rows, classes = case(seed)
        at = seed % len(rows)
        parts = PARTS if seed % 3 == 0 else parts_of(logic, "bits")
        apart = np.zeros(len(rows), dtype=int)
        for part in parts:
            apart += (rows[:, part.bits] != rows[at, part.bits]).any(axis=1)
        others = apart[classes != classes[at]]
        with Nearest(logic, conditions, parts) as nearest:
            found = nearest.search(rows[at], Budget().start())
        assert found.exact
        if len(others):
            assert found.least == found.most == others.min()
            assert nearest.apart(rows[at], found.row) == found.least
        else:
            assert found.row is None
            assert found.least == len(parts) + 1
        if len(set(classes.tolist())) > 2:
            wanted = next(c for c in set(classes.tolist()) if c != classes[at])
            with Nearest(logic, conditions, parts) as nearest:
                found = nearest.search(rows[at], Budget().start(), becomes=wanted)
            assert found.least == apart[classes == wanted].min()


@pytest.mark.parametrize("seed", range(60))
def test_claimed_explanations(seed: int) -> None:
    net, logic, conditions, rows, classes = case(seed)
    at = seed % len(rows)
    for count in (0, 3, 5):
        for bits in list(combinations(range(7), count))[seed % 5 :: 11]:
            names = [f"x[{bit}]" for bit in bits]
            answer = check_explanation(logic, rows[at], names, conditions)
            verdict = "true" if decides(rows, classes, at, list(bits)) else "false"
            assert answer.verdict == verdict
            assert (answer.witness is None) == (verdict == "true")
            verified(net, answer)


@pytest.mark.parametrize("seed", range(24))
def test_evidence_is_accepted_and_forged_evidence_is_not(seed: int) -> None:
    net, logic, conditions, rows, classes = case(seed)
    at = seed % len(rows)
    found = explain(logic, rows[at], conditions, certify=True)
    change = smallest_change(logic, rows[at], conditions, certify=True)
    assert len(found.certificates) == 1
    assert len(change.certificates) == (change.details["least"] > 1)
    for answer in (found, change):
        verified(net, answer)
        assert answer.to_json()["details"]["class"] == classes[at]
        if answer.witness is None or (classes == classes[at]).all():
            continue
        wrong = Is(0, f"class={classes[at]}", 0)
        forged = Witness(logic.inputs, answer.witness.rows, (wrong,))
        with pytest.raises(AnswerWrong, match="does not confirm"):
            verified(net, replace(answer, witness=forged))


def planted() -> IntNet:
    """Class 1 where at least two of x[1], x[3], x[5] are set; nothing else matters."""
    codes = np.array([[0, 1]], np.int8)
    nodes = (
        Linear("layer1.sum", ("x",), i8([[0, 1, 0, 1, 0, 1, 0, 0]]), i32([0])),
        Levels("layer1", ("layer1.sum",), i32([[2]]), codes),
        Linear("score", ("layer1",), i8([[0], [1]]), i32([0, 0])),
        Argmax("class", ("score",)),
    )
    return IntNet(8, nodes, meta={"classes": ["few", "many"]})


def test_planted_facts_are_found() -> None:
    logic, sample = logic_of(planted()), [1, 1, 1, 1, 0, 1, 0, 1]
    answer = explain(logic, sample)
    assert answer.verdict == "explained"
    assert len(answer.details["kept"]) == 2
    assert set(answer.details["kept"]) <= {"x[1]", "x[3]", "x[5]"}
    assert answer.details["name"] == "class=many"
    assert check_explanation(logic, sample, ["x[1]", "x[5]"]).verdict == "true"
    assert check_explanation(logic, sample, ["x[0]", "x[5]"]).verdict == "false"
    change = smallest_change(logic, sample)
    assert (change.verdict, change.details["least"]) == ("exact", 2)
    assert change.details["becomes"] == "class=few"
    nowhere = smallest_change(logic, sample, Conditions(fixed={"x[1]": 1, "x[3]": 1}))
    assert nowhere.verdict == "nowhere"
    assert nowhere.witness is None
    near = smallest_change(logic, sample, most=1)
    assert (near.verdict, near.details["least"]) == ("at least", 2)


def test_an_answer_inside_a_ball() -> None:
    logic, sample = logic_of(planted()), (1, 1, 1, 1, 0, 1, 0, 1)
    one = explain(logic, sample, Conditions(sample=sample, radius=1), certify=True)
    assert one.details["kept"] == []
    verified(planted(), one)


@pytest.mark.parametrize("seed", range(4))
def test_a_step_of_a_recurrent_network(seed: int) -> None:
    net = random_rnn(seed)
    logic = logic_of(net)
    rows = satisfying(net, logic.inputs, Conditions())
    classes = interpreter(net)(rows, {}, ["class=1"])[:, 0]
    for at in range(0, len(rows), 37):
        answer = explain(logic, rows[at])
        bits = [logic.inputs.index(name) for name in answer.details["kept"]]
        assert decides(rows, classes, at, bits)
        verified(net, answer)


def test_steps_of_a_recurrent_network() -> None:
    net = random_rnn(1)
    step = logic_of(net)
    logic, forward = unrolled(step, 3), unrolled_forward(step, interpreter(net), 3)
    rows = every_input(9)
    classes = forward(rows, {}, ["class.0@2"])[:, 0]
    assert 0 < classes.sum() < len(rows)
    for at in range(0, len(rows), 67):
        answer = explain(logic, rows[at], certify=True)
        bits = [logic.inputs.index(name) for name in answer.details["kept"]]
        assert decides(rows, classes, at, bits)
        change = smallest_change(logic, rows[at], certify=True)
        apart = (rows != rows[at]).sum(axis=1)
        assert change.details["least"] == apart[classes != classes[at]].min()
        for one in (answer, change):
            one.verify(forward)


def test_certified_accuracy_by_listing() -> None:
    net, logic, conditions, rows, classes = case(8)
    labels = np.where(np.arange(len(rows)) % 4 == 0, 1 - classes.clip(0, 1), classes)
    data = Data(rows[:40], labels[:40].astype(np.int64), "some rows")
    answer = certified_accuracy(logic, data, conditions)
    assert answer.verdict == "all decided"
    for row in answer.details["radii"]:
        held = []
        for at in range(40):
            near = (rows != rows[at]).sum(axis=1) <= row["radius"]
            held.append(classes[at] == labels[at] and (classes[near] == classes[at]).all())
        assert row["certified"] == pytest.approx(np.mean(held))
        assert row["undecided"] == 0
    verified(net, answer)


def test_rows_beyond_the_budget_are_counted_apart() -> None:
    _, logic, conditions, rows, classes = case(8)
    data = Data(rows[:9], classes[:9], "some rows")
    answer = certified_accuracy(logic, data, conditions, Budget(1e-6))
    assert answer.verdict == "9 undecided"
    assert answer.details["radii"][0] == {"radius": 0, "certified": 1.0, "undecided": 0.0}
    assert answer.details["radii"][1] == {"radius": 1, "certified": 0.0, "undecided": 1.0}
    with pytest.raises(AskError, match="no rows"):
        certified_accuracy(logic, Data(rows[:0], classes[:0], "nothing"))


def test_an_explanation_beyond_the_budget_is_not_called_minimal() -> None:
    _, logic, conditions, rows, _ = case(8)
    answer = explain(logic, rows[0], conditions, Budget(1e-6))
    assert answer.verdict == "not minimal"
    assert len(answer.details["undecided"]) == len(answer.details["kept"]) == 7
    assert check_explanation(logic, rows[0], [], conditions, Budget(1e-6)).verdict == "undecided"
    change = smallest_change(logic, rows[0], conditions, Budget(1e-6))
    assert (change.verdict, change.details["least"]) == ("at least", 1)


@pytest.mark.parametrize(
    ("sample", "conditions", "message"),
    [
        ([0] * 6, Conditions(), r"a sample of shape \(6,\); the network takes \(7,\) bits"),
        ([0, 0, 2, 0, 0, 0, 0], Conditions(), r"a sample with x\[2\] = 2; bits are 0 or 1"),
        ([0, 1, 0, 0, 0, 0, 0], Conditions(), r"off the code: x\[0\]=0, x\[1\]=1"),
        ([0] * 7, Conditions(fixed={"x[6]": 1}), "does not satisfy the conditions itself"),
        ([0] * 7, Conditions(fixed={"x[0]": 0, "x[1]": 1}), "contradictory conditions"),
        ([0] * 7, Conditions(fixed={"y": 1}), "y is no input"),
    ],
)
def test_what_does_not_fit_is_refused(
    sample: list[int], conditions: Conditions, message: str
) -> None:
    logic = logic_of(random_net(1, 7, 6, 2, CODES))
    with pytest.raises(AskError, match=message):
        explain(logic, sample, conditions)
    with pytest.raises(AskError, match=message):
        smallest_change(logic, sample, conditions)


def test_names_and_units_that_do_not_fit() -> None:
    logic = logic_of(planted())
    with pytest.raises(AskError, match=r"layer1\[0\] is no input; an explanation is of inputs"):
        check_explanation(logic, [0] * 8, ["layer1[0]"])
    with pytest.raises(AskError, match="unit 'pixels': choose features or bits"):
        explain(logic, [0] * 8, unit="pixels")
    with pytest.raises(AskError, match="a budget of 0 seconds"):
        explain(logic, [0] * 8, budget=Budget(0))
