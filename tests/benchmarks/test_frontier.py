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
from benchmarks.frontier.points import PointsWrong, Rival, front, read_published
from benchmarks.frontier.references import read_references, reference
from benchmarks.frontier.runs import RESULTS, file_of, measured
from benchmarks.frontier.table import frontier_section
from gen.console import main
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.nets.recipe import Recipe, find_recipe, recipe_from_dict
from gen.nets.shipped.recipes import recipe_files

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
    "accuracy": 0.9,
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digest": "other"}, "is of another recipe, or by other versions, than beats-0.json"),
        ({"task": "mnist"}, "is of another task than beats-0.json"),
        ({"recall": {"N": 0.99, "V": 0.25}}, "is of other classes than beats-0.json"),
    ],
)
def test_runs_of_different_recipes_are_not_one_point(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    folder = results(tmp_path, {}, change)
    with pytest.raises(PointsWrong) as caught:
        measured(folder)
    assert str(caught.value) == f"{tmp_path}/beats-1.json: {message}; measure it with --again"


def test_recipes_of_one_task_have_the_same_classes(tmp_path: Path) -> None:
    results(tmp_path, {})
    other = RUN | {"recipe": "hearts", "seed": 0, "recall": {"N": 0.9}}
    (tmp_path / "hearts-0.json").write_text(json.dumps(other))
    with pytest.raises(PointsWrong, match=r"/hearts-0\.json: is of other classes than beats-0"):
        measured(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "smelt-frontier-0"}, "format is 'smelt-frontier-0'"),
        ({"accuracy": True}, "accuracy is True, not a number"),
        ({"accuracy": "0.9"}, "accuracy is '0.9', not a number"),
        ({"accuracy": 97.3}, "accuracy is 97.3, no number from 0 to 1"),
        ({"accuracy": -0.1}, "accuracy is -0.1, no number from 0 to 1"),
        ({"train_accuracy": 2}, "train_accuracy is 2, no number from 0 to 1"),
        ({"lc": 1700.5}, "lc is 1700.5, no number from 1"),
        ({"lut4": 0}, "lut4 is 0, no number from 1"),
        ({"lut6": "1000"}, "lut6 is '1000', no number from 1"),
        ({"recall": 0.9}, "recall is 0.9, not a dict"),
        ({"recall": {"N": 1.5}}, "recall.N is 1.5, no number from 0 to 1"),
        ({"recall": {}}, "recall of nothing"),
        ({"recall": {"N | S": 0.5}}, "recall of 'N | S', not of the form"),
        ({"macro_f1": None}, "macro_f1 is None, not a number"),
        ({"digest": 3}, "digest is 3, not a str"),
        ({"encoder": "cloud"}, "encoder is 'cloud', none of chip, host"),
        ({"task": "cancer"}, "task is 'cancer', none of digits, ecg"),
        ({"task": ["ecg"]}, "task is ['ecg'], none of digits, ecg"),
        ({"recipe": "a|b"}, "recipe is 'a|b', not of the form"),
        ({"recipe": "a\nb"}, "recipe is 'a\\nb', not of the form"),
        ({"recipe": "$beats"}, "recipe is '$beats', not of the form"),
        ({"recipe": ["beats"]}, "recipe is ['beats'], not a str"),
        ({"seed": -1}, "seed is -1, no number from 0 to 2147483647"),
        ({"seed": "0"}, "seed is '0', no number from 0"),
        ({"seed": True}, "seed is True, no number from 0"),
        ({"seed": 1}, "is of beats, seed 1, whose file is beats-1.json"),
        ({"recipe": "hearts"}, "is of hearts, seed 0, whose file is hearts-0.json"),
    ],
)
def test_a_wrong_run_is_one_line_that_names_its_file(
    tmp_path: Path, change: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    results(tmp_path, change)
    assert drawn(tmp_path, results=tmp_path) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"smelt: error: {tmp_path}/beats-0.json: {message}")
    assert (said.err.count("\n"), said.out) == (1, "")
    assert untouched(tmp_path)


@pytest.mark.parametrize(
    "key",
    "recipe digest seed task encoder accuracy recall macro_f1 lc lut4 lut6".split(),  # noqa: SIM905
)
def test_a_run_without_an_entry_is_one_line_that_names_its_file(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RUN | {"seed": 0}
    del run[key]
    (tmp_path / "beats-0.json").write_text(json.dumps(run))
    assert drawn(tmp_path, results=tmp_path) == 1
    message = f"smelt: error: {tmp_path}/beats-0.json: it has no '{key}'; make it again"
    assert capsys.readouterr().err.startswith(message)


def test_a_copy_of_a_run_is_not_another_seed(tmp_path: Path) -> None:
    """Counted, it would say two seeds, and shift the mean."""
    (folder := tmp_path / "copied").mkdir()
    results(folder, {}, {})
    assert len(measured(folder)[0].accuracies) == 2
    (folder / "beats-00.json").write_text((folder / "beats-0.json").read_text())
    with pytest.raises(PointsWrong, match=r"/beats-00\.json: is of beats, seed 0, whose file is"):
        measured(folder)


@pytest.mark.parametrize(
    ("folder", "message"),
    [("missing", "no folder"), ("page.md", "no folder"), ("empty", "no result in it")],
)
def test_without_results_the_page_stays(
    tmp_path: Path, folder: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert drawn(tmp_path, results=tmp_path / folder) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"smelt: error: {tmp_path / folder}: {message}")
    assert (said.err.count("\n"), said.out) == (1, "")
    assert untouched(tmp_path)


def drawn(tmp_path: Path, **folders: Path) -> int:
    """The status of the command with these folders, its page and pictures below `tmp_path`."""
    words = [word for name, path in folders.items() for word in (f"--{name}", str(path))]
    (tmp_path / "page.md").write_text("# All\n")
    words += ["--out", str(tmp_path / "out"), "--picture", str(tmp_path / "readme.png")]
    return main(parser(), [*words, "--table", str(tmp_path / "page.md")])


def untouched(tmp_path: Path) -> bool:
    """Whether the page is as it was, and no picture was drawn."""
    page = (tmp_path / "page.md").read_text()
    return (
        page == "# All\n" and not (tmp_path / "out").exists() and not list(tmp_path.glob("*.png"))
    )


def test_what_is_right_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    results(tmp_path / "results", {}, {})
    models(tmp_path / "references", {"trees": TREES})
    right = {"results": tmp_path / "results", "references": tmp_path / "references"}
    assert drawn(tmp_path, **right) == 0
    assert not untouched(tmp_path)
    assert "| trees | 98.0 | 50.0 | 0.600 |" in (tmp_path / "page.md").read_text()


def models(folder: Path, value: Any) -> Path:
    """A file of references for heart beats."""
    folder.mkdir()
    path = folder / "ecg.json"
    path.write_text(json.dumps({"format": "smelt-reference-1", "models": value}))
    return path


def without(key: str) -> dict[str, Any]:
    return {"trees": {name: value for name, value in TREES.items() if name != key}}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "models is [], not a dict"),
        ({}, "models of nothing"),
        ({"trees": 3}, "models.trees is 3, not a dict"),
        ({"a | b": TREES}, "models of 'a | b', not of the form"),
        (without("accuracy"), "models.trees has no 'accuracy'"),
        (without("recall"), "models.trees has no 'recall'"),
        (without("macro_f1"), "models.trees has no 'macro_f1'"),
        (without("scikit-learn"), "models.trees has no 'scikit-learn'"),
        ({"trees": TREES | {"accuracy": 95}}, "models.trees.accuracy is 95, no number from 0 to 1"),
        ({"trees": TREES | {"recall": {"N|": 1}}}, "trees: recall of 'N|', not of the form"),
    ],
)
def test_wrong_references_are_one_line_that_names_their_file(
    tmp_path: Path, value: Any, message: str
) -> None:
    path = models(tmp_path / "references", value)
    with pytest.raises(SmeltError) as caught:
        read_references(path.parent)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_file_of_references_of_no_task_is_refused(tmp_path: Path) -> None:
    path = models(tmp_path / "references", {"trees": TREES})
    strange = path.rename(path.with_stem("ekg"))
    with pytest.raises(SmeltError, match="'ekg' is none of the frontier's tasks") as caught:
        read_references(path.parent)
    assert str(strange) in str(caught.value)


def test_references_without_models_or_of_other_classes_stop_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results(tmp_path, {})
    path = models(tmp_path / "references", {"trees": TREES | {"recall": {"N": 0.9}}})
    folders = {"results": tmp_path, "references": path.parent}
    assert drawn(tmp_path, **folders) == 1
    assert "ecg.json of the references: trees has recall of N, not of N, S" in (
        capsys.readouterr().err
    )
    path.write_text('{"format": "smelt-reference-1"}')
    assert drawn(tmp_path, **folders) == 1
    assert f"{path}: it has no 'models'" in capsys.readouterr().err
    assert drawn(tmp_path, **folders | {"references": tmp_path / "none"}) == 1
    assert f"{tmp_path}/none: no folder" in capsys.readouterr().err
    assert untouched(tmp_path)


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


def test_the_table_says_which_set_of_means_was_encoded(tmp_path: Path) -> None:
    ours = measured(results(tmp_path, {"set": "ecg-14x14"}, {"accuracy": 0.943}))
    text = frontier_section(read_published(points(tmp_path)), ours, {})
    assert "| **1,000** |  | out, `ecg-14x14` | in |" in text


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
    (tmp_path / "none").mkdir()
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


def small(epochs: int = 2) -> Recipe:
    """Digits with ten tables, hardly trained."""
    table = find_recipe("digits-lut").to_dict()
    table["layers"][0]["units"] = 10
    table["schedule"] |= {"epochs": epochs}
    del table["descent"]
    return recipe_from_dict(table)


def test_a_seed_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure_recipe(small(), 3, tmp_path / "core", tmp_path)
    assert (found["task"], found["set"], found["seed"], list(found["recall"])) == (
        *("digits", "digits", 3),
        [str(digit) for digit in range(10)],
    )
    rows = len(load_set("digits").test)
    assert round(found["accuracy"] * rows, 9) == round(found["accuracy"] * rows)
    assert 0 < found["lut6"] < found["lut4"] <= found["lc"] < 80
    monkeypatch.setattr(measure, "train_recipe", lambda *args, **more: pytest.fail("trains"))
    assert measure_recipe(small(), 3, tmp_path / "core", tmp_path) == found
    assert measured(tmp_path)[0].chosen == found
    with pytest.raises(pytest.fail.Exception):
        measure_recipe(small(), 3, tmp_path / "core", tmp_path, again=True)


def kept_run(folder: Path, change: dict[str, Any] | None = None) -> Path:
    """A file as if the small recipe had been measured with seed 3."""
    path = folder / "digits-lut-3.json"
    path.write_text(json.dumps(RUN | measure._said(small(), 3) | (change or {})))
    return path


def test_another_recipe_of_the_same_name_is_measured_with_again_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept_run(tmp_path)
    before = path.read_text()
    monkeypatch.setattr(measure, "_answered", lambda *args: dict(RUN, accuracy=0.5))
    with pytest.raises(
        NotMeasured, match=r"/digits-lut-3\.json: is of another recipe of this name"
    ):
        measure_recipe(small(3), 3, tmp_path / "core", tmp_path)
    assert path.read_text() == before
    assert measure_recipe(small(), 3, tmp_path / "core", tmp_path)["accuracy"] == 0.9
    assert measure_recipe(small(3), 3, tmp_path / "core", tmp_path, again=True)["accuracy"] == 0.5
    assert json.loads(path.read_text())["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lc": None}, "lc is None, no number from 1"),
        ({"accuracy": "high"}, "accuracy is 'high', not a number"),
        ({"seed": 4}, "is of digits-lut, seed 4, whose file is digits-lut-4.json"),
    ],
)
def test_a_wrong_kept_run_is_one_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = kept_run(tmp_path, change)
    with pytest.raises(SmeltError) as caught:
        measure_recipe(small(), 3, tmp_path / "core", tmp_path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["mnist", "mnits"], 1, "no recipe 'mnits'"),
        (
            ["mnist", "cancer"],
            1,
            "cancer: cancer is none of the frontier's tasks, which are digits",
        ),
        (["mnist", "names-gru"], 1, "names-gru: names is none of the frontier's tasks"),
        (["mnist", "{folder}/no.toml"], 1, "no.toml: no such file"),
        (["mnist", "{folder}/a|b.toml"], 1, "recipe 'a|b': its name is not of the form"),
        (["mnist", "{folder}/mnist.toml"], 1, "another recipe called mnist is to be measured too"),
        (["magic-tiny", "digits-lut"], 1, "digits-lut-3.json: is of another recipe of this name"),
        (["mnist", "--seeds", "-1"], 2, "argument --seeds: -1 is less than 0"),
        (["mnist", "--seeds", "0", str(2**31)], 2, "argument --seeds: 2147483648 is more than"),
        (["mnist", "--results", "{folder}/mnist.toml"], 1, "is a file, and a folder is needed"),
    ],
)
def test_all_that_is_asked_for_is_looked_at_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.setattr(measure, "measure_recipe", lambda *args: pytest.fail("measures"))
    (tmp_path / "results").mkdir()
    kept_run(tmp_path / "results")
    for name in ("a|b", "mnist"):
        (tmp_path / f"{name}.toml").write_text(recipe_files()["digits"].read_text())
    words = [word.format(folder=tmp_path) for word in words]
    usual = ["--results", str(tmp_path / "results"), "--seeds", "3", "--out", str(tmp_path / "out")]
    assert status_of([*usual, *words]) == status
    assert message in capsys.readouterr().err.splitlines()[-1]


def status_of(words: list[str]) -> object:
    """The status of measuring; argparse ends the process itself."""
    try:
        return main(measure.parser(), words)
    except SystemExit as stopped:
        return stopped.code


def test_what_was_looked_at_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, int]] = []

    def measured_now(recipe: Recipe, seed: int, *args: Any) -> dict[str, Any]:
        done.append((recipe.name, seed))
        return RUN

    monkeypatch.setattr(measure, "measure_recipe", measured_now)
    words = ["mnist", "digits", "mnist", "--results", str(tmp_path), "--seeds", "0", str(2**31 - 1)]
    assert main(measure.parser(), words) == 0
    assert done == [(name, seed) for name in ("mnist", "digits") for seed in (0, 2**31 - 1)]


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


def test_every_recipe_with_results_is_shipped_with_the_median_seed() -> None:
    for ours in measured():
        seed = find_recipe(ours.recipe).schedule.seed
        run = json.loads((RESULTS / file_of(ours.recipe, seed)).read_text())
        assert run["accuracy"] == ours.chosen["accuracy"]
