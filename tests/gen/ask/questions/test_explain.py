"""Explanations and nearest inputs, against listing all inputs through the integer network."""

from dataclasses import replace

import numpy as np
import pytest

from gen.ask.evidence.answer import Answer, AnswerWrong, Is, Witness
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.checker import Propagation
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Part, parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.certified_accuracy import certified_accuracy
from gen.ask.questions.explain import check_explanation, explain, smallest_change
from gen.ask.search.explainer import Explainer
from gen.ask.search.nearest import Nearest
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.gen.ask.battery import GROUPS, Case, blocks, case
from tests.gen.ask.nets import logic_of, random_net
from tests.gen.intnet.nets import i8, i32
from tests.gen.logic.graphs import every_input


def parts(one: Case) -> tuple[Part, ...]:
    """Bits, features, or some groups of bits that belong to nothing."""
    if one.seed % 3 < 2:
        return parts_of(one.logic, ("bits", "features")[one.seed % 3])
    order = one.rng.permutation(len(one.logic.inputs)).tolist()
    groups = [order[:2], order[2:3], order[3:]]
    return tuple(Part(str(at), tuple(bits)) for at, bits in enumerate(groups))


def decides(rows: np.ndarray, classes: np.ndarray, at: int, bits: list[int]) -> bool:
    """Whether all rows that agree with one in these bits have its class."""
    same = (rows[:, bits] == rows[at, bits]).all(axis=1)
    return bool((classes[same] == classes[at]).all())


@blocks()
def test_explanations_are_sufficient_and_minimal(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        rows, classes, at = one.rows, one.classes, seed % len(one.rows)
        with Explainer(one.logic, one.given, parts(one)) as explainer:
            found = explainer.explain(rows[at], Budget().start())
            kept = [explainer.parts[part].bits for part in found.kept]
        assert decides(rows, classes, at, [bit for bits in kept for bit in bits])
        for left in kept:
            rest = [bit for bits in kept if bits != left for bit in bits]
            assert not decides(rows, classes, at, rest)
        assert sorted(found.counterexamples) == found.kept
        assert not found.undecided


@blocks()
def test_the_nearest_other_class_is_the_nearest(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        rows, classes, at = one.rows, one.classes, seed % len(one.rows)
        with Nearest(one.logic, one.given, parts(one)) as nearest:
            apart = np.zeros(len(rows), dtype=int)
            for part in nearest.parts:
                apart += (rows[:, part.bits] != rows[at, part.bits]).any(axis=1)
            for becomes in (None, *range(one.net.n_classes)):
                if becomes == classes[at]:
                    continue
                there = classes != classes[at] if becomes is None else classes == becomes
                found = nearest.search(rows[at], Budget().start(), becomes=becomes)
                assert found.exact
                if not there.any():
                    assert found.row is None
                    assert found.least == len(nearest.parts) + 1
                    continue
                assert found.least == found.most == apart[there].min()
                assert nearest.apart(rows[at], found.row) == found.least


@blocks()
def test_claimed_explanations(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        at, width = seed % len(one.rows), len(one.logic.inputs)
        for count in (0, 3, width - 1):
            bits = one.rng.choice(width, count, replace=False).tolist()
            names = [one.logic.inputs[bit] for bit in bits]
            answer = check_explanation(one.logic, one.rows[at], names, one.given)
            true = decides(one.rows, one.classes, at, bits)
            assert answer.verdict == ("true" if true else "false")
            assert (answer.witness is None) == true
            one.verify(answer)


@blocks(short=100)
def test_evidence_is_accepted_and_forged_evidence_is_not(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        classes, at, unit = one.classes, seed % len(one.rows), ("bits", "features")[seed % 2]
        wanted = f"class={(classes[at] + 1) % one.net.n_classes}" if seed % 3 == 0 else None
        found = explain(one.logic, one.rows[at], one.given, unit=unit, certify=True)
        change = smallest_change(
            one.logic, one.rows[at], one.given, unit=unit, certify=True, becomes=wanted
        )
        assert len(found.certificates) == 1
        assert len(change.certificates) == (change.details["least"] > 1)
        for answer in (found, change):
            one.verify(answer)
            assert answer.unchecked == ""
            if seed % 5 == 0 and answer is change:
                assert_ball(one, answer, parts_of(one.logic, unit), at)
            assert answer.details["class"] == classes[at]
            if answer.witness is None or (classes == classes[at]).all():
                continue
            wrong = Is(0, f"class={classes[at]}", 0)
            forged = Witness(one.logic.inputs, answer.witness.rows, (wrong,))
            with pytest.raises(AnswerWrong, match="does not confirm"):
                one.verify(replace(answer, witness=forged))


def assert_ball(one: Case, answer: Answer, parts: tuple[Part, ...], at: int) -> None:
    """The conditions of a certificate hold on the inputs that count and differ in fewer parts than
    the answer says, and on no others."""
    least, counting = answer.details["least"], {tuple(row) for row in one.rows.tolist()}
    for certificate in answer.certificates:
        assert isinstance(certificate, Certificate)
        known = Propagation([*certificate.gates, *certificate.conditions])
        (copy,) = certificate.copies
        for row in every_input(len(one.logic.inputs)):
            apart = sum((row != one.rows[at])[list(part.bits)].any() for part in parts)
            literals = zip(copy.inputs.values(), row, strict=True)
            start = len(known.trail)
            near = known.assume([v if bit else -v for v, bit in literals])
            known.undo(start)
            assert near == (tuple(row.tolist()) in counting and apart < least)


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
    one.verify(interpreter(planted()))


@blocks()
def test_certified_accuracy_by_listing(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        rows, classes = one.rows, one.classes
        some = one.rng.choice(len(rows), min(len(rows), 5), replace=False)
        labels = classes[some].copy()
        labels[::4] = 1 - labels[::4].clip(0, 1)
        data = Data(rows[some], labels.astype(np.int64), "some rows")
        certify = seed % 25 == 0
        answer = certified_accuracy(one.logic, data, one.given, certify=certify)
        assert answer.verdict == "all decided"
        for row in answer.details["radii"]:
            held = []
            for at, label in zip(some, labels, strict=True):
                near = (rows != rows[at]).sum(axis=1) <= row["radius"]
                held.append(classes[at] == label and (classes[near] == classes[at]).all())
            assert row["certified"] == pytest.approx(np.mean(held))
            assert row["undecided"] == 0
        proofs = sum(least > 1 for least in answer.details["least"])
        assert len(answer.certificates) == (proofs if certify else 0)
        assert bool(answer.unchecked) == (proofs > 0 and not certify)
        one.verify(answer)


def test_rows_beyond_the_budget_are_counted_apart() -> None:
    one = case(0)
    logic, rows, classes = one.logic, one.rows, one.classes
    data = Data(rows[:9], classes[:9], "some rows")
    answer = certified_accuracy(logic, data, one.given, Budget(1e-6))
    assert answer.verdict == "9 undecided"
    assert answer.details["radii"][0] == {"radius": 0, "certified": 1.0, "undecided": 0.0}
    assert answer.details["radii"][1] == {"radius": 1, "certified": 0.0, "undecided": 1.0}
    with pytest.raises(AskError, match="no rows"):
        certified_accuracy(logic, Data(rows[:0], classes[:0], "nothing"))


def test_an_explanation_beyond_the_budget_is_not_called_minimal() -> None:
    one = case(0)
    logic, rows, conditions = one.logic, one.rows, one.given
    answer = explain(logic, rows[0], conditions, Budget(1e-6))
    assert answer.verdict == "not minimal"
    assert len(answer.details["undecided"]) == len(answer.details["kept"]) == 6
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
    logic = logic_of(random_net(1, 7, 6, 2, {"kind": "thermometer", "groups": GROUPS}))
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
