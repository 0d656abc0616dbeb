"""Monotone features, against listing all inputs through the integer network."""

from dataclasses import replace

import numpy as np
import pytest

from gen.ask.evidence.answer import AnswerWrong
from gen.ask.evidence.judging import plain_word
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.network.names import AskError
from gen.ask.questions.monotone import monotone
from tests.gen.ask.battery import blocks, case
from tests.gen.ask.nets import logic_of, random_net, verified
from tests.gen.ask.questions.test_explain import planted


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
        assert plain_word(answer.verdict) == words[moves(one.rows, one.classes, bits, index)]
        found.add(plain_word(answer.verdict))
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


def test_planted_facts_and_budgets() -> None:
    logic = logic_of(planted())
    assert monotone(logic, "x[1]", "class=many").verdict == "rising"
    assert monotone(logic, "x[3]", "class=few").verdict == "falling"
    assert monotone(logic, "x[0]", "class=many").verdict == "constant"
    with pytest.raises(AskError, match="not seen to rise within the budget"):
        monotone(logic, "x[1]", "class=many", budget=Budget(1e-6))


@pytest.mark.parametrize("key", ["feature", "target"])
@pytest.mark.parametrize("value", [None, 5, [], ["x[1]"], {}])
def test_a_question_that_names_nothing_wrong(key: str, value: object) -> None:
    logic = logic_of(planted())
    answer = monotone(logic, "x[1]", "class=many")
    forged = replace(answer, question=answer.question | {key: value})
    with pytest.raises(AnswerWrong, match="names no feature or no class"):
        verified(logic, forged)
