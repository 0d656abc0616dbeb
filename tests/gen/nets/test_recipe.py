"""Recipes: what is read, and the whole message of everything that is refused."""

import copy
import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from gen.data.sets import known_sets
from gen.nets.recipe import (
    RecipeError,
    find_recipe,
    read_recipe,
    recipe_from_dict,
    shipped_recipes,
)
from gen.nets.shipped.recipes import recipe_files

GOOD = """
[data]
set = "digits"

[encoding]
kind = "thermometer"
bits = 2
thresholds = [4, 10.5]

[[layers]]
units = 8
fan_in = 3

[[layers]]
units = 6
fan_in = 8
weights = "3-bit"
activation_bits = 2

[head]
fan_in = 6

[schedule]
epochs = 5
"""


def good() -> dict[str, Any]:
    return {"name": "good", **tomllib.loads(GOOD)}


def changed(table: str, key: str, value: Any) -> dict[str, Any]:
    """The good recipe with one entry set; `layers.1` is the second layer."""
    recipe = copy.deepcopy(good())
    name, _, index = table.partition(".")
    place = recipe[name][int(index)] if index else recipe[name]
    place[key] = value
    return recipe


def test_a_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(GOOD)
    recipe = read_recipe(path)
    assert recipe.name == "small"
    assert recipe.encoding.thresholds == (4.0, 10.5)
    assert [layer.units for layer in recipe.layers] == [8, 6]
    assert recipe.layers[0].weights == "ternary"
    assert recipe.layers[0].activation_bits == 1
    assert recipe.schedule.seed == 0
    assert find_recipe(str(path)) == recipe


def test_dict_round_trip() -> None:
    recipe = recipe_from_dict(good())
    assert recipe_from_dict(recipe.to_dict()) == recipe
    without = good()
    del without["encoding"]["thresholds"]
    recipe = recipe_from_dict(without)
    assert recipe_from_dict(recipe.to_dict()) == recipe


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        recipe_from_dict(good()).head.fan_in = 2  # type: ignore[misc]


def test_shipped_recipes_lie_in_the_folder_of_their_data() -> None:
    files = recipe_files().values()
    assert {path.parent.name for path in files} >= {"digits", "cancer", "mnist"}
    assert [read_recipe(path).data.set for path in files] == [path.parent.name for path in files]


@pytest.mark.parametrize("name", ["digits", "digits-deep", "digits-3bit", "cancer"])
def test_shipped(name: str) -> None:
    assert name in shipped_recipes()
    assert find_recipe(name).name == name


@pytest.mark.parametrize(
    ("table", "key", "value", "message"),
    [
        (
            "schedule",
            "epoch",
            5,
            "[schedule]: unknown key 'epoch'; did you mean 'epochs'? known: epochs, batch,"
            " learning_rate, label_smoothing, noise, seed, kind, warm_start, ramp, gate_budget,"
            " wiring_rate, wiring_epochs, validation, start",
        ),
        (
            "layers.1",
            "fanin",
            5,
            "[[layers]] 2: unknown key 'fanin'; did you mean 'fan_in'? known: fan_in, weights,"
            " mask, activation_bits, activation, units",
        ),
        ("schedule", "epochs", "5", "[schedule] epochs: '5' is not an integer"),
        ("schedule", "epochs", True, "[schedule] epochs: True is not an integer"),
        ("schedule", "epochs", -1, "[schedule] epochs: -1 is not in 0..100000"),
        (
            "schedule",
            "learning_rate",
            float("nan"),
            "[schedule] learning_rate: nan is not a finite number",
        ),
        ("schedule", "noise", -0.5, "[schedule] noise: -0.5 is not in 0.0..10.0"),
        (
            "data",
            "set",
            "digts",
            "[data] set: 'digts'; did you mean 'digits'? known: " + ", ".join(known_sets()),
        ),
        (
            "layers.0",
            "weights",
            "9-bit",
            "[[layers]] 1 weights: '9-bit'; did you mean '8-bit'? known: binary, ternary, 2-bit,"
            " 3-bit, 4-bit, 5-bit, 6-bit, 7-bit, 8-bit",
        ),
        ("layers.0", "activation_bits", 5, "[[layers]] 1 activation_bits: 5 is not in 1..4"),
        (
            "encoding",
            "thresholds",
            [4],
            "[encoding] thresholds: 1 values for bits = 2",
        ),
        (
            "encoding",
            "thresholds",
            [4, 4],
            "[encoding] thresholds: must ascend, got [4.0, 4.0]",
        ),
        (
            "encoding",
            "thresholds",
            ["4", 5],
            "[encoding] thresholds: ['4', 5] is not a list of finite numbers",
        ),
        ("encoding", "kind", "threshold", '[encoding] bits: 2, but kind "threshold" has 1 bit'),
        ("layers.1", "fan_in", 9, "[[layers]] 2 fan_in: 9 is more than the 8 units before"),
        ("head", "fan_in", 7, "[head] fan_in: 7 is more than the 6 units before"),
        ("data", "test", 0, "[data] test: 0 is not a text; or a number in 0.01..0.9"),
        (
            "data",
            "label",
            70000,
            "[data] label: 70000 is not a text; or an integer in -65536..65535",
        ),
        (
            "layers.0",
            "kind",
            [],
            "[[layers]] 1 kind: []; known: linear, conv, max_pool, sum_pool,"
            " avg_pool, lut, embedding, rnn, gru, residual, concat",
        ),
    ],
)
def test_values_wrong(table: str, key: str, value: Any, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(changed(table, key, value), "r.toml")
    assert str(caught.value) == f"r.toml: {message}"


def test_sums_that_float32_cannot_hold_wrong() -> None:
    recipe = changed("layers.0", "units", 65536)
    recipe["layers"][0]["activation_bits"] = 4
    recipe["layers"][1] |= {"fan_in": 65536, "weights": "8-bit"}
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(recipe, "r.toml")
    assert str(caught.value) == (
        "r.toml: [[layers]] 2 fan_in: sums reach 124846080, float32 is exact below 16777216"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"heads": {}},
            "unknown table 'heads'; did you mean 'head'? known: data, encoding, layers, head,"
            " schedule, augment, descent, localize, teacher",
        ),
        ({"layers": []}, "[[layers]] must be one table or more, got []"),
        ({"head": 3}, "[head]: expected a table, got 3"),
        ({"head": {}}, "[head]: key 'fan_in' is missing"),
        ({"name": ""}, "name '' is not a file stem"),
    ],
)
def test_tables_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(good() | change, "r.toml")
    assert str(caught.value) == f"r.toml: {message}"


def test_missing_table_wrong() -> None:
    recipe = good()
    del recipe["data"]
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(recipe, "r.toml")
    assert str(caught.value) == "r.toml: table [data] is missing"


def test_find_recipe_wrong(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        find_recipe("digts")
    known = ", ".join(shipped_recipes())
    assert str(caught.value) == (
        f"no recipe 'digts'; did you mean 'digits'? known: {known}; or give a .toml file"
    )
    with pytest.raises(RecipeError) as caught:
        find_recipe(str(tmp_path / "none.toml"))
    assert str(caught.value) == (f"{tmp_path}/none.toml: no such file; shipped recipes: {known}")


def test_not_toml_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[data\n")
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)
    assert str(caught.value).startswith(f"{path}: not readable as TOML: ")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)
    assert str(caught.value).startswith(f"{path}: not readable as TOML: ")


def test_a_one_hot_encoding_has_a_threshold_less_than_bits() -> None:
    table = good()
    table["encoding"] = {"kind": "onehot", "bits": 3, "thresholds": [4, 10.5]}
    assert recipe_from_dict(table).encoding.thresholds == (4.0, 10.5)
    table["encoding"]["thresholds"] = [1, 2, 3]
    with pytest.raises(RecipeError, match="3 values for bits = 3"):
        recipe_from_dict(table)
    table["encoding"] = {"kind": "onehot", "bits": 1}
    with pytest.raises(RecipeError, match='bits: 1, but kind "onehot" has 2 or more'):
        recipe_from_dict(table)


def test_columns_of_a_set_that_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        'data = {set = "cancer"}\nhead = {fan_in = 2}\nschedule = {epochs = 1}\n'
        "layers = [{units = 4, fan_in = 2}]\n"
        '[encoding]\nkind = "thermometer"\nbits = 2\nfit = "tree"\n'
        '[encoding.columns."mean radius"]\nbits = 5\n'
    )
    (one,) = read_recipe(path).encoding.columns
    assert (one[0], one[1].bits, one[1].fit) == ("mean radius", 5, "tree")
    path.write_text(path.read_text().replace("cancer", "digits"))
    with pytest.raises(RecipeError, match="columns: only for a table, without steps"):
        read_recipe(path)


@pytest.mark.parametrize("value", [0, 1e4, True, "vote"])
def test_a_temperature_is_a_number_or_a_word_wrong(value: Any) -> None:
    recipe = good() | {"head": {"kind": "group_sum", "temperature": value}}
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(recipe, "r.toml")
    meant = "; did you mean 'votes'?" if value == "vote" else ";"
    assert str(caught.value) == (
        f"r.toml: [head] temperature: {value!r}{meant} known: votes, learned;"
        " or a number in 0.001..1000"
    )
