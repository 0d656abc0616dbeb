"""Influence: every way of counting against listing all inputs; intervals hold what they say."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gen.ask.search.counting as counting
from gen.ask.evidence.answer import AnswerWrong
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.influence import influence
from gen.ask.search.counting import interval
from gen.commands.ask.by_torch import by_torch
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.brute import grouped, satisfying
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_depends import planted


def listed(one: Case, source: str, targets: list[str]) -> list[Fraction | None]:
    """Over all ordered pairs of inputs that count and differ in the source only: on what share of
    them each target differs; None without any pair."""
    bits = one.logic.names.bits(source)
    counts, ones = grouped(one.forward, one.logic.inputs, one.rows, bits, targets)
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
        monkeypatch.setattr(counting, "SAMPLES", 1024)
        one = case(seed)
        sources = one.rng.choice(one.logic.inputs, 2, replace=False).tolist()
        sources += [f"layer1[{one.rng.integers(3)}]"]
        if one.net.meta.get("encoder"):
            sources += [f"feature[{one.rng.integers(2)}]"]
        targets = ["layer1[0]", "class=1"]
        answer = influence(one.logic, sources, targets, one.given, confidence=0.999999)
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


def check(pair: dict[str, Any], wanted: Fraction | None) -> None:
    """A pair's figures are those that listing gives."""
    if pair["method"] == "no path":
        assert wanted in (0, None)
    elif wanted is None:
        assert pair["influence"] is None
    elif pair["method"] == "sampled":
        assert pair["low"] <= wanted <= pair["high"], pair
    else:
        assert Fraction(pair["hits"], pair["tried"]) == wanted, pair


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
    assert (none["influence"], none["method"]) == (0, "no path")
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


def test_a_wrong_count_is_not_confirmed() -> None:
    net = random_net(2)
    answer = influence(logic_of(net), ["x[1]"], ["class.0"])
    answer.verify(by_torch(net))
    (recount, *_) = answer.certificates
    recount.hits["class.0"] = 999
    with pytest.raises(AnswerWrong, match="not 999"):
        answer.verify(by_torch(net))


def test_a_confidence_of_one_is_refused() -> None:
    with pytest.raises(AskError, match="confidence of 1"):
        influence(logic_of(planted()), confidence=1.0)
