"""The measurements of questions: the plain miters ask the same, and figures reach the table."""

from pathlib import Path

import numpy as np

from benchmarks.questions.ask import _plain, compare_plain, plot_growth, random_layer
from benchmarks.table import _ask
from gen.ask.questions.depends import depends
from tests.gen.ask.nets import logic_of, random_net
from tests.gen.logic.graphs import tables

GROWTH = {
    "ands": 1234, "cpu": 0.5, "pairs": 640, "undecided": 3, "seconds": 0.75, "methods": {},
    "verdicts": {"depends": 300, "independent": 337, "undecided": 3},
}  # fmt: skip
PLAIN = {
    "abc": "native", "questions": 24, "agree": 23, "ours_seconds": 1.5, "abc_seconds": 30.0,
    "ratio": 20.0,
}  # fmt: skip


def test_a_plain_miter_is_never_1_where_nothing_depends() -> None:
    logic = logic_of(random_net(7))
    for pair in depends(logic).details["pairs"]:
        (table,) = tables(_plain(logic, pair["from"], pair["to"]))
        assert (table == 0) == (pair["verdict"] == "independent")


def test_abc_agrees_on_a_small_network() -> None:
    found = compare_plain(logic_of(random_net(7)))
    assert found["agree"] == found["questions"] > 10


def test_random_layers_are_of_their_width() -> None:
    net = random_layer(12)
    assert net.node("layer1").signal([net.signals["layer1.sum"]]).size == 12
    weight = np.count_nonzero(net.nodes[0].weight, axis=1)  # type: ignore[attr-defined]
    assert (weight == 12).all()


def test_figures_reach_the_table_and_the_plot(tmp_path: Path) -> None:
    matrix = GROWTH | {"build": "digits", "matrix": "inputs x outputs"}
    text = _ask({"matrices": [matrix], "growth": [GROWTH], "plain": PLAIN})
    assert "| digits | inputs x outputs | 1,234 | 640 | 300 | 3 | 0.75 |" in text
    assert "| random | 64 inputs x outputs | 1,234 |" in text
    assert "20.0 times as fast. Both agree on 23 of 24." in text
    plot_growth([GROWTH, GROWTH | {"ands": 5000, "cpu": 2.0}], tmp_path / "ask.png")
    assert (tmp_path / "ask.png").read_bytes().startswith(b"\x89PNG")
