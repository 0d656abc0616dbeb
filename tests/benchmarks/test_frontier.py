"""The frontier: published points as written, ours as measured, each seed once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.frontier import measure
from benchmarks.frontier.__main__ import parser
from benchmarks.frontier.measure import NotMeasured, measure_recipe, right_by_class
from benchmarks.frontier.plot import plot_task
from benchmarks.frontier.points import PointsWrong, Rival, front, measured, read_published
from benchmarks.frontier.references import reference
from benchmarks.frontier.table import frontier_section
from gen.console import main
from gen.nets.recipe import find_recipe, recipe_from_dict

ENTRY = """
task = "ecg"
who = "They"
points = [[94.28, 2000, 2990], ["?", 1500]]
unit = "lut6"
argmax = true
on = "Artix-7"
by = "published"
source = "arXiv:0000.00000"
"""
RUN = {
    "format": "smelt-frontier-1",
    "recipe": "beats",
    "digest": "d",
    "task": "ecg",
    "encoder": "host",
    "lc": 1700,
    "lut4": 1600,
    "lut6": 1000,
    "recall": {"N": 0.99, "S": 0.25},
    "macro_f1": 0.55,
}
TREES = {"accuracy": 0.95, "recall": {"N": 0.98, "S": 0.5}, "macro_f1": 0.6, "scikit-learn": "1"}


def points(tmp_path: Path, entry: str = ENTRY) -> Path:
    path = tmp_path / "points.toml"
    path.write_text(f'[tasks]\necg = "Heart beats"\n\n[[rivals]]\n{entry}')
    return path


def results(tmp_path: Path, *runs: dict[str, Any]) -> Path:
    for at, run in enumerate(runs):
        (tmp_path / f"beats-{at}.json").write_text(json.dumps(RUN | {"seed": at} | run))
    return tmp_path


def test_the_published_points_are_of_their_form() -> None:
    found = read_published()
    assert set(found.tasks) == {"mnist", "fashion", "ecg", "nsl-kdd", "letter", "magic", "digits"}
    dwn = [one for one in found.rivals if one.who == "DWN" and one.task == "mnist"]
    # Bacellar et al., arXiv:2410.11112, MNIST: small, medium and large.
    assert [(one.accuracy, one.least) for one in dwn] == [(97.1, 692), (97.9, 1413), (98.3, 4082)]
    assert all(not one.encoder and one.argmax for one in dwn)


def test_a_range_and_what_is_not_told(tmp_path: Path) -> None:
    first, second = read_published(points(tmp_path)).rivals
    assert (first.accuracy, first.least, first.most, first.encoder) == (94.28, 2000, 2990, None)
    assert (second.accuracy, second.least, second.most) == (None, 1500, 1500)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("who", "whom", "unknown key 'whom'; known: task, who, points"),
        ('on = "Artix-7"', "", "on is missing"),
        ('"published"', '"hearsay"', "task 'ecg', by 'hearsay': not known"),
        ('unit = "lut6"', "", "point [94.28, 2000, 2990] with unit ''"),
        ("[94.28, 2000, 2990]", "94.28", "point 94.28 with unit 'lut6'"),
    ],
)
def test_points_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = points(tmp_path, ENTRY.replace(old, new))
    with pytest.raises(PointsWrong) as caught:
        read_published(path)
    assert str(caught.value).startswith(f"{path}: [[rivals]] 1: {message}")


def test_seeds_of_a_recipe_are_one_point_of_the_median_seeds_size(tmp_path: Path) -> None:
    runs = [{"accuracy": 0.95, "lc": 1800}, {"accuracy": 0.93, "lc": 1600}, {"accuracy": 0.94}]
    (found,) = measured(results(tmp_path, *runs))
    assert found.accuracies == pytest.approx((93, 94, 95))
    assert (found.accuracy, found.chosen["lc"]) == (pytest.approx(94), 1700)


def test_runs_of_different_recipes_are_not_one_point(tmp_path: Path) -> None:
    folder = results(tmp_path, {"accuracy": 0.95}, {"accuracy": 0.94, "digest": "other"})
    with pytest.raises(PointsWrong, match="beats: its runs are of different recipes"):
        measured(folder)
    (folder / "beats-0.json").write_text('{"format": "smelt-frontier-1", "recipe": "beats"}')
    with pytest.raises(PointsWrong, match=r"beats-0\.json: KeyError: 'accuracy'; measure it again"):
        measured(folder)


def test_the_front_is_what_none_beats_in_both() -> None:
    assert front([(3, 96.0), (1, 95.0), (2, 94.0), (4, 96.0), (5, 97.0)]) == [
        (1, 95.0),
        (3, 96.0),
        (5, 97.0),
    ]


def test_the_table_has_ours_theirs_and_references_by_accuracy(tmp_path: Path) -> None:
    ours = measured(results(tmp_path, {"accuracy": 0.945}, {"accuracy": 0.943}))
    text = frontier_section(read_published(points(tmp_path)), ours, {"ecg": {"trees": TREES}})
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert [row.split(" | ")[0] for row in rows[1:5]] == [
        "| *trees*",
        "| **`beats`**",
        "| They (arXiv:0000.00000)",
        "| They (arXiv:0000.00000)",
    ]
    assert rows[2].split(" | ")[1:8] == [
        "**94.40** (94.30 to 94.50, 2 seeds)",
        *("**1,600**", "**1,700**", "**1,000**", "", "out", "in"),
    ]
    assert rows[3].split(" | ")[1:8] == ["94.28", "", "", "2,000 to 2,990", "", "?", "in"]
    assert rows[4].split(" | ")[1] == "?"
    assert rows[6:] == ["| `beats` | 99.0 | 25.0 | 0.550 |", "| trees | 98.0 | 50.0 | 0.600 |"]


def test_pictures_are_drawn_of_tasks_with_points(tmp_path: Path) -> None:
    ours = measured(results(tmp_path, {"accuracy": 0.945}, {"accuracy": 0.943}))
    rivals = read_published(points(tmp_path)).rivals
    drawn = plot_task("Heart beats", ours, rivals, {"trees": TREES})
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    told = [Rival("ecg", "They", 94.0, None, None, "", None, None, "", "published", "")]
    assert plot_task("Heart beats", [], told, {}) is None


def test_the_command_writes_a_picture_a_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = results(tmp_path, {"accuracy": 0.945})
    words = ["--out", str(tmp_path / "out"), "--results", str(folder)]
    words += ["--references", str(tmp_path / "none"), "--picture", str(tmp_path / "readme.png")]
    page = tmp_path / "BENCHMARKS.md"
    page.write_text("# All\n\n## Frontier\n\nstale\n\n### MNIST\n\nstale\n\n## Time\n\nnone\n")
    assert main(parser(), [*words, "--table", str(page)]) == 0
    made = page.read_text()
    assert made.startswith("# All\n\n## Frontier\n\nAccuracy on the test part")
    assert made.endswith(" |\n\n## Time\n\nnone\n")
    assert "stale" not in made
    assert "| **`beats`** | **94.50** (94.50 to 94.50, 1 seeds)" in capsys.readouterr().out
    assert (tmp_path / "out/ecg.png").is_file()
    assert (tmp_path / "readme.png").read_bytes() == (tmp_path / "out/mnist.png").read_bytes()


def test_a_seed_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = find_recipe("cancer-lut").to_dict()
    table["schedule"] |= {"epochs": 2}
    recipe = recipe_from_dict(table)
    found = measure_recipe(recipe, 3, tmp_path / "core", tmp_path)
    assert (found["task"], found["seed"], list(found["recall"])) == (
        *("cancer", 3),
        ["malignant", "benign"],
    )
    # 143 rows are for testing.
    assert round(found["accuracy"] * 143, 9) == round(found["accuracy"] * 143)
    assert 0 < found["lut6"] < found["lut4"] <= found["lc"] < 60
    monkeypatch.setattr(measure, "train_recipe", lambda *args, **more: pytest.fail("trains"))
    assert measure_recipe(recipe, 3, tmp_path / "core", tmp_path) == found
    table["schedule"] |= {"epochs": 3}
    with pytest.raises(pytest.fail.Exception):
        measure_recipe(recipe_from_dict(table), 3, tmp_path / "core", tmp_path)


def test_a_text_is_none_of_the_tasks(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured, match="names-gru: names is none of the frontier's tasks"):
        measure_recipe(find_recipe("names-gru"), 0, tmp_path, tmp_path)


def test_recall_and_f1_by_hand() -> None:
    """Of three 0 two are found, of two 1 one, and 2 never is: F1 is 2/3, 2/5 and 0."""
    labels, said = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 1])
    recall, f1 = right_by_class(labels, said, 3)
    assert recall == pytest.approx([2 / 3, 1 / 2, 0], abs=1e-6)
    assert f1 == pytest.approx((2 / 3 + 2 / 5) / 3, abs=1e-6)


def test_a_reference_is_measured_on_the_test_part() -> None:
    found = reference("cancer", "logistic regression")
    assert 0.95 < found["accuracy"] < 1
    assert found["recall"].keys() == {"malignant", "benign"}
