"""Plots: images, the same for the same figures, and none without figures."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import image

from boards.report.inputs import Inputs
from boards.report.plots import (
    plot_confusion,
    plot_critical_path,
    plot_floor_plan,
    plot_timing,
    plot_waterfall,
)
from boards.report.publish import make_plots, publish
from boards.report.report import make_report
from gen.style import part_colours
from tests.boards.designs import build_value
from tests.boards.report.test_report import LEDGER, MODEL, VECTORS

PARTS = ["layer1", "score", "core", "link", "self-test"]


def test_every_plot_is_a_png_and_the_same_twice() -> None:
    build, inputs = build_value(), Inputs(MODEL, LEDGER, VECTORS)
    report = make_report(build, inputs)
    plots = make_plots(report, build, inputs)
    assert list(plots) == [
        "waterfall",
        "utilization",
        "critical_path",
        "timing",
        "fmax",
        "floor_plan",
        "confusion",
    ]
    assert all(content.startswith(b"\x89PNG\r\n") for content in plots.values())
    assert make_plots(report, build, inputs) == plots


def test_plots_are_drawn_again_where_their_figures_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of a report that was written before are as if it had been drawn."""
    drawn: list[str] = []

    def draw(*given: Any) -> dict[str, bytes]:
        drawn.append("drawn")
        return make_plots(*given)

    monkeypatch.setattr("boards.report.publish.make_plots", draw)
    build, inputs = build_value(), Inputs(MODEL, LEDGER, VECTORS)
    first = published(tmp_path, build, inputs)
    assert published(tmp_path, build, inputs) == first
    assert len(drawn) == 1
    (tmp_path / "plots" / "fmax.png").write_bytes(b"of somebody else")
    assert published(tmp_path, build, inputs) == first
    other = replace(VECTORS, classes=1 - VECTORS.classes)
    assert published(tmp_path, build, replace(inputs, vectors=other)) != first
    assert len(drawn) == 3
    found = published(tmp_path, build | {"placement": build["placement"][1:]}, inputs)
    assert found["plots/floor_plan.png"] != first["plots/floor_plan.png"]
    (tmp_path / "plots" / "drawn.json").write_text("{")
    assert published(tmp_path, build, inputs) == first


def published(folder: Path, build: dict[str, Any], inputs: Inputs) -> dict[str, bytes]:
    """The files of a report by name, but for what says which figures it was drawn of."""
    publish(folder, build, inputs)
    files = [path for path in folder.rglob("*") if path.suffix in (".png", ".html")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_plots_without_inputs_leave_out_what_is_missing() -> None:
    build = build_value()
    plots = make_plots(make_report(build, Inputs()), build, Inputs())
    assert "confusion" not in plots
    assert "floor_plan" in plots


def test_no_plot_without_figures() -> None:
    report = make_report(build_value(), Inputs())
    report["core"]["lut4"] = 0
    assert plot_waterfall(report) is None
    assert plot_critical_path(report | {"critical_path": []}) is None
    assert plot_timing(report | {"timing": []}) is None


def test_floor_plan_has_each_part_in_its_colour() -> None:
    """A chip full of one part shows that part's colour, and no other part's."""
    cells = [[x, y, z, "score"] for x in range(26) for y in range(32) for z in range(8)]
    content = plot_floor_plan(cells, (26, 32), ["score"], "")
    pixels = image.imread(io.BytesIO(content))[..., :3]
    wanted = np.array([int(part_colours(["score"])["score"][i : i + 2], 16) for i in (1, 3, 5)])
    share = np.mean(np.all(np.abs(pixels * 255 - wanted) < 1.5, axis=-1))
    assert share > 0.4


def test_parts_have_different_colours() -> None:
    assert len(set(part_colours(PARTS).values())) == 5


def test_large_confusion_matrix_has_no_numbers_but_is_drawn() -> None:
    matrix = np.eye(30, dtype=np.int64)
    assert plot_confusion(matrix, [str(i) for i in range(30)], "30 classes").startswith(b"\x89PNG")
