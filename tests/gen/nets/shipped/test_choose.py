"""Weights beside a recipe: taken while recipe and data are the same; else it trains, and says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.arrays import read_arrays, write_arrays
from gen.nets.layers.lut import LutLayer
from gen.nets.recipe import find_recipe, shipped_recipes
from gen.nets.shipped.place import trained_on, weights_path
from gen.nets.shipped.recipes import RECIPES
from gen.nets.shipped.weights import read_weights
from gen.nets.training.job import data_of
from gen.nets.training.train import train as train_network
from tests.commands import run
from tests.gen.nets.conftest import QUICK
from tests.gen.nets.shipped.test_weights import told

ROOT = Path(__file__).resolve().parents[4]
ROWS = "a,b,kind\n" + "\n".join(f"{i % 9},{i % 7},{'x' if i % 9 > 4 else 'y'}" for i in range(90))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe with its weights beside it, and its build in `first`."""
    path = tmp_path / "quick.toml"
    path.write_text(QUICK)
    said = train(path, "first")
    assert "as shipped" not in said
    done = run("gen", "weights", str(path), "--model", str(tmp_path / "first" / "model.json"))
    assert done.returncode == 0, done.stderr
    assert weights_path(path).stat().st_size < 5000
    return path


def train(recipe: Path, out: str, *more: str) -> str:
    """What training said, on both channels."""
    done = run("gen", "train", str(recipe), "--out", str(recipe.with_name(out)), *more)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def net(recipe: Path, out: str) -> bytes:
    model = recipe.with_name(out) / "model.json"
    assert run("gen", "freeze", "--model", str(model)).returncode == 0
    return model.with_name("net.npz").read_bytes()


def test_they_are_taken_and_give_the_same_network(recipe: Path) -> None:
    said = train(recipe, "second")
    assert "weights as shipped, trained with torch" in said
    assert "RETRAIN=1" in said
    assert net(recipe, "first") == net(recipe, "second")
    assert json.loads(recipe.with_name("second").joinpath("model.json").read_text())["shipped"]


def test_retrain_trains(recipe: Path) -> None:
    assert "as shipped" not in train(recipe, "second", "--retrain")
    first, second = (recipe.with_name(name) / "model.safetensors" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_an_edited_recipe_trains(recipe: Path) -> None:
    recipe.write_text(QUICK.replace("epochs = 4", "epochs = 3"))
    said = train(recipe, "second")
    assert "as shipped" not in said
    assert "quick.weights.npz: of another recipe: [schedule] epochs was 4, now 3" in said


def test_other_layers_train(recipe: Path) -> None:
    recipe.write_text(QUICK.replace("units = 6", "units = 5"))
    assert "of another recipe: its [layers] was another" in train(recipe, "second")


def test_comments_and_another_name_change_nothing(recipe: Path) -> None:
    other = recipe.with_name("other.toml")
    other.write_text("# mine\n" + QUICK)
    assert "as shipped" not in train(other, "none")
    shutil.copy(weights_path(recipe), weights_path(other))
    assert "as shipped" in train(other, "second")
    model = json.loads((other.with_name("second") / "model.json").read_text())
    assert model["recipe"]["name"] == "other"


def test_a_key_that_recipes_had_not_yet_is_as_its_default(recipe: Path) -> None:
    """As with files of an earlier version: what they do not say is the default."""
    arrays = read_arrays(weights_path(recipe))
    before = json.loads(arrays["about"].tobytes())["recipe"]
    del before["schedule"]["label_smoothing"]
    write_arrays(weights_path(recipe), arrays | {"about": told(arrays, recipe=before)})
    assert "as shipped" in train(recipe, "second")
    before["schedule"]["label_smoothing"] = 0.1
    write_arrays(weights_path(recipe), arrays | {"about": told(arrays, recipe=before)})
    said = train(recipe, "third")
    assert "[schedule] label_smoothing was 0.1, now 0.0" in said


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no", b"text"])
def test_a_damaged_file_is_one_line_and_a_training(recipe: Path, damage: bytes) -> None:
    weights_path(recipe).write_bytes(damage)
    said = train(recipe, "second")
    told = [line for line in said.splitlines() if "not used" in line]
    assert len(told) == 1
    assert told[0].count("quick.weights.npz") == 1
    assert "as shipped" not in said
    assert net(recipe, "first") == net(recipe, "second")


def test_weights_of_code_that_answers_otherwise_are_not_used(
    recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gen.nets.shipped.choose.accuracy", lambda *_: 0.25)
    assert "they answer 25.00% of the test part, and should" in train(recipe, "second")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"classes": ["benign", "malignant"]},
            "its classes are not the data's, malignant, benign",
        ),
        ({"classes": ["a", "b"]}, "its classes are not the data's, malignant, benign"),
        ({"classes": [1, 2]}, "classes[0] is 1, not a str"),
        ({"columns": None}, "its columns are not the data's"),
        ({"metrics": {"quantized": "0.9"}}, "metrics.quantized is '0.9', not a number"),
        ({"metrics": {}}, "metrics has no 'quantized'"),
    ],
)
def test_what_is_told_of_weights_is_looked_at(
    recipe: Path, changes: dict[str, Any], said: str
) -> None:
    """One line, and a training; nothing is written with figures or names that are not right."""
    arrays = read_arrays(weights_path(recipe))
    about = json.loads(arrays["about"].tobytes()) | changes
    if about["columns"] is None:
        del about["columns"]
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    write_arrays(weights_path(recipe), arrays | {"about": text})
    lines = train(recipe, "second").splitlines()
    assert [said in line for line in lines if "are not used: " in line] == [True]
    first, second = (
        (recipe.with_name(name) / "model.json").read_bytes() for name in ("first", "second")
    )
    assert first == second


def test_weights_are_of_the_data_that_they_were_trained_on(tmp_path: Path) -> None:
    path, rows = tmp_path / "own.toml", tmp_path / "rows.csv"
    rows.write_text(ROWS)
    path.write_text(QUICK.replace('set = "cancer"', 'file = "rows.csv"\nlabel = "kind"'))
    train(path, "first")
    model = str(tmp_path / "first" / "model.json")
    assert run("gen", "weights", str(path), "--model", model).returncode == 0
    assert "as shipped" in train(path, "second")
    assert net(path, "first") == net(path, "second")
    rows.write_text(ROWS + "\n3,3,y\n")
    said = train(path, "third")
    assert "own.weights.npz: trained on another data than the recipe's" in said


def test_weights_of_another_recipe_are_not_written(recipe: Path) -> None:
    weights_path(recipe).unlink()
    recipe.write_text(QUICK.replace("epochs = 4", "epochs = 5"))
    done = run(
        "gen", "weights", str(recipe), "--model", str(recipe.with_name("first") / "model.json")
    )
    assert done.returncode == 1
    assert "of another recipe: [schedule] epochs was 4, now 5" in done.stderr
    assert not weights_path(recipe).exists()


WEIGHTS = sorted(RECIPES.rglob("*.weights.npz"))


def test_the_recipes_that_need_no_download_have_weights() -> None:
    found = {path.name.removesuffix(".weights.npz") for path in WEIGHTS}
    assert found >= {name for name in shipped_recipes() if name.startswith(("digits", "cancer"))}


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.name)
def test_shipped_weights_are_of_the_recipe_beside_them(path: Path) -> None:
    recipe = find_recipe(path.name.removesuffix(".weights.npz"))
    model, before = read_weights(path)
    assert model.recipe == recipe
    assert before == trained_on(recipe)


def test_tables_that_are_shipped_are_what_the_recipe_trains_to() -> None:
    """A descent is integer arithmetic: the same tables on every machine."""
    recipe, data = data_of(find_recipe("cancer-lut"))
    model, _ = read_weights(weights_path(recipe.folder / "cancer-lut.toml"))
    found = train_network(recipe, *data.part(data.train), 2, columns=data.columns)
    assert found.encoder.to_dict() == model.encoder.to_dict()
    (shipped,), (trained,) = (
        [module for module in network.modules() if isinstance(module, LutLayer)]
        for network in (model.network, found.model)
    )
    np.testing.assert_array_equal(trained.wiring, shipped.wiring)
    np.testing.assert_array_equal(trained.tables, shipped.tables)


LEVELS = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}
"""What torch, MKL and oneDNN are told so that they use what every x86-64 has."""
SHIPPED = """
import sys, torch
from pathlib import Path
from gen.intnet.files import save
from gen.made import digest
from gen.nets.freezing.freeze import freeze_model
from gen.nets.shipped.recipes import RECIPES
from gen.nets.shipped.weights import read_weights
from gen.nets.store import save_model
print(torch.backends.cpu.get_cpu_capability())
for path in map(Path, sys.argv[2:]):
    model, out = read_weights(path)[0], Path(sys.argv[1])
    save(freeze_model(model), out / "net.npz")
    save_model(model, out)
    print(path.name, *(digest(out / one) for one in ("net.npz", "model.safetensors", "model.json")))
"""


def test_what_is_shipped_is_the_same_at_every_level_of_instructions(tmp_path: Path) -> None:
    """All shipped weights, saved and frozen with the least of instructions, and with the most."""
    files = [str(path) for path in WEIGHTS]
    told = []
    for levels in ({}, LEVELS):
        done = subprocess.run(
            [sys.executable, "-c", SHIPPED, str(tmp_path), *files],
            cwd=ROOT,
            env={**{k: v for k, v in os.environ.items() if k not in LEVELS}, **levels},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout.splitlines())
    assert told[1][0] == "DEFAULT"
    assert len(told[0]) == 1 + len(files)
    assert told[0][1:] == told[1][1:]
