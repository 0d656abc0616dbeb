"""First recipes: of every kind of data one that is read, trained and as good as others' models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from boards.table import find_board
from gen.data.dataset import DataSet
from gen.first.size import FULL
from gen.nets.recipe import Recipe, read_recipe
from gen.nets.training.job import data_of
from gen.nets.training.train import accuracy, train
from tests.commands import run
from tests.gen.first.examples import (
    frame,
    write_arrays,
    write_images,
    write_sequence,
    write_table,
)


def made(data: Path, *words: str) -> Recipe:
    """The recipe that the command writes for data."""
    target = data.with_name("first.toml")
    done = run("gen", "recipe", str(data), "--out", str(target), *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"next: make synth RECIPE={target}" in done.stdout
    return read_recipe(target)


def refused(data: Path, *words: str) -> str:
    """The one line that the command says of data, having written nothing."""
    before = sorted(data.parent.rglob("*"))
    done = run("gen", "recipe", str(data), *words)
    assert done.returncode
    assert not done.stdout
    assert sorted(data.parent.rglob("*")) == before
    (line,) = done.stderr.splitlines()
    return line


def learned(recipe: Recipe, epochs: int) -> tuple[float, DataSet]:
    """Accuracy on the test part after a few epochs, and the data."""
    recipe, data = data_of(recipe)
    recipe = replace(recipe, schedule=replace(recipe.schedule, epochs=epochs))
    found = train(recipe, *data.part(data.train), len(data.classes), columns=data.columns)
    return accuracy(found.model, found.encoder, *data.part(data.test)), data


def linear(data: DataSet) -> float:
    """What scikit-learn's logistic regression reaches on the same split."""
    model = LogisticRegression(max_iter=2000).fit(*data.part(data.train))
    return float(model.score(*data.part(data.test)))


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_a_table_gives_the_same_recipe_in_every_form(tmp_path: Path, ending: str) -> None:
    recipe = made(write_table(tmp_path, ending), "--label", "gait")
    assert recipe.data.file == f"day.{ending}"
    assert recipe.data.drop == ("id", "at", "constant")
    assert recipe.head.kind == "argmax"
    other = made(write_table(tmp_path, "csv"), "--label", "3", "--force")
    assert replace(other, data=recipe.data) == recipe


@pytest.mark.parametrize("words", [(), ("--where", "chip")], ids=["host", "chip"])
def test_of_few_bits_no_tables_of_four_are_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Two columns of two values are two bits: the recipe trains, and tells what they tell."""
    at = np.arange(80)
    pair = pd.DataFrame({"a": at % 2, "b": at // 2 % 2, "y": np.where(at % 4 == 3, "both", "no")})
    pair.to_csv(tmp_path / "pair.csv", index=False)
    recipe = made(tmp_path / "pair.csv", "--label", "y", *words)
    assert [layer.kind for layer in recipe.layers] == ["linear"]
    assert learned(recipe, 40)[0] == 1


def test_a_table_is_learned_as_well_as_by_logistic_regression(tmp_path: Path) -> None:
    found, data = learned(made(write_table(tmp_path, "csv"), "--label", "gait"), 30)
    assert found >= linear(data) - 0.03
    assert found > 0.9


def test_arrays_are_learned(tmp_path: Path) -> None:
    recipe = made(write_arrays(tmp_path))
    found, data = learned(recipe, 30)
    assert (len(data.test), data.n_features) == (80, 6)
    assert found >= linear(data) - 0.03


def test_images_keep_their_size_where_it_is_small(tmp_path: Path) -> None:
    recipe = made(write_images(tmp_path))
    assert (recipe.data.file, recipe.data.size) == ("shapes", (14, 14))
    found, data = learned(recipe, 30)
    assert data.image == (14, 14)
    assert found >= linear(data) - 0.03


@pytest.mark.parametrize(
    ("board", "most"), [("icestick", 80), ("icebreaker", 320), ("ulx3s-85f", 1024)]
)
def test_large_images_become_as_small_as_the_board_asks(
    tmp_path: Path, board: str, most: int
) -> None:
    recipe = made(write_images(tmp_path, side=64, each=4), "--board", board)
    assert recipe.data.size is not None
    high, wide = recipe.data.size
    assert high == wide
    assert most / 2 < high * wide <= most


def test_a_sequence_is_learned_step_by_step(tmp_path: Path) -> None:
    path = write_sequence(tmp_path)
    recipe = made(path, "--label", "way", "--steps", "6")
    assert (recipe.data.steps, recipe.layers[0].kind) == (6, "rnn")
    assert "the first is x0, y0." in path.with_name("first.toml").read_text()
    found, data = learned(recipe, 40)
    assert data.n_features == 12
    assert found > 0.9


def test_steps_that_do_not_divide_the_features_are_refused(tmp_path: Path) -> None:
    path = write_sequence(tmp_path)
    assert refused(path, "--label", "way", "--steps", "5").endswith(
        "--steps 5 does not divide its 12 features (the last is 'y5'); name what is no part of the"
        " sequence with --drop"
    )


@pytest.mark.parametrize("board", ["icestick", "icebreaker", "tang-nano-9k"])
@pytest.mark.parametrize("classes", [2, 10, 40])
def test_what_is_chosen_fits_the_board(tmp_path: Path, board: str, classes: int) -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(0, 1, (400, 60)), columns=[f"c{at}" for at in range(60)])
    table["kind"] = np.arange(400) % classes
    table.to_csv(tmp_path / "wide.csv", index=False)
    target = tmp_path / "first.toml"
    done = run(
        "gen", "recipe", str(tmp_path / "wide.csv"), "--label", "kind", "--board", board,
        "--out", str(target),
    )  # fmt: skip
    if done.returncode:
        assert (board, classes) == ("icestick", 40)
        assert "do not fit icestick (1,280 logic cells, link included)" in done.stderr
        assert not target.exists()
        return
    told = done.stdout.split("with the link ")[1].split()[0].replace(",", "")
    assert int(told) <= FULL * find_board(board).capacity


def test_a_column_of_groups_is_in_one_part_alone(tmp_path: Path) -> None:
    table = frame()
    table["Subject"] = [f"s{at // 20}" for at in range(len(table))]
    table.to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait")
    assert recipe.data.group == "Subject"
    _, data = data_of(recipe)
    people = [set(table["Subject"].iloc[part]) for part in (data.train, data.test)]
    assert all(people)
    assert not people[0] & people[1]


def test_a_group_that_cannot_be_split_is_dropped_with_the_reason(tmp_path: Path) -> None:
    table = frame()
    table["user"] = table["gait"].map({"rest": 0, "walk": 1, "run": 2}) + 10 * (table.index % 2)
    table["user"] = table["user"].where(table["gait"] != "rest", 0)
    table.to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait")
    assert recipe.data.group is None
    assert "user" in recipe.data.drop
    assert "# user: no split keeps its rows together" in (tmp_path / "first.toml").read_text()


def test_a_column_that_says_which_rows_are_for_testing_is_used(tmp_path: Path) -> None:
    table = frame()
    table["split"] = ["test" if at % 5 == 0 else "train" for at in range(len(table))]
    table.to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait")
    assert recipe.data.test == "split"
    assert len(data_of(recipe)[1].test) == len(table) // 5


def test_missing_values_are_filled_and_told(tmp_path: Path) -> None:
    table = frame()
    table.loc[[3, 50], "pace"] = np.nan
    table.loc[7, "hand"] = None
    table.to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait")
    assert recipe.data.fill == "median"
    assert np.isfinite(data_of(recipe)[1].features).all()
    text = (tmp_path / "first.toml").read_text()
    assert "# pace: 2 values are missing" in text
    assert "# hand: 1 values are missing" in text


def test_another_separator_is_found(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "day.csv", index=False, sep=";")
    recipe = made(tmp_path / "day.csv", "--label", "gait")
    assert recipe.data.separator == ";"
    assert len(data_of(recipe)[1].labels) == len(frame())


def test_columns_get_codes_of_their_own(tmp_path: Path) -> None:
    recipe = made(write_table(tmp_path, "csv"), "--label", "gait")
    said = dict(recipe.encoding.columns)
    # Two of four tell something; `on` has a bit, and `room` one between each two of four values.
    assert recipe.encoding.fit == "tree"
    assert {name: said[name].thresholds for name in said} == {"on": (0.5,), "room": (0.5, 1.5, 2.5)}


def test_names_that_toml_must_quote_are_read_back(tmp_path: Path) -> None:
    table = frame().rename(columns={"on": 'the "on" \\ bit = #1', "room": "ért.é"})
    table.to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait")
    assert {'the "on" \\ bit = #1', "ért.é"} <= set(dict(recipe.encoding.columns))
    data_of(recipe)


def test_a_recipe_that_is_there_stays(tmp_path: Path) -> None:
    path = write_table(tmp_path, "csv")
    (tmp_path / "day.toml").write_text("mine")
    line = refused(path, "--label", "gait")
    assert line.endswith("day.toml: is there already; --force writes over it, --out names another")
    assert (tmp_path / "day.toml").read_text() == "mine"
    assert run("gen", "recipe", str(path), "--label", "gait", "--force").returncode == 0
    assert read_recipe(tmp_path / "day.toml").data.label == "gait"


def test_the_label_is_not_guessed(tmp_path: Path) -> None:
    path = write_table(tmp_path, "csv")
    assert refused(path).endswith(
        "which column is the label? say --label NAME; the columns are id, at, heart rate, gait,"
        " pace, hand, on, room, constant"
    )
    assert "no column 'gate'; did you mean 'gait'?" in refused(path, "--label", "gate")
    assert "label 'pace' holds numbers with a point" in refused(path, "--label", "pace")
    assert "there are 9 columns" in refused(path, "--label", "9")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--board", "icebraker"), "did you mean icebreaker?"),
        (("--out", "first.txt"), "first.txt: the name of a recipe ends in .toml"),
        (("--out", "my first.toml"), "'my first' would name a folder"),
        (("--drop", "handd"), "--drop: no column 'handd'; did you mean 'hand'?"),
        (("--group", "pac"), "--group: no column 'pac'; did you mean 'pace'?"),
        (("--test", "hand"), "'left' says neither test"),
    ],
    ids=lambda value: value[0].strip("-") if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    path = write_table(tmp_path, "csv", rows=60)
    assert said in refused(path, "--label", "gait", *words)


def test_a_text_among_numbers_is_named_and_its_column_not_dropped(tmp_path: Path) -> None:
    table = frame()
    table["pace"] = table["pace"].astype(str) + "1"
    table.loc[7, "pace"] = "?"
    table.to_csv(tmp_path / "day.csv", index=False)
    line = refused(tmp_path / "day.csv", "--label", "gait")
    assert line.endswith("column 'pace' has numbers and texts: '?' in row 8 is no number")


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.csv", "--label", "a").endswith("no such file or folder")
    (tmp_path / "empty.csv").write_text("")
    assert refused(tmp_path / "empty.csv", "--label", "a").endswith("empty.csv: is empty")
    (tmp_path / "photo.jpg").write_bytes(b"no")
    assert "a table (.csv" in refused(tmp_path / "photo.jpg", "--label", "a")
    (tmp_path / "folder").mkdir()
    assert "no images" in refused(tmp_path / "folder")
    assert "--label means nothing for arrays" in refused(write_arrays(tmp_path), "--label", "y")
