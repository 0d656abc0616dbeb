"""Measurements of questions on networks of a moment; figures are checked, times are not."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.questions.explanations import measure_explaining, measure_robustness, parts_by_width
from benchmarks.questions.explanations_table import asking_section
from benchmarks.questions.growth import layered, measure_growth, plot_input_growth
from gen.ask.network.samples import Data
from gen.intnet.interpret import interpret
from tests.gen.ask.nets import logic_of, random_net
from tests.gen.logic.graphs import every_input


def test_every_way_finds_the_same_and_the_table_says_it(tmp_path: Path) -> None:
    net = random_net(8, 8, 6, 3)
    logic, rows = logic_of(net), every_input(8)
    classes = interpret(net, rows)["class"]
    data = Data(rows[100:112], classes[100:112], "some rows")
    parts = parts_by_width(logic, 2)
    assert [part.bits for part in parts] == [(0, 1), (2, 3), (4, 5), (6, 7)]
    explained = measure_explaining(logic, data, parts, 5)
    assert (explained["rows"], explained["undecided"], explained["of"]) == (12, 0, 4)
    assert explained["plain"]["rows"] == 5
    robust = measure_robustness(logic, data, 5)
    assert robust["verdict"] == "all decided"
    for one in robust["radii"]:
        held = []
        for row, own in zip(data.bits, data.labels, strict=True):
            near = (rows != row).sum(axis=1) <= one["radius"]
            held.append((classes[near] == own).all())
        assert one["certified"] == pytest.approx(np.mean(held))
    growth = measure_growth(4, rows=1)
    assert growth["explain"]["undecided"] == growth["robust"]["undecided"] == 0
    plot_input_growth([growth], tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    network = {"network": "small", "explain": explained, "robust": robust}
    text = asking_section({"networks": [network], "growth": [growth]})
    assert f"| small | 12 | {explained['seconds']['mean']} |" in text
    assert "| certified accuracy | 100.00% |" in text


def test_networks_that_grow_are_seeded() -> None:
    first, again = layered(8), layered(8)
    assert (first.nodes[0].weight == again.nodes[0].weight).all()
    assert (np.abs(first.nodes[0].weight).sum(axis=1) == 12).all()
