"""Names of columns in questions and answers."""

import pytest

from gen.ask.network.meanings import names_in, with_meanings
from gen.ask.network.names import AskError
from gen.ask.network.unroll import unrolled
from gen.data.care import random_bits
from gen.data.encode import Code, Encoder
from gen.data.own.columns import Column, Columns
from gen.intnet.network import IntNet
from tests.gen.ask.nets import logic_of, random_net, random_rnn

CODES = (
    Code("thermometer", (1.5, 2.5)),
    Code("threshold", (1.75,)),
    Code("threshold", (0.5,)),
    Code("threshold", (0.5,)),
    Code("threshold", (3.0,)),
)
COLUMNS = Columns(
    (Column("petal width"), Column("x"), Column("hand", ("left", "right")), Column("class=1")),
    "kind",
)


def table_net() -> IntNet:
    encoder = Encoder(CODES, ((2, 3),))
    net = random_net(5, 6, 5, 3, encoder.care())
    net.meta.update(encoder=encoder.to_dict(), columns=COLUMNS.to_dict())
    assert len(random_bits(6, 4, 0, net.meta["care"])) == 4
    return net


def test_columns_and_what_bits_say_are_names() -> None:
    names = logic_of(table_net()).names
    assert names.bits("petal width") == names.bits("feature[0]") == ("x[0]", "x[1]")
    assert names.bits("petal width >= 2.5") == ("x[1]",)
    assert names.bits("hand=right") == ("x[4]",)


def test_a_column_takes_no_name_that_something_else_has() -> None:
    logic = logic_of(table_net())
    assert logic.names.bits("x") == tuple(f"x[{at}]" for at in range(6))
    assert logic.names.bits("x >= 1.75") == ("x[2]",)
    with pytest.raises(AskError, match="nothing is named 'class=1'"):
        logic.names.bits("class=1")
    assert logic.targets("class=1") == ("class=1",)


def test_steps_mean_their_own_columns() -> None:
    net = random_rnn(2)
    names = [f"{what} {step}" for step in range(3) for what in "abc"]
    encoder = Encoder(tuple(Code("threshold", (float(at),)) for at in range(9)))
    columns = Columns(tuple(map(Column, names)), "kind")
    net.meta.update(encoder=encoder.to_dict(), columns=columns.to_dict(), steps=3)
    step = logic_of(net)
    assert step.meanings["x[1]"] == "b 0 >= 1 in the first step"
    assert step.meanings["feature[2]"] == "c 0 in the first step"
    assert "reset" not in step.meanings
    for steps in (2, 3, 4):
        several = unrolled(step, steps)
        assert several.meanings["x[1]@1"] == "b 1 >= 4"
        assert several.meanings["feature[2]@1"] == "c 1"
        assert several.names.bits("c 1") == ("x[2]@1",)
        assert len(several.meanings) == 2 * 3 * min(steps, 3)


def test_pixels_of_one_step_are_not_told() -> None:
    """Which pixels a step reads depends on the step; columns alone are told of the first."""
    net = random_rnn(2)
    encoder = Encoder(tuple(Code("threshold", (float(at),)) for at in range(9)))
    net.meta.update(encoder=encoder.to_dict(), image=[3, 3], steps=3)
    step = logic_of(net)
    assert step.meanings == {}
    assert unrolled(step, 2).meanings["feature[1]@1"] == "pixel 1,1"


def test_names_with_bits_steps_and_comparators() -> None:
    line = "x[1].0, x[1]@2, x[1].3@4 and encoder[2] -> layer1[2].1@3"
    assert names_in(line) == ["x[1].0", "x[1]@2", "x[1].3@4", "encoder[2]"]
    said = {"x[1]": "no", "x[1]@2": "a >= 1", "encoder[2]": "b < 3"}
    assert with_meanings([line], said) == [
        "x[1].0, x[1]@2 (a >= 1), x[1].3@4 and encoder[2] (b < 3) -> layer1[2].1@3"
    ]


def test_names_in_a_line_are_followed_by_what_they_mean_once() -> None:
    known = logic_of(table_net()).meanings
    lines = ["x[1] -> feature[0], x[1]; layer1[1]: class=x[1]", "x[11] and max[1]"]
    assert with_meanings(lines, known) == [
        "x[1] (petal width >= 2.5) -> feature[0] (petal width), x[1]; layer1[1]: class=x[1]",
        "x[11] and max[1]",
    ]
    assert names_in(" ".join(lines)) == ["x[1]", "feature[0]", "x[11]"]
