"""train, freeze and vectors as commands, on a recipe that takes a second."""

import json
from pathlib import Path

import numpy as np
import pytest

from gen.__main__ import parser
from gen.console import main
from gen.intnet.files import load
from gen.nets.recipe import find_recipe
from gen.nets.store import load_model, weight_counts
from gen.nets.training.job import train_recipe
from tests.gen.nets.conftest import QUICK


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "quick.toml"
    path.write_text(QUICK)
    return path


def smelt(*words: object) -> int:
    return main(parser(), [str(word) for word in words])


def test_recipe_to_vectors_and_the_same_bytes_again(recipe_file: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        assert smelt("train", recipe_file, "--out", folder) == 0
        assert smelt("freeze", "--model", folder / "model.json") == 0
        assert smelt("vectors", "--net", folder / "net.npz", "--random", 20) == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir() if path.is_file())
    assert names == ["model.json", "model.safetensors", "net.npz", "vectors.npz"]
    records = [path.name for path in (tmp_path / "a" / ".made").iterdir()]
    assert sorted(records) == ["model.json", "net.npz", "vectors.npz"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    with np.load(tmp_path / "a" / "vectors.npz") as found:
        assert len(found["inputs"]) == 143 + 20


def test_accuracy_in_the_file_is_that_of_the_vectors(recipe_file: Path, tmp_path: Path) -> None:
    smelt("train", recipe_file, "--out", tmp_path)
    smelt("freeze", "--model", tmp_path / "model.json", "--out", tmp_path / "n.npz")
    smelt("vectors", "--net", tmp_path / "n.npz", "--out", tmp_path / "v.npz", "--outputs", "class")
    metrics = json.loads((tmp_path / "model.json").read_text())["metrics"]
    with np.load(tmp_path / "v.npz") as found:
        n_test = int(found["n_test"])
        answers = found["outputs"][:n_test, 0]
        assert metrics["quantized"] == pytest.approx((answers == found["labels"]).mean())
    assert load(tmp_path / "n.npz").meta["metrics"] == metrics
    assert 0 < metrics["float"] <= 1


def test_errors_are_one_line_and_status_one(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe_file.write_text(QUICK.replace("fan_in", "fanin", 1))
    assert smelt("train", recipe_file, "--out", tmp_path / "out") == 1
    assert capsys.readouterr().err == (
        f"smelt: error: {recipe_file}: [[layers]] 1: unknown key 'fanin'; did you mean 'fan_in'?"
        " known: fan_in, weights, mask, activation_bits, activation, units\n"
    )
    assert not (tmp_path / "out").exists()
    assert smelt("freeze", "--model", tmp_path / "model.json") == 1
    assert capsys.readouterr().err == (
        f"smelt: error: {tmp_path}/model.json: no such file; run the step that makes it first\n"
    )


@pytest.mark.slow
def test_cancer_reaches_its_figure_with_its_weights(cancer: Path) -> None:
    model = load_model(cancer / "model.json")
    assert model.metrics["quantized"] >= 0.944
    assert weight_counts(model.network)["nonzero"] == 8 * 6 + 2 * 6


@pytest.mark.long
def test_digits_reaches_its_figure_with_its_weights() -> None:
    model, counts = train_recipe(find_recipe("digits"))
    assert model.metrics["quantized"] >= 0.955
    assert counts["nonzero"] == 64 * 7 + 10 * 16


@pytest.mark.parametrize(
    ("layer", "head", "size"),
    [
        ("units = 6\nfan_in = 4", "fan_in = 4", "32 of 372 weights not zero"),
        ('kind = "lut"\nunits = 7\nk = 3', 'kind = "majority"', "7 tables, 56 entries"),
        (
            'kind = "lut"\nunits = 6',
            "fan_in = 4",
            "8 of 12 weights not zero, 6 tables, 96 entries",
        ),
    ],
)
def test_training_tells_weights_or_tables(
    recipe_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    layer: str,
    head: str,
    size: str,
) -> None:
    layers, _, rest = QUICK.partition("[head]")
    recipe_file.write_text(
        layers.replace("units = 6\nfan_in = 4", layer) + "[head]" + rest.replace("fan_in = 4", head)
    )
    assert smelt("train", recipe_file, "--out", tmp_path / "out") == 0
    assert capsys.readouterr().out.strip().endswith(f"%), {size}")
