"""Influence: every way of counting against listing all inputs; intervals hold what they say."""

import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen.ask.evidence.counts as again
import gen.ask.search.counting as counting
from gen.ask.evidence import bdd
from gen.ask.evidence.answer import Answer, AnswerWrong
from gen.ask.evidence.kinds.influence import interval
from gen.ask.network.budget import Clock
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.finished import case_of
from gen.ask.questions.influence import influence
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.brute import grouped, satisfying
from tests.gen.ask.forged import accepted
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_depends import almost_never, planted


def listed(
    one: Case, source: str, targets: list[str], rows: np.ndarray | None = None
) -> list[Fraction | None]:
    """Over all ordered pairs of inputs that count and differ in the source only: on what share of
    them each target differs; None without any pair."""
    bits = one.logic.names.bits(source)
    rows = one.rows if rows is None else rows
    counts, ones = grouped(one.forward, one.logic.inputs, rows, bits, targets)
    tried = int((counts * (counts - 1)).sum())
    hits = (2 * ones * (counts[:, None] - ones)).sum(axis=0).tolist()
    return [Fraction(found, tried) if tried else None for found in hits]


@blocks()
def test_counts_are_those_of_listing_all_inputs(
    seeds: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods = set()
    for seed in seeds:
        # Every third network by listing, by diagram, and by drawing.
        monkeypatch.setattr(counting, "LISTED", 1 << 20 if seed % 3 == 0 else 0)
        monkeypatch.setattr(counting, "DIAGRAM_ANDS", 500 if seed % 3 == 1 else -1)
        monkeypatch.setattr(again, "LISTED", 1 << 20 if seed % 3 == 0 else 0)
        one = case(seed)
        sources = one.rng.choice(one.logic.inputs, 2, replace=False).tolist()
        sources += [f"layer1[{one.rng.integers(3)}]"]
        if one.net.meta.get("encoder"):
            sources += [f"feature[{one.rng.integers(2)}]"]
        targets = ["layer1[0]", "class=1"]
        answer = asked(one, sources, targets)
        wanted = {
            (source, target): share
            for source in sources
            for target, share in zip(targets, listed(one, source, targets), strict=True)
        }
        for pair in answer.details["pairs"]:
            methods.add(pair["method"])
            check(pair, wanted[pair["from"], pair["to"]])
        one.verify(answer)
    assert {"listed", "diagram", "sampled"} <= methods


def asked(one: Case, sources: list[str], targets: list[str], **more: Any) -> Answer:
    return influence(
        one.logic, sources, targets, one.given, confidence=0.999999, samples=1024, **more
    )


def check(pair: dict[str, Any], wanted: Fraction | None) -> None:
    """A pair's figures are those that listing gives."""
    if pair["method"] == "independent":
        assert wanted in (0, None)
        assert pair["influence"] == pair["low"] == pair["high"] == 0
    elif wanted is None:
        assert pair["influence"] is None
    elif pair["method"] == "sampled":
        assert pair["low"] <= wanted <= pair["high"], pair
    elif pair["method"] != "undecided":
        assert pair["method"] in ("listed", "diagram"), pair
        assert Fraction(pair["hits"], pair["tried"]) == wanted, pair
        assert pair["influence"] == pair["low"] == pair["high"] == float(wanted)


def test_an_activation_is_cut_and_given_both_values() -> None:
    for net in (random_net(1), random_net(5), random_rnn(2)):
        logic = logic_of(net)
        (pair,) = influence(logic, ["layer1[0]"], ["class.0"]).details["pairs"]
        rows = satisfying(net, logic.inputs, Conditions())
        sides = [
            interpreter(net)(rows, {"layer1[0]": np.full(len(rows), v, np.uint8)}, ["class.0"])
            for v in (0, 1)
        ]
        assert pair["influence"] == (sides[0] != sides[1]).mean()
        assert pair["low"] == pair["high"]


def test_what_is_wired_to_nothing_has_no_influence() -> None:
    answer = influence(logic_of(planted()), ["x[5]", "x[0]"], ["class.0"])
    none, some = answer.details["pairs"]
    assert (none["influence"], none["method"]) == (0, "independent")
    assert some["influence"] > 0


def test_on_data_only_the_rows_count() -> None:
    net = random_net(2)
    rows = np.random.default_rng(0).integers(0, 2, (50, 6), dtype=np.uint8)
    data = Data(rows, np.zeros(50, np.int64), "rows")
    answer = influence(logic_of(net), ["x[1]"], ["class.0"], data=data)
    flipped = rows.copy()
    flipped[:, 1] ^= 1
    forward = interpreter(net)
    apart = forward(rows, {}, ["class.0"]) != forward(flipped, {}, ["class.0"])
    assert answer.details["pairs"][0]["data"] == [apart.sum(), 50]
    answer.verify(case_of(logic_of(net), data=data))


def test_on_data_all_other_values_count_that_the_conditions_allow() -> None:
    """A feature of three thermometer bits takes four values, a unit that is cut both of its."""
    one = case(1)
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, (60, len(one.logic.inputs)), dtype=np.uint8)
    data = Data(rows, np.zeros(60, np.int64), "rows")
    answer = influence(one.logic, ["feature[0]", "layer1[1]"], ["class.0"], one.given, data=data)
    valid = {tuple(row) for row in one.rows.tolist()}
    mine = [row for row in rows.tolist() if tuple(row) in valid]
    assert answer.details["rows of data"] == len(mine) > 0
    pairs = [
        (row, [*value, *row[3:]])
        for row in mine
        for value in ([0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1])
        if value != row[:3] and (*value, *row[3:]) in valid
    ]
    sides = [one.said(["class.0"], rows=np.array(side, np.uint8)) for side in zip(*pairs)]  # noqa: B905
    feature, unit = (pair["data"] for pair in answer.details["pairs"])
    assert feature == [(sides[0] != sides[1]).sum(), len(pairs)]
    given = np.array(mine, np.uint8)
    cut = [
        one.said(["class.0"], {"layer1[1]": np.full(len(given), bit, np.uint8)}, given)
        for bit in (0, 1)
    ]
    assert unit == [2 * (cut[0] != cut[1]).sum(), 2 * len(mine)]
    judged = case_of(one.logic, one.given, data)
    answer.verify(judged)
    feature[0] += 1
    with pytest.raises(AnswerWrong, match="data"):
        answer.verify(judged)
    with pytest.raises(AnswerWrong, match="not of the data 'rows'"):
        one.verify(answer)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    for chance in (0.0, 0.01, 0.3, 1.0):
        missed = 0
        for _ in range(300):
            hits = int((rng.random(200) < chance).sum())
            low, high = interval(hits, 200, 0.95)
            assert 0 <= low <= hits / 200 <= high <= 1
            missed += not low <= chance <= high
        assert missed <= 0.05 * 300
    assert interval(0, 0, 0.9) == (0.0, 1.0)
    # Nothing seen in n trials: (1 - p)**n = (1 - confidence) / 2 at the upper end.
    assert interval(0, 100, 0.9)[1] == pytest.approx(1 - math.exp(math.log(0.05) / 100))


def test_a_confidence_of_one_is_refused() -> None:
    with pytest.raises(AskError, match="confidence of 1"):
        influence(logic_of(planted()), confidence=1.0)


WAYS = {"listed": (1 << 20, -1), "diagram": (0, 500), "sampled": (0, -1)}


@pytest.mark.parametrize("way", WAYS)
def test_no_changed_answer_is_believed_that_is_not_true(
    way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    most, ands = WAYS[way]
    for module in (counting, again):
        monkeypatch.setattr(module, "LISTED", most)
    monkeypatch.setattr(counting, "DIAGRAM_ANDS", ands)
    one = case({"listed": 5, "diagram": 20, "sampled": 11}[way])
    fixed = next(iter(one.given.fixed), "x[1]")
    sources = list(dict.fromkeys(["x[0]", "layer1[1]", fixed]))
    answer = asked(one, sources, ["layer1[0]", "class=1"], certify=True)
    assert way in {pair["method"] for pair in answer.details["pairs"]}
    cases: dict[str, Any] = {}

    def under(changed: Answer) -> Any:
        key = json.dumps(changed.conditions.to_json())
        if key not in cases:
            cases[key] = case_of(one.logic, changed.conditions)
        return cases[key]

    words = ("listed", "diagram", "sampled", "independent", "cannot change", "undecided")
    count, believed = accepted(answer, under, tmp_path, 2, words)
    assert count > 700
    for changed in believed:
        is_true(one, changed)


def is_true(one: Case, answer: Answer) -> None:
    """Listing all inputs confirms every figure of an answer; a sample's interval is at least not
    of fewer rows or less confidence than it was asked for."""
    rows = satisfying(one.net, one.logic.inputs, answer.conditions)
    asked, pairs = answer.question, answer.details["pairs"]
    assert [(p["from"], p["to"]) for p in pairs] == [
        (source, target) for source in asked["from"] for target in asked["to"]
    ]
    for pair in pairs:
        (wanted,) = listed(one, pair["from"], [pair["to"]], rows)
        if pair["method"] == "sampled" and asked["confidence"] < 0.999999:
            continue  # an interval may miss
        check(pair, wanted)
        if pair["method"] == "cannot change":
            assert wanted is None


def verified(one: Case, answer: Answer) -> None:
    answer.verify(case_of(one.logic, answer.conditions))


def test_another_network_does_not_confirm_the_counts() -> None:
    answer = influence(logic_of(random_net(2)), ["x[1]"], ["class.0"])
    judged = case_of(logic_of(random_net(2)))
    answer.verify(judged)
    with pytest.raises(AnswerWrong, match="does not give what its graph gives"):
        answer.verify(replace(judged, forward=interpreter(random_net(3))))


@pytest.mark.parametrize("way", WAYS)
def test_a_search_that_miscounts_is_found_out(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = case(3)
    wrong = counting.Counted(way, 1, 1)
    monkeypatch.setattr(counting.Count, "of", lambda *_: [wrong])
    with pytest.raises(AnswerWrong, match=r"not 1 of 1|says the answer; counted again"):
        asked(one, ["x[0]"], ["class=1"])


def test_what_is_too_much_to_count_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LISTED", 0)
    one = case(3)
    with monkeypatch.context() as small:
        small.setattr(again, "LISTED", 0)
        small.setattr(bdd, "STEPS", 1)
        answer = asked(one, list(one.logic.inputs[:2]), ["class=1"])
        assert {pair["method"] for pair in answer.details["pairs"]} == {"diagram, not checked"}
        assert answer.verdict == "exact, 2 not checked"
        verified(one, answer)
        lie = dict(answer.details["pairs"][0], hits=0, tried=1, influence=0.0, low=0.0, high=0.0)
        pairs = [lie, answer.details["pairs"][1]]
        with pytest.raises(AnswerWrong, match="drawn changes change it"):
            verified(one, replace(answer, details={**answer.details, "pairs": pairs}))
        (alone,) = asked(one, ["x[0]"], ["class=1"]).details["pairs"]
        assert asked(one, ["x[0]"], ["class=1"]).verdict == (
            f"{alone['influence']:.4g}, not checked"
        )
    with pytest.raises(AnswerWrong, match="'diagram, not checked', not '(listed|diagram)'"):
        verified(one, answer)


def test_inverted_figures_are_refused() -> None:
    one = case(3)
    answer = asked(one, list(one.logic.inputs), ["class=1"])
    pairs = [dict(pair) for pair in answer.details["pairs"]]
    for pair in pairs:
        pair["hits"] = pair["tried"] - pair["hits"]
        pair["influence"] = pair["low"] = pair["high"] = 1 - pair["influence"]
    with pytest.raises(AnswerWrong, match=r"of the changes change it, says the answer; counted"):
        verified(one, replace(answer, details={**answer.details, "pairs": pairs}))


def test_what_no_change_reaches_is_proved_on_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A simplified graph may have no path any more where the network's own has one."""
    logic, shown = almost_never()
    given, asked = shown.conditions, (["x[1]"], ["layer1[0]"])
    monkeypatch.setattr(counting.Count, "of", lambda *_: [counting.Counted("independent")])
    answers = [influence(logic, *asked, given, certify=proved) for proved in (False, True)]
    assert [answer.verdict for answer in answers] == ["0, not checked", "0"]
    assert [len(answer.certificates) for answer in answers] == [0, 1]
    for answer in answers:
        answer.verify(case_of(logic, given))
    with pytest.raises(AnswerWrong, match="bears out that"):
        replace(answers[1], certificates={}).verify(case_of(logic, given))
    with pytest.raises(AskError, match="do not confirm that x"):
        influence(logic, *asked, certify=True)
    with pytest.raises(AnswerWrong, match="drawn changes change it"):
        influence(logic_of(planted()), ["x[0]"], ["class.0"])


def test_what_is_out_of_budget_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = case(0)
    monkeypatch.setattr(Clock, "over", True)
    answer = asked(one, ["x[0]", "x[1]"], ["class=1"])
    assert (answer.verdict, answer.details["undecided"]) == ("2 undecided", 2)
    assert asked(one, ["x[0]"], ["class=1"]).verdict == "undecided"
    for pair in answer.details["pairs"]:
        assert (pair["influence"], pair["low"], pair["high"]) == (None, 0.0, 1.0)
    verified(one, answer)


def test_a_layer_of_many_units_is_drawn() -> None:
    net = random_net(3, 6, 70)
    answer = influence(logic_of(net), ["layer1"], ["class.0"], samples=512)
    (pair,) = answer.details["pairs"]
    assert (pair["method"], pair["tried"]) == ("sampled", 512)
    assert answer.verdict.endswith(", estimated")
    answer.verify(case_of(logic_of(net)))
