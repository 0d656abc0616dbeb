"""train --float and a recipe's `[schedule] start`, as commands; and every kind of layer by name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gen.nets.model import build
from gen.nets.recipe import find_recipe
from gen.nets.starts.begin import begin_from
from gen.nets.starts.read import read_start
from gen.nets.store import load_model
from tests.gen.nets.conftest import QUICK
from tests.gen.nets.test_commands import smelt

RECIPE = QUICK.replace("epochs = 4", "epochs = 3")
OWN = """
import torch
from torch import nn


def make():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(60, 6), nn.ReLU(), nn.Linear(6, 2))


def double():
    return make().double()


def pair():
    return nn.Bilinear(60, 6, 2)


def two():
    class Two(nn.Sequential):
        def forward(self, x):
            return super().forward(x), x
    return Two(*make())


def normed():
    return nn.Sequential(nn.Linear(60, 6), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 2))
"""
SIZES = {
    "cancer-lut": (180, 2),
    "digits-conv": (128, 10),
    "digits-deep": (256, 10),
    "digits-gru": (16, 10),
    "digits-rnn": (16, 10),
    "names-gru": (60, 27),
}
"""Recipes of every kind of layer: the bits of a row, of all its steps, and the classes."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe trained in float, beside it a module of one's own."""
    made = tmp_path_factory.mktemp("start")
    (made / "quick.toml").write_text(RECIPE)
    (made / "own.py").write_text(OWN)
    assert smelt("train", made / "quick.toml", "--float", "--out", made / "float") == 0
    return made


def recipe_from(folder: Path, start: str) -> Path:
    path = folder / "later.toml"
    path.write_text(f'{RECIPE}start = "{start}"\n')
    return path


@pytest.mark.parametrize("start", ["float/float.safetensors", "own.py:make", "own.py:double"])
def test_a_recipe_goes_on_and_tells_three_figures(
    folder: Path, capsys: pytest.CaptureFixture[str], start: str
) -> None:
    assert smelt("train", recipe_from(folder, start), "--out", folder / "later") == 0
    said = capsys.readouterr().out.splitlines()[-1]
    metrics = json.loads((folder / "later" / "model.json").read_text())["metrics"]
    assert said == (
        f"{folder}/later/model.json: from {start}, a float network of {metrics['start']:.2%};"
        f" quantized without training {metrics['rounded']:.2%}, after training"
        f" {metrics['quantized']:.2%}"
    )
    assert smelt("freeze", "--model", folder / "later" / "model.json") == 0


def test_what_is_trained_in_float_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figure that --float tells is the one that the recipe that starts there tells."""
    assert smelt("train", folder / "quick.toml", "--float", "--out", folder / "again") == 0
    told = capsys.readouterr().out.strip()
    assert (folder / "again" / "float.safetensors").read_bytes() == (
        folder / "float" / "float.safetensors"
    ).read_bytes()
    assert smelt("train", recipe_from(folder, "float/float.safetensors"), "--out", folder) == 0
    start = load_model(folder / "model.json").metrics["start"]
    assert told == (f"{folder}/again/float.safetensors: accuracy {start:.2%}, nothing quantized")


@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        ("none.safetensors", "no such file; `python -m gen train RECIPE --float` writes one"),
        ("float", "no whole safetensors file"),
        ("state.pt", "safetensors.torch.save_file writes one"),
        ("missing.safetensors", "has no tensor 'score.latent', which the recipe's network has"),
        ("wrong.safetensors", r"'score.latent' is (3, 6), the recipe's 'score.latent' is (2, 6)"),
        ("complex.safetensors", "tensor 'score.latent' holds no real numbers"),
        ("variance.safetensors", "tensor 'layer1_norm.running_var' has a variance below 0"),
        ("own.py:two", "it gives tuple, not scores of shape (rows, classes)"),
        ("own.py:pair", "has a layer (2, 60, 6); the recipe's are layer1_sum"),
        ("own.py:normed", "'1.weight' is (6,), of neither a linear or conv layer nor a batch norm"),
    ],
)
def test_a_start_that_is_none_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], start: str, wrong: str
) -> None:
    tensors = load_file(folder / "float" / "float.safetensors")
    torch.save(tensors, folder / "state.pt")
    latent = tensors.pop("score.latent")
    save_file(tensors, folder / "missing.safetensors")
    save_file(tensors | {"score.latent": torch.zeros(3, 6)}, folder / "wrong.safetensors")
    save_file(tensors | {"score.latent": latent.to(torch.cfloat)}, folder / "complex.safetensors")
    variance = {"score.latent": latent, "layer1_norm.running_var": -torch.ones(6)}
    save_file(tensors | variance, folder / "variance.safetensors")
    assert smelt("train", recipe_from(folder, start), "--out", folder / "wrong") == 1
    said = capsys.readouterr().err
    assert wrong in said
    assert said.startswith("smelt: error: ")
    assert said.count("\n") == 1
    assert not (folder / "wrong").exists()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_tensors_of_other_floats_are_read(folder: Path, dtype: torch.dtype) -> None:
    tensors = load_file(folder / "float" / "float.safetensors")
    given = {name: one.to(dtype) for name, one in tensors.items()}
    save_file(given, folder / "other.safetensors")
    found = read_start(find_recipe(str(recipe_from(folder, "other.safetensors"))))
    assert found is not None
    for name, one in found.tensors.items():
        assert torch.equal(one, tensors[name].to(dtype).float())


@pytest.mark.parametrize("name", SIZES)
def test_every_kind_of_layer_starts_by_name(tmp_path: Path, name: str) -> None:
    recipe = find_recipe(name)
    recipe = replace(
        recipe, schedule=replace(recipe.schedule, start="float.safetensors"), folder=tmp_path
    )
    torch.manual_seed(0)
    first, second = (build(recipe, *SIZES[name]) for _ in range(2))
    save_file(first.state_dict(), tmp_path / "float.safetensors")
    start = read_start(recipe)
    assert start is not None
    begin_from(second, start, list)
    state = second.state_dict()
    assert all(torch.equal(one, state[key]) for key, one in first.state_dict().items())


TABLES = RECIPE.replace("units = 6\nfan_in = 4", 'kind = "lut"\nunits = 6')
INSIDE = (
    RECIPE.replace("units = 6\nfan_in = 4", 'kind = "concat"\nkeep_input = true')
    + """
[[layers.branches]]
kind = "lut"
units = 6
"""
)
OF_TABLES = "[[layers]] 1: the entries of tables are bits in training, too"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TABLES, OF_TABLES),
        (TABLES.replace("units = 6", 'units = 6\nwiring = "random"'), OF_TABLES),
        (INSIDE, OF_TABLES),
    ],
)
def test_tables_have_no_float_network(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    why: str,
) -> None:
    """Said before the data is read, and nothing is written."""
    monkeypatch.setattr("gen.nets.training.job.load_set", None)
    (tmp_path / "some.toml").write_text(text)
    assert smelt("train", tmp_path / "some.toml", "--float", "--out", tmp_path / "out") == 1
    assert capsys.readouterr().err == (
        f"smelt: error: some: {why}, and there is no float network to start from; leave out"
        " --float\n"
    )
    assert not (tmp_path / "out").exists()
