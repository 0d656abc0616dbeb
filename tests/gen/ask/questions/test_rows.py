"""Answers as rows: nothing but what the details say, with what names mean beside them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gen.ask.network.conditions import Conditions
from gen.ask.network.cuts import cut_of
from gen.ask.network.forward import interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.samples import Data
from gen.ask.questions.ablate import ablate
from gen.ask.questions.can import can
from gen.ask.questions.certified_accuracy import certified_accuracy
from gen.ask.questions.depends import depends
from gen.ask.questions.equivalent import equivalent
from gen.ask.questions.explain import check_explanation, explain
from gen.ask.questions.features import features
from gen.ask.questions.influence import influence
from gen.ask.questions.monotone import monotone
from gen.ask.questions.robust import smallest_change
from gen.ask.questions.rows import KINDS, rows_of
from gen.ask.questions.ties import ties
from gen.commands.ask import QUESTIONS
from gen.commands.ask.shown import html_table, text_table
from gen.data.encode import Encoder
from gen.data.own.columns import Column, Columns
from tests.gen.ask.brute import affected, satisfying
from tests.gen.ask.nets import random_net

COLUMNS = Columns((Column("petal width"), Column("petal length"), Column("age")), "kind")
ENCODER = Encoder.alike("thermometer", np.array([[1.75, 2.5], [3.0, 4.0], [18.0, 65.0]]))


@pytest.fixture(scope="module")
def logic() -> Logic:
    net = random_net(3, care={"kind": "thermometer", "groups": [[0, 1], [2, 3], [4, 5]]})
    net.meta.update(encoder=ENCODER.to_dict(), columns=COLUMNS.to_dict(), classes=["a", "b", "c"])
    return Logic.melted(net)


SAMPLE = (1, 0, 1, 1, 0, 0)


def test_of_what_depends_every_input_is_named(logic: Logic) -> None:
    answer = depends(logic, logic.features(), ["layer1[0]"], Conditions(codes=True))
    rows = rows_of(answer, logic)
    wanted = ["petal width", "petal length", "age"]
    assert [(row["name"], row["means"]) for row in rows] == list(
        zip(logic.features(), wanted, strict=True)
    )
    valid = satisfying(logic.net, logic.inputs, Conditions(codes=True))
    forward = interpreter(logic.net)
    for at, row in enumerate(rows):
        bits = [f"x[{2 * at}]", f"x[{2 * at + 1}]"]
        wanted = affected(forward, logic.inputs, valid, bits, ["layer1[0]"])
        assert row["verdict"].partition(",")[0] == wanted
    (same,) = rows_of(depends(logic, ["petal width"], ["class"]), logic)
    assert (same["name"], same["means"]) == ("petal width", "petal width")
    bits = rows_of(depends(logic, ["x[1]"], ["class"]), logic)
    assert [row["means"] for row in bits] == ["petal width >= 2.5"]


def test_every_kind_has_rows(logic: Logic) -> None:
    data = Data(np.array([SAMPLE]), np.array([1]), "a row")
    answers = [
        depends(logic, ["x[0]"], ["class"]),
        influence(logic, ["x[0]", "x[1]"], ["class=b"]),
        features(logic, ["layer1"]),
        explain(logic, SAMPLE),
        check_explanation(logic, SAMPLE, ["x[0]", "x[2]"]),
        smallest_change(logic, SAMPLE),
        certified_accuracy(logic, data),
        can(logic),
        ties(logic),
        monotone(logic, "feature[0]", "class=b"),
        equivalent(logic, logic),
        ablate(logic, cut_of(logic, ["layer1[0]"])),
        ablate(logic, cut_of(logic, ["layer1[0]"]), ["class=b"]),
    ]
    assert {answer.kind for answer in answers} == set(QUESTIONS) == set(KINDS)
    for answer in answers:
        rows = rows_of(answer, logic)
        assert rows, answer.kind
        assert all(list(row)[:2] == ["name", "means"] for row in rows)
        assert len({tuple(row) for row in rows}) == 1, "all rows have the same keys"
        assert len(pd.DataFrame(rows)) == len(rows)
        assert all(row["name"] for row in rows), answer.kind
    assert len(rows_of(answers[2], logic)) == 5
    assert {row["as it rises"] for row in rows_of(answers[9], logic)} == {
        "becomes true",
        "becomes false",
    }


def test_what_a_sample_has(logic: Logic) -> None:
    for claimed, value in (
        ("feature[0]", "1.75 <= petal width < 2.5"),
        ("feature[1]", "petal length >= 4"),
        ("x[4]", "not age >= 18"),
        ("petal width", "1.75 <= petal width < 2.5"),
    ):
        (found,) = rows_of(check_explanation(logic, SAMPLE, [claimed]), logic)
        assert found["value"] == value


def test_what_a_change_does(logic: Logic) -> None:
    answer = smallest_change(logic, SAMPLE)
    rows = rows_of(answer, logic)
    assert [row["name"] for row in rows] == answer.details["changed"]
    changed = [int(a != b) for a, b in zip(answer.details["row"], "101100", strict=True)]
    assert sum(changed) == len(rows)
    for row in rows:
        assert row["before"] != row["after"]
        assert row["before"] in (row["means"], f"not {row['means']}")


def test_an_imported_network_has_no_meanings() -> None:
    logic = Logic.melted(random_net(2))
    assert rows_of(can(logic), logic)[0]["means"] == ""
    assert rows_of(depends(logic, ["x[0]"], ["class"]), logic)[0]["means"] == ""


def test_tables() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "x[3]", "value": None, "more": ["a", "b"]},
        {"name": "<b>", "value": 0.123456789, "more": "c" * 80},
    ]
    assert text_table(rows).splitlines() == [
        "name  value     more",
        "----  --------  " + "-" * 60,
        "x[3]            a, b",
        "<b>   0.123457  " + "c" * 57 + "...",
    ]
    assert text_table([]) == "(no rows)"
    shown = html_table(rows * 30, "a <title>")
    assert "<td>&lt;b&gt;</td><td>0.123457</td>" in shown
    assert shown.startswith("<p>a &lt;title&gt;</p><table>")
    assert shown.count("<tr>") == 51
    assert shown.endswith("<p>and 10 more rows</p>")
