"""Answers that look like proved ones and are false: what names and layers could hide."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.case import AnswerWrong
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.cuts import cut_of
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.network.unroll import forward_of, unrolled
from gen.ask.questions.ablate import ablate
from gen.ask.questions.can import can
from gen.ask.questions.ties import ties
from gen.intnet.meta import check_meta
from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError
from tests.gen.ask.nets import logic_of, random_net, random_rnn, verified
from tests.gen.ask.questions.test_command import ask, build

EVERY = (np.arange(64)[:, None] >> np.arange(6) & 1).astype(np.uint8)


def levels(name: str, read: str, units: int) -> Levels:
    codes = np.tile(np.array([0, 1], np.int8), (units, 1))
    return Levels(name, (read,), np.ones((units, 1), np.int32), codes)


def linear(name: str, read: str, weights: list[list[int]]) -> Linear:
    return Linear(name, (read,), np.array(weights, np.int8), np.zeros(len(weights), np.int32))


def one_behind_the_other() -> IntNet:
    """m.a[0] makes both of m.b, either of which makes class 1: one cut ends it, of m.a[0]."""
    nodes = (
        linear("s1", "x", [[1, 0], [0, 1]]),
        levels("m.a", "s1", 2),
        linear("s2", "m.a", [[2, -1], [2, -1]]),
        levels("m.b", "s2", 2),
        linear("score", "m.b", [[0, 0], [1, 1]]),
        Argmax("class", ("score",)),
    )
    return IntNet(2, nodes)


def one_of_three_counts() -> IntNet:
    """Class 1 where m[1] is 1; the others change nothing."""
    nodes = (
        linear("s", "x", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        levels("m", "s", 3),
        linear("score", "m", [[0, 0, 0], [-1, 3, -1]]),
        Argmax("class", ("score",)),
    )
    return IntNet(3, nodes)


def of_two_bits() -> IntNet:
    """Class 1 where one activation of two bits is not 0."""
    codes = np.array([[0, 1, 2, 3]], np.int8)
    nodes = (
        linear("s1", "x", [[1, 1, 1]]),
        Levels("a", ("s1",), np.array([[1, 2, 3]], np.int32), codes, bits=2),
        linear("score", "a", [[0], [1]]),
        Argmax("class", ("score",)),
    )
    return IntNet(3, nodes)


@pytest.mark.parametrize(
    ("net", "among", "cut", "one"),
    [
        (one_behind_the_other(), ["m.a[0]", "m.a[1]", "m.b[0]", "m.b[1]"], ["m.b[0]", "m.b[1]"],
         "m.a[0]"),
        (one_of_three_counts(), ["m[0]", "m[1]", "m[2]"], ["m[0]", "m[1]"], "m[1]"),
        (of_two_bits(), ["a[0]", "a[0].0", "a[0].1"], ["a[0].0", "a[0].1"], "a[0]"),
    ],
)  # fmt: skip
def test_two_elements_are_no_smallest_cut_where_one_does_it(
    net: IntNet, among: list[str], cut: list[str], one: str
) -> None:
    logic = logic_of(net)
    bits = {bit: np.zeros(64, np.uint8) for bit in logic.names.bits(one)}
    rows = EVERY[:, : len(logic.inputs)]
    assert interpreter(net)(rows, {}, ["class=1"]).any()
    assert not interpreter(net)(rows, bits, ["class=1"]).any()  # the one does end it
    honest = ablate(logic, cut_of(logic, cut), kill=["class=1"])
    verified(logic, honest)
    shown = ["".join(map(str, row)) for row in np.unique(rows, axis=0)]
    search = {"verdict": "none smaller", "least": 2, "rows": shown}
    search |= {"candidates": len(among), "smallest": True}
    question = {**honest.question, "search": {"among": among, "tolerance": 1.0}}
    forged = replace(honest, question=question, details={**honest.details, "search": search})
    with pytest.raises(AnswerWrong, match="no input shows class=1 with"):
        verified(logic, forged)


def a_class_late() -> tuple[Any, str, str]:
    """A network over two steps, a class that it never has in the first, and a row of it."""
    logic = unrolled(logic_of(random_rnn(0)), 2)
    first, last = (forward_of(logic)(EVERY, {}, [f"class.0@{step}"])[:, 0] for step in (0, 1))
    assert not first.any()
    assert last.any()
    return logic, "class=1", "".join(map(str, EVERY[last.argmax()]))


def test_a_class_of_the_last_step_is_none_of_an_earlier_one() -> None:
    logic, name, row = a_class_late()
    honest = can(logic, [name])
    verified(logic, honest)
    verified(logic, can(logic, [f"{name}@1"]))
    classes = {f"{name}@0": {"verdict": "possible", "row": row}}
    question = {"kind": "can", "classes": [f"{name}@0"]}
    with pytest.raises(AskError, match="class=1@0: asked about is the class at the end"):
        verified(logic, replace(honest, question=question, details={"classes": classes}))
    plain = logic_of(random_net(3))
    for wrong in ("class=0@5", "0", "class=00", "class=٠", "class=" + "9" * 5000):
        with pytest.raises(AskError):
            plain.class_index(wrong)


def test_a_class_that_is_never_seen_over_several_steps() -> None:
    net = random_rnn(0)
    logic = unrolled(logic_of(net), 1)
    assert not forward_of(logic)(EVERY[:8, :3], {}, ["class.0@0"]).any()
    answer = can(logic, ["class=1"])
    assert answer.verdict == "never"
    verified(logic, answer)


def test_a_class_that_is_named_as_another_at_a_step() -> None:
    net = random_net(14)
    net.meta["classes"] = ["a@1", "b", "a"]
    said = interpreter(net)(EVERY, {}, ["class=a@1", "class=b", "class=a"]).any(axis=0)
    assert said.tolist() == [False, True, True]
    answer = can(logic_of(net))
    words = {name: one["verdict"] for name, one in answer.details["classes"].items()}
    assert words == {"class=a@1": "never", "class=b": "possible", "class=a": "possible"}
    verified(logic_of(net), answer)


def test_two_ties_of_one_name_are_proved_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    net = random_net(24, classes=4)
    net.meta["classes"] = ["a", "b and class=c", "a and class=b", "c"]
    logic = logic_of(net)
    honest = ties(logic, certify=True)
    verified(logic, honest)
    pairs = [dict(pair) for pair in honest.details["pairs"]]
    assert (pairs[0]["verdict"], pairs[5]["verdict"]) == ("never", "possible")
    pairs[5] = {"classes": pairs[5]["classes"], "verdict": "never"}
    with pytest.raises(AnswerWrong, match="nothing in the answer bears out"):
        verified(logic, replace(honest, details={"pairs": pairs}))


@pytest.mark.parametrize("names", [["a", "a", "b"], ["a", "b\n1 0", "c"]])
def test_classes_that_cannot_be_told_apart_are_refused(names: list[str]) -> None:
    net = random_net(0)
    net.meta["classes"] = names
    with pytest.raises(NetError, match="meta: 'classes' is"):
        check_meta(net)


@pytest.mark.parametrize(
    "given",
    [
        Conditions({"x[0]": 2}, codes=False),
        Conditions({"x[0]": -1}, codes=False),
        Conditions(sample=(2, 0, 0, 0, 0, 0), radius=6, codes=False),
    ],
)
def test_conditions_are_of_bits(given: Conditions) -> None:
    with pytest.raises(AskError, match="0 and 1 are known"):
        Region(logic_of(random_net(3)), given)
    with pytest.raises(ValueError, match="is no bit"):
        Conditions.from_json(given.to_json())


def test_conditions_on_states_that_there_are_not() -> None:
    logic = logic_of(random_net(3))
    honest = can(logic)
    with pytest.raises(AskError, match="conditions on states; the network keeps none"):
        verified(logic, replace(honest, conditions=Conditions(states=((("reset", True),),))))


def test_numbers_and_names_beyond_all_bounds_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, path = build(tmp_path / "net", random_net(3)), tmp_path / "a.json"
    assert ask("can", folder, "--json") == 0
    whole = json.loads(capsys.readouterr().out)
    huge = "9" * 400
    for part, inside, value in (
        ("conditions", "sample", '"000000", "radius": 1e400, "more"'),
        ("conditions", "fixed", '{"x[0]": 1e400}'),
        ("run", "budget", f'{{"seconds": {huge}, "conflicts": 1}}'),
        ("run", "budget", f'{{"seconds": 1, "conflicts": {huge}}}'),
        ("network", "build", '"a\\u0000b"'),
        ("conditions", "codes", 'true, "codes": false'),
    ):
        text = json.dumps(whole | {part: whole[part] | {inside: "@"}})
        path.write_text(text.replace('"@"', value))
        assert ask("verify", path) == 1
        error = capsys.readouterr().err
        assert error.startswith("smelt: error: ")
        assert "unexpected" not in error


def test_budgets_are_of_numbers_that_can_be_counted_with() -> None:
    with pytest.raises(AskError, match="is the most"):
        Budget(conflicts=10**400)


@pytest.mark.parametrize(
    ("net", "encoder"),
    [
        (random_net(3), {"features": 3, "bits": 0}),
        (random_net(3), {"features": None}),
        (random_net(3), {"features": [1], "bits": 4}),
        (random_rnn(0), {"features": 1, "bits": 2}),
        (random_rnn(0), {"features": 2, "bits": 10**30}),
    ],
)
def test_an_encoder_that_does_not_fit_is_refused(net: IntNet, encoder: dict[str, Any]) -> None:
    net.meta["encoder"] = encoder
    with pytest.raises(NetError, match="meta: 'encoder' is"):
        check_meta(net)
