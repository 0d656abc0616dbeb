"""Classes that can tie, against listing all inputs through the integer network."""

import numpy as np
import pytest

from gen.ask.evidence.judging import plain_word
from gen.ask.network.budget import Budget
from gen.ask.network.names import AskError
from gen.ask.questions.ties import ties
from tests.gen.ask.battery import blocks, case
from tests.gen.ask.nets import logic_of
from tests.gen.ask.questions.test_explain import planted


@blocks()
def test_classes_that_can_tie(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        width, certify = one.net.score_width, seed % 10 < 2
        names = [[f"score[{c}].{k}" for k in range(width)] for c in range(one.net.n_classes)]
        scores = np.stack([one.said(mine) for mine in names])
        highest = scores[one.classes, np.arange(len(one.classes))]
        answer = ties(one.logic, (), one.given, certify=certify)
        for pair in answer.details["pairs"]:
            low, high = pair["classes"]
            both = (scores[[int(low), int(high)]] == highest).all(axis=(0, 2))
            assert plain_word(pair["verdict"]) == ("possible" if both.any() else "never")
        assert certify or not answer.certificates
        one.verify(answer)


def test_of_one_class_and_out_of_budget() -> None:
    logic = logic_of(planted())
    with pytest.raises(AskError, match="a tie is between two classes"):
        ties(logic, ["class=few"])
    assert ties(logic, budget=Budget(1e-6)).verdict == "undecided"
