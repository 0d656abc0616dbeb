"""The model's files: a round trip, and one clear line for each way to damage them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from gen.files import FileDamaged
from gen.nets import store
from gen.nets.answers import predict
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.store import Model, ModelError, load_model, save_model, weight_counts
from gen.nets.training.train import train


@pytest.fixture
def model(recipe: Recipe, blobs: tuple[np.ndarray, np.ndarray]) -> Model:
    found = train(recipe, *blobs, 3)
    metrics = {"float": 0.5, "quantized": 0.25, "train": 0.75}
    return Model(recipe, found.model, found.encoder, ("a", "b", "c"), metrics)


@pytest.fixture
def saved(model: Model, tmp_path: Path) -> Path:
    return save_model(model, tmp_path / "tiny")


def test_round_trip(model: Model, saved: Path, blobs: tuple[np.ndarray, np.ndarray]) -> None:
    again = load_model(saved)
    assert again.recipe == model.recipe
    assert again.classes == model.classes
    assert again.metrics == model.metrics
    assert not again.network.training
    bits = model.encoder.encode(blobs[0])
    assert np.array_equal(again.encoder.encode(blobs[0]), bits)
    assert np.array_equal(predict(again.network, bits), predict(model.network, bits))


def test_the_json_says_what_was_trained(saved: Path) -> None:
    value = json.loads(saved.read_text())
    assert value["format"] == "smelt-model-1"
    assert value["recipe"]["schedule"]["epochs"] == 3
    weights = {"total": 8 * 7 + 7 * 6 + 6 * 3, "nonzero": 70, "bits": [2, 3, 2]}
    assert value["weights"] == weights | {"tables": 0, "entries": 0}
    assert value["versions"]["torch"] == torch.__version__
    assert sorted(path.name for path in saved.parent.iterdir()) == [
        "model.json",
        "model.safetensors",
    ]


def test_saving_twice_gives_the_same_bytes(model: Model, tmp_path: Path) -> None:
    first, second = (save_model(model, tmp_path / name) for name in ("a", "b"))
    for name in ("model.json", "model.safetensors"):
        assert first.with_name(name).read_bytes() == second.with_name(name).read_bytes()


def test_weight_counts_are_those_of_the_codes(model: Model) -> None:
    assert weight_counts(model.network)["nonzero"] == 7 * 4 + 6 * 5 + 3 * 4


def test_an_interrupted_save_leaves_nothing_that_looks_finished(
    model: Model, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_json", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_model(model, saved.parent)
    assert [path.name for path in saved.parent.iterdir()] == ["model.safetensors"]
    with pytest.raises(FileDamaged):
        load_model(saved)


def rewrite(saved: Path, **change: Any) -> None:
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change))


def retensor(saved: Path, change: dict[str, torch.Tensor], drop: str = "") -> None:
    path = saved.with_name("model.safetensors")
    tensors = {name: value for name, value in load_file(path).items() if name != drop}
    save_file(tensors | change, path)


def test_truncated_tensors_wrong(saved: Path) -> None:
    path = saved.with_name("model.safetensors")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    assert str(caught.value).startswith(f"{path}: not a whole safetensors file (")
    assert str(caught.value).endswith("); run train again")


@pytest.mark.parametrize("data", [b"", b"{}", b"\x80\x04pickle" * 20])
def test_foreign_tensors_wrong(saved: Path, data: bytes) -> None:
    path = saved.with_name("model.safetensors")
    path.write_bytes(data)
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        load_model(saved)


def test_missing_tensors_wrong(saved: Path) -> None:
    path = saved.with_name("model.safetensors")
    path.unlink()
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    assert str(caught.value) == f"{path}: no such file; run train again"


def test_nan_weights_wrong(saved: Path) -> None:
    latent = load_file(saved.with_name("model.safetensors"))["layer2_sum.latent"]
    latent[3, 1] = float("nan")
    retensor(saved, {"layer2_sum.latent": latent})
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    path = saved.with_name("model.safetensors")
    assert str(caught.value) == f"{path}: tensor 'layer2_sum.latent' holds nan at [3, 1]"


def test_empty_weights_wrong(saved: Path) -> None:
    retensor(saved, {"score.latent": torch.zeros(3, 0)})
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    path = saved.with_name("model.safetensors")
    assert str(caught.value) == (
        f"{path}: tensor 'score.latent' is torch.float32 (3, 0), expected torch.float32 (3, 6)"
    )


def test_other_tensors_wrong(saved: Path) -> None:
    path = saved.with_name("model.safetensors")
    retensor(saved, {"extra": torch.zeros(1)})
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    assert str(caught.value) == f"{path}: tensor 'extra' is not one of this recipe's"
    retensor(saved, {}, drop="score.bias")
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    assert str(caught.value) == (
        f"{path}: tensor 'score.bias' is missing; it is not of this recipe"
    )


def test_tensors_of_another_training_wrong(saved: Path) -> None:
    retensor(saved, {"score.bias": torch.ones(3)})
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    path = saved.with_name("model.safetensors")
    assert str(caught.value) == (
        f"{path}: was not written together with model.json; run train again"
    )


def test_json_wrong(saved: Path) -> None:
    value = json.loads(saved.read_text())
    del value["encoder"]
    saved.write_text(json.dumps(value))
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    assert str(caught.value) == f"{saved}: entry 'encoder' is missing; run train again"
    saved.write_text("{")
    with pytest.raises(FileDamaged):
        load_model(saved)


def test_another_format_wrong(saved: Path) -> None:
    rewrite(saved, format="smelt-model-9")
    with pytest.raises(FileDamaged, match="smelt-model-9"):
        load_model(saved)


def test_a_recipe_that_was_edited_wrong(saved: Path) -> None:
    recipe = json.loads(saved.read_text())["recipe"]
    rewrite(saved, recipe=recipe | {"head": {"fanin": 4}})
    with pytest.raises(RecipeError) as caught:
        load_model(saved)
    assert str(caught.value) == (
        f"{saved}: [head]: unknown key 'fanin'; did you mean 'fan_in'? known: fan_in, weights, mask"
    )


@pytest.mark.parametrize("key", ["classes", "metrics"])
def test_entries_of_another_type_wrong(saved: Path, key: str) -> None:
    rewrite(saved, **{key: 7})
    with pytest.raises(ModelError) as caught:
        load_model(saved)
    assert str(caught.value) == f"{saved}: entry {key!r} is 7; run train again"
