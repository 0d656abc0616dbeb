"""`python -m gen compare`: its table against training by hand, going on, damage, wrong usage."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen.__main__ import parser
from gen.compare import runs
from gen.compare.plot import plot_comparison
from gen.compare.runs import digest
from gen.compare.table import format_table, row_of, summarize
from gen.compare.variants import (
    CompareError,
    Variant,
    parse_budgets,
    parse_schedules,
    variants,
)
from gen.console import main
from gen.data.sets import load_set
from gen.intnet.files import load
from gen.melt.melt import melt
from gen.nets.recipe import RecipeError, find_recipe
from gen.nets.store import weight_counts
from gen.nets.training.crossval import cross_validate
from gen.nets.training.train import accuracy, train
from tests.gen.nets.conftest import tiny

RECIPE = """
[data]
set = "cancer"

[encoding]
kind = "threshold"

[[layers]]
units = 5
fan_in = 3

[head]
fan_in = 3

[schedule]
epochs = 3
batch = 128
"""


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "quick.toml"
    path.write_text(RECIPE)
    return path


def smelt(*words: object) -> int:
    return main(parser(), ["compare", *map(str, words)])


def comparison(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "compare.json").read_text())
    return found


def test_the_table_is_what_training_by_hand_gives(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert smelt(recipe_file, "--schedules", "naive,layerwise", "--seeds", 2, "--out", out) == 0
    found = comparison(out)
    assert [row["schedule"] for row in found["rows"]] == ["naive", "layerwise"]
    data = load_set("cancer")
    for row in found["rows"]:
        for seed in (0, 1):
            recipe = Variant(row["schedule"], None).recipe(find_recipe(recipe_file), seed)
            trained = train(recipe, *data.part(data.train), 2)
            part = data.part(data.test)
            assert row["accuracy"]["all"][seed] == accuracy(trained.model, trained.encoder, *part)
            assert row["nonzero"]["all"][seed] == weight_counts(trained.model)["nonzero"]
            net = load(out / "runs" / f"{digest(recipe)}.npz")
            assert row["ands"]["all"][seed] == melt(net).n_ands
        values = row["accuracy"]["all"]
        assert row["accuracy"]["mean"] == pytest.approx(sum(values) / 2)
        assert row["accuracy"]["std"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
        assert row["lut4"] is None
    assert found["seeds"] == [0, 1]
    assert {"python", "numpy", "torch"} <= set(found["versions"])
    assert found["machine"]["cores"] >= 1
    said = capsys.readouterr()
    assert said.out == (out / "compare.txt").read_text()
    assert [line.split(":")[0] for line in said.err.splitlines() if " of 4: " in line] == [
        f"{number} of 4" for number in (1, 2, 3, 4)
    ]
    assert (out / "compare.png").read_bytes().startswith(b"\x89PNG")


def test_data_of_ones_own_lies_where_the_recipe_says(tmp_path: Path) -> None:
    """Where it is another, what was trained on it is not taken."""
    rows = "".join(f"{at % 9},{at % 7},{'x' if at % 9 > 4 else 'y'}\n" for at in range(90))
    (tmp_path / "rows.csv").write_text("a,b,kind\n" + rows)
    path = tmp_path / "r" / "own.toml"
    path.parent.mkdir()
    own = 'file = "../rows.csv"\nlabel = "kind"'
    path.write_text(RECIPE.replace('set = "cancer"', own).replace("fan_in = 3", "fan_in = 2"))
    words = (path, "--seeds", 1, "--no-gates", "--schedules", "ste", "--out", tmp_path / "out")
    assert smelt(*words) == 0
    assert comparison(tmp_path / "out")["rows"][0]["accuracy"]["mean"] > 0.5
    for text, runs_kept in ((rows, 1), (rows + "3,3,y\n", 2)):
        (tmp_path / "rows.csv").write_text("a,b,kind\n" + text)
        assert smelt(*words) == 0
        assert len(list((tmp_path / "out" / "runs").glob("*.npz"))) == runs_kept


def test_images_of_ones_own_have_their_size(tmp_path: Path) -> None:
    """A convolution has to know it, and the recipe need not say it."""
    for kind, level in (("dark", 20), ("light", 200)):
        (tmp_path / "p" / kind).mkdir(parents=True)
        for at in range(8):
            pixels = np.full((4, 5), level + at, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "p" / kind / f"{at}.png")
    path = tmp_path / "own.toml"
    conv = 'kind = "conv"\nchannels = 2\nkernel = 2\nfan_in = 3'
    own = RECIPE.replace('set = "cancer"', 'file = "p"').replace("batch = 128", "batch = 4")
    path.write_text(own.replace("units = 5\nfan_in = 3", conv))
    words = ("--seeds", 1, "--no-gates", "--schedules", "ste", "--out", tmp_path / "out")
    assert smelt(path, *words) == 0
    assert cross_validate(find_recipe(path), 2, (0,))["data"] == "p"


@pytest.mark.parametrize("head", ['kind = "majority"', "fan_in = 3"])
def test_schedules_that_cannot_differ_say_so(
    head: str, recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RECIPE.replace("units = 5\nfan_in = 3", 'kind = "lut"\nunits = 5')
    recipe_file.write_text(text.replace("[head]\nfan_in = 3", f"[head]\n{head}"))
    line = "quick: no layer has weights that are quantized, so all schedules train alike"
    words = (recipe_file, "--seeds", 1, "--no-gates", "--out", tmp_path / "out", "--schedules")
    assert smelt(*words, "ste,naive") == 0
    assert (line in capsys.readouterr().err.splitlines()) == (head == 'kind = "majority"')
    ste, naive = (row["accuracy"]["all"] for row in comparison(tmp_path / "out")["rows"])
    assert (ste == naive) >= (head == 'kind = "majority"')
    assert smelt(*words, "ste") == 0
    assert line not in capsys.readouterr().err


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is trained, as schedule and seed."""
    trained: list[str] = []
    real = runs.train

    def spy(recipe: Any, *rest: Any, **named: Any) -> Any:
        trained.append(f"{recipe.schedule.kind} {recipe.schedule.seed}")
        return real(recipe, *rest, **named)

    monkeypatch.setattr(runs, "train", spy)
    return trained


def test_finished_runs_are_read_back(recipe_file: Path, tmp_path: Path, counted: list[str]) -> None:
    words = (recipe_file, "--schedules", "ste,gradual", "--out", tmp_path / "out", "--no-gates")
    assert smelt(*words, "--seeds", 1) == 0
    first = comparison(tmp_path / "out")
    assert smelt(*words, "--seeds", 2) == 0
    assert counted == ["ste 0", "gradual 0", "ste 1", "gradual 1"]
    second = comparison(tmp_path / "out")
    for before, after in zip(first["rows"], second["rows"], strict=True):
        assert after["seconds"]["all"][:1] == before["seconds"]["all"]
        assert before["ands"] is None


def test_gates_are_counted_later_without_training_again(
    recipe_file: Path, tmp_path: Path, counted: list[str]
) -> None:
    words = (recipe_file, "--schedules", "ste", "--seeds", 1, "--out", tmp_path / "out")
    assert smelt(*words, "--no-gates") == 0
    assert smelt(*words) == 0
    assert counted == ["ste 0"]
    assert comparison(tmp_path / "out")["rows"][0]["ands"]["mean"] > 0


def test_a_recipe_that_changed_is_trained_again(
    recipe_file: Path, tmp_path: Path, counted: list[str]
) -> None:
    words = (recipe_file, "--schedules", "ste", "--seeds", 1, "--out", tmp_path, "--no-gates")
    smelt(*words)
    recipe_file.write_text(RECIPE.replace("epochs = 3", "epochs = 4"))
    smelt(*words)
    assert counted == ["ste 0"] * 2


@pytest.mark.parametrize("damage", ["json", "cut", "entry", "other", "npz", "no npz"])
def test_a_damaged_run_is_redone_with_one_line(
    damage: str,
    recipe_file: Path,
    tmp_path: Path,
    counted: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = (recipe_file, "--schedules", "ste", "--seeds", 1, "--out", tmp_path / "out")
    assert smelt(*words) == 0
    before = comparison(tmp_path / "out")
    (path,) = (tmp_path / "out" / "runs").glob("*.json")
    net = path.with_suffix(".npz")
    value = json.loads(path.read_text())
    if damage == "json":
        path.write_bytes(b"\x00\xff")
    elif damage == "cut":
        path.write_text(path.read_text()[:40])
    elif damage == "entry":
        path.write_text(json.dumps(value | {"accuracy": "high"}))
    elif damage == "other":
        path.write_text(json.dumps(value | {"digest": "0" * 16}))
    elif damage == "npz":
        net.write_bytes(net.read_bytes()[:100])
    else:
        net.unlink()
    capsys.readouterr()
    assert smelt(*words) == 0
    assert counted == ["ste 0"] * 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "trained again" in line]
    assert len(lines) == 1
    assert path.stem in lines[0]
    after = comparison(tmp_path / "out")
    for figure in ("accuracy", "nonzero", "ands"):
        assert after["rows"][0][figure] == before["rows"][0][figure]


def test_an_interrupted_comparison_keeps_what_is_finished(
    recipe_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = runs.train, []

    def interrupted(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(runs, "train", interrupted)
    words = (recipe_file, "--schedules", "ste", "--seeds", 2, "--out", tmp_path, "--no-gates")
    assert smelt(*words) == 130
    assert not (tmp_path / "compare.json").exists()
    assert smelt(*words) == 0
    assert len(calls) == 3


@pytest.mark.parametrize("seeds", ["0", "-2"])
def test_no_training_wrong(
    seeds: str, recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        smelt(recipe_file, "--seeds", seeds, "--out", tmp_path / "out")
    assert ended.value.code == 2
    assert f"argument --seeds: {seeds} is less than 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--schedules", "ste,gradul"],
            "--schedules: unknown schedule 'gradul'; did you mean 'gradual'?"
            " known: naive, ste, gradual, layerwise",
        ),
        (["--schedules", ""], "--schedules: unknown schedule ''; known: naive, ste, gradual,"
                              " layerwise"),
        (["--schedules", "ste,ste"], "--schedules: 'ste' is given 2 times"),
        (["--budgets", "50,few"], "--budgets: 'few' is neither a number of LUT4 nor 'none'"),
        (["--budgets", "0"], "--budgets: '0' is neither a number of LUT4 nor 'none'"),
        (["--map", "--no-gates"], "--map and --no-gates: LUT4 are counted only where gates are"),
    ],
)  # fmt: skip
def test_wrong_usage_wrong(
    words: list[str],
    message: str,
    recipe_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert smelt(recipe_file, *words, "--out", tmp_path / "out") == 1
    assert capsys.readouterr().err == f"smelt: error: {message}\n"
    assert not (tmp_path / "out").exists()


def test_a_schedule_that_does_not_fit_is_refused_before_any_training() -> None:
    with pytest.raises(RecipeError, match="ramp"):
        tiny(ramp=0.5)
    recipe = tiny(kind="gradual", ramp=0.25, warm_start=1)
    found = {variant.kind: one for variant, _, one in variants(recipe, ["ste", "gradual"], [40], 1)}
    assert found["gradual"].schedule.ramp == 0.25
    assert found["ste"].schedule.ramp is None
    assert {one.schedule.warm_start for one in found.values()} == {1}
    assert {one.schedule.gate_budget for one in found.values()} == {40}


def test_words_are_read_in_their_order() -> None:
    assert parse_schedules("gradual, naive") == ["gradual", "naive"]
    assert parse_budgets("none,700, 50") == [None, 700, 50]
    with pytest.raises(CompareError):
        parse_budgets("50,50")
    names = [variant.name for variant, _, _ in variants(tiny(), ["ste"], [None, 1500], 1)]
    assert names == ["ste", "ste, 1,500 LUT4"]


def test_the_digest_tells_recipes_schedules_and_seeds_apart() -> None:
    recipes = [tiny(), tiny(seed=1), tiny(kind="naive"), tiny(gate_budget=9), tiny(epochs=4)]
    assert len({digest(recipe) for recipe in recipes}) == len(recipes)
    assert digest(tiny()) == digest(tiny())


def run(accuracy: float, nonzero: int = 600, **rest: Any) -> dict[str, Any]:
    return {"accuracy": accuracy, "train_accuracy": accuracy, "nonzero": nonzero,
            "ands": None, "lut4": None, "seconds": 2.5, **rest}  # fmt: skip


def made(*rows: dict[str, Any], seeds: int = 2) -> dict[str, Any]:
    return summarize("net", "set", seeds, list(rows), {"torch": "9"})


TABLE = [
    "schedule          accuracy, %     training, %       weights  seconds",
    "naive          37.50 +- 17.68  37.50 +- 17.68           600      2.5",
    "ste, 500 LUT4   95.50 +- 0.71   95.50 +- 0.71  1,105 +- 700      2.5",
]


def test_the_text_of_a_table() -> None:
    found = made(
        row_of(Variant("naive", None), [run(0.5), run(0.25)]),
        row_of(Variant("ste", 500), [run(0.96, 610), run(0.95, 1600)]),
    )
    lines = format_table(found).splitlines()
    assert lines[:3] == TABLE
    assert lines[3].startswith("net (set), seeds 2: mean +- standard deviation; test part")


def test_a_figure_that_one_run_lacks_is_no_figure() -> None:
    row = row_of(Variant("ste", None), [run(0.5, ands=7), run(0.5)])
    assert row["ands"] is None
    alone = row_of(Variant("ste", None), [run(0.5, ands=7)])
    assert alone["ands"] == {"mean": 7.0, "std": None, "all": [7]}


def test_tables_have_no_weights_to_be_counted() -> None:
    found = made(row_of(Variant("ste", None), [run(0.5, 0), run(0.5, 0)]))
    assert "weights" not in format_table(found).splitlines()[0]
    assert plot_comparison(found).startswith(b"\x89PNG")


def test_the_plot_repeats_to_the_byte_and_takes_any_rows() -> None:
    near = row_of(Variant("ste", None), [run(0.96, ands=9), run(0.95, ands=9)])
    far = row_of(Variant("naive", None), [run(0.1, ands=9), run(0.3, ands=9)])
    same = row_of(Variant("gradual", 50), [run(0.95, ands=0), run(0.95, ands=0)])
    for rows in ([near], [far, near], [same], [near, far, same]):
        found = made(*rows)
        assert plot_comparison(found) == plot_comparison(found)
    assert plot_comparison(made(near)) != plot_comparison(made(far))
    single = made(row_of(Variant("ste", None), [run(1.0)]), seeds=1)
    assert plot_comparison(single).startswith(b"\x89PNG")


@pytest.mark.slow
def test_mapped_luts_are_counted(recipe_file: Path, tmp_path: Path) -> None:
    words = (recipe_file, "--schedules", "ste", "--seeds", 1, "--out", tmp_path / "out", "--map")
    assert smelt(*words) == 0
    row = comparison(tmp_path / "out")["rows"][0]
    assert 0 < row["lut4"]["mean"] < row["ands"]["mean"]
    assert np.isfinite(row["seconds"]["mean"])
