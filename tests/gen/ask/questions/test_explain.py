"""Explanations, against listing all inputs through the integer network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.answer import Answer, AnswerWrong, Run
from gen.ask.evidence.case import bits_of, text_of
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Part, parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.names import AskError
from gen.ask.questions.explain import check_explanation, explain
from gen.ask.questions.finished import case_of, finished
from gen.ask.questions.robust import smallest_change
from gen.ask.search.explainer import Explainer
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.gen.ask.battery import GROUPS, Case, blocks, case
from tests.gen.ask.brute import satisfying
from tests.gen.ask.forged import accepted
from tests.gen.ask.nets import logic_of, random_net
from tests.gen.intnet.nets import i8, i32


def drawn_parts(one: Case) -> tuple[Part, ...]:
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
        with Explainer(one.logic, one.given, drawn_parts(one)) as explainer:
            found = explainer.explain(rows[at], Budget().start())
            kept = [explainer.parts[part].bits for part in found.kept]
        assert decides(rows, classes, at, [bit for bits in kept for bit in bits])
        for left in kept:
            rest = [bit for bits in kept if bits != left for bit in bits]
            assert not decides(rows, classes, at, rest)
        assert sorted(found.counterexamples) == found.kept
        assert not found.undecided


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
            assert (answer.details["row"] is None) == true
            one.verify(answer)


@blocks()
def test_evidence_is_accepted(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    proofs = 0
    for seed in seeds:
        one = case(seed)
        at, unit = seed % len(one.rows), ("bits", "features")[seed % 2]
        answer = explain(one.logic, one.rows[at], one.given, unit=unit, certify=True)
        assert answer.verdict == "explained"
        assert answer.details["class"] == one.classes[at]
        assert is_true(one, answer)
        one.verify(answer)
        proofs += len(answer.certificates)
        if answer.certificates:
            with pytest.raises(AnswerWrong, match="nothing in the answer bears out that"):
                one.verify(replace(answer, certificates={}))
            bare = explain(one.logic, one.rows[at], one.given, unit=unit)
            assert bare.verdict == bare.details["verdict"] == "explained, not checked"
            assert one.verify(bare)[-1].startswith("not checked, for want of a proof: ")
    assert proofs > len(seeds) // 2


def is_true(one: Case, answer: Answer) -> bool:
    """Whether all that an explanation says is so, by listing all inputs."""
    rows = satisfying(one.net, one.logic.inputs, answer.conditions)
    classes, found = one.said(one.labels, rows=rows).argmax(axis=1), answer.details
    sample = bits_of(answer.question["sample"], rows.shape[1])
    (at,) = np.flatnonzero((rows == sample).all(axis=1)).tolist()
    if (found["class"], found["name"]) != (classes[at], f"class={classes[at]}"):
        return False
    if "claimed" in answer.question:
        given = one.place(one.logic.names.all_bits(answer.question["claimed"]))
        true = "true" if decides(rows, classes, at, given) else "false"
        return answer.verdict in ("undecided", true)
    parts = {part.name: list(part.bits) for part in parts_of(one.logic, answer.question["unit"])}
    kept = [parts[name] for name in found["kept"]]
    sizes = len(parts), sum(map(len, kept))
    if sizes != (found["of"], found["bits"]) or not decides(rows, classes, at, sum(kept, [])):
        return False
    spare = [
        name
        for name in found["kept"]
        if decides(rows, classes, at, [bit for bits in kept if bits != parts[name] for bit in bits])
    ]
    word = "sufficient" if found["undecided"] else "explained"
    return set(spare) <= set(found["undecided"]) and answer.verdict == word


@blocks(10, 30)
def test_no_changed_answer_is_believed_unless_it_is_true(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    count = 0
    for seed in seeds:
        one = case(seed)
        at, unit = seed % len(one.rows), ("bits", "features")[seed % 2]
        if seed % 3:
            answer = explain(one.logic, one.rows[at], one.given, unit=unit, certify=True)
        else:
            names = one.logic.inputs[seed % 4 :]
            answer = check_explanation(one.logic, one.rows[at], names, one.given, certify=True)
        words = ("sufficient", "explained, not checked", "undecided", "true", "bits", "x[0]")
        judged = lambda said: case_of(one.logic, said.conditions)  # noqa: E731, B023
        tried, believed = accepted(answer, judged, tmp_path, 5, words)
        assert all(is_true(one, other) for other in believed), seed
        count += tried
    assert count > 800, count


RUN = Run("forged", 0.0, Budget())


@blocks(10, 30)
def test_claims_are_believed_only_where_they_are_true(seeds: range) -> None:
    """Any parts, shown to be needed by any rows, all details derived from them; any rows against
    what was claimed."""
    found = {True: 0, False: 0}
    for seed in seeds:
        one = case(seed)
        at, unit = seed % len(one.rows), ("bits", "features")[seed % 2]
        answer = explain(one.logic, one.rows[at], one.given, unit=unit)
        sample, case_ = answer.question["sample"], case_of(one.logic, one.given)
        names = [part.name for part in parts_of(one.logic, unit)]
        for row in one.rows[one.rng.permutation(len(one.rows))[:50]]:
            some = [name for name in names if one.rng.random() < 0.3]
            kept = (answer.details["kept"], some)[int(one.rng.integers(2))]
            other, mine = text_of(row), kept[:1]
            shown = {name: other if name in mine else None for name in kept}
            word = ("sufficient", "explained", "certain")[int(one.rng.integers(3))]
            claims = {"verdict": word, "kept": kept, "alternatives": shown}
            question = {"kind": "explain", "sample": sample, "unit": unit}
            if one.rng.random() < 0.5:
                question = {"kind": "explain", "sample": sample, "claimed": some}
                word = ("false", "true", "certain")[int(one.rng.integers(3))]
                claims = {"verdict": word, "row": other}
            try:
                forged = finished(case_, question, claims, RUN, certify=True)
            except AskError:
                found[False] += 1
                continue
            found[True] += 1
            assert is_true(one, forged), (seed, question, claims)
    assert min(found.values()) > len(seeds)


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
    claimed = check_explanation(logic, sample, ["x[0]", "x[5]"])
    assert (claimed.verdict, claimed.details["becomes"]) == ("false", "class=few")


def test_an_answer_inside_a_ball() -> None:
    logic, sample = logic_of(planted()), (1, 1, 1, 1, 0, 1, 0, 1)
    given = Conditions(sample=sample, radius=1)
    one = explain(logic, sample, given, certify=True)
    assert one.details["kept"] == []
    one.verify(case_of(logic, given))
    with pytest.raises(AnswerWrong, match="nothing in the answer|are not some|lacks"):
        replace(one, details={**one.details, "kept": ["x[1]"]}).verify(case_of(logic, given))


def test_an_explanation_beyond_the_budget_is_not_called_minimal() -> None:
    one = case(0)
    logic, rows, conditions = one.logic, one.rows, one.given
    answer = explain(logic, rows[0], conditions, Budget(1e-6))
    assert answer.verdict == "sufficient"
    assert len(answer.details["undecided"]) == len(answer.details["kept"]) == 6
    one.verify(answer)
    claimed = check_explanation(logic, rows[0], [], conditions, Budget(1e-6))
    assert claimed.verdict == "undecided"
    one.verify(claimed)


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
