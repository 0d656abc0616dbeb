"""The file of trained weights: the same integer network for every kind of layer, a few bytes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gen.arrays import read_arrays, write_arrays
from gen.errors import SmeltError
from gen.nets import store
from gen.nets.answers import predict
from gen.nets.freezing.freeze import freeze_model, verify
from gen.nets.recipe import Recipe, recipe_from_dict
from gen.nets.shipped.weights import WeightsError, read_weights, write_weights
from gen.nets.store import Model
from gen.nets.training.train import train

LAYERS: dict[str, list[dict[str, Any]]] = {
    "linear": [
        {"units": 7, "fan_in": 4, "activation_bits": 2},
        {"units": 6, "fan_in": 5, "weights": "3-bit"},
    ],
    "masked": [{"units": 6, "fan_in": 3, "weights": "4-bit", "mask": "random"}],
    "binary": [{"units": 5, "fan_in": 8, "weights": "binary", "activation": "sign"}],
    "lut": [{"kind": "lut", "units": 6, "k": 3}],
    "levels": [{"kind": "lut", "units": 6, "k": 3, "levels": 2}],
    "rnn": [{"kind": "rnn", "units": 5, "fan_in": 4}],
    "gru": [{"kind": "gru", "units": 5, "fan_in": 4, "learned_start": True}],
}


def recipe_of(kind: str, **schedule: Any) -> Recipe:
    recurrent = kind in ("rnn", "gru")
    return recipe_from_dict(
        {
            "name": "tiny",
            "data": {"set": "cancer", "steps": 2 if recurrent else 1},
            "encoding": {"kind": "thermometer", "bits": 2},
            "layers": LAYERS[kind],
            "head": {"fan_in": 4},
            "schedule": {"epochs": 2, "batch": 32, **schedule},
        }
    )


def model_of(recipe: Recipe, blobs: tuple[np.ndarray, np.ndarray]) -> Model:
    found = train(recipe, *blobs, 3)
    metrics = {"float": 0.5, "quantized": 0.25, "train": 0.75}
    return Model(recipe, found.model, found.encoder, ("a", "b", "c"), metrics)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_of_layer_answers_as_it_was_trained(
    kind: str, blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    model = model_of(recipe_of(kind), blobs)
    write_weights(model, {"data": "d"}, tmp_path / "tiny.weights.npz")
    again, trained_on = read_weights(tmp_path / "tiny.weights.npz")
    assert trained_on == {"data": "d"}
    assert again.shipped
    assert again.recipe == model.recipe
    assert again.metrics == model.metrics
    bits = np.random.default_rng(1).integers(0, 2, (500, model.encoder.n_bits)).astype(np.uint8)
    assert np.array_equal(predict(again.network, bits), predict(model.network, bits))
    # The trained network, in every module, against the integers of what was read.
    verify(model.network, freeze_model(again), bits)


def test_a_model_with_a_budget_keeps_each_units_fan_in(
    blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    model = model_of(recipe_of("linear", epochs=4, gate_budget=60), blobs)
    write_weights(model, {}, tmp_path / "w.npz")
    again, _ = read_weights(tmp_path / "w.npz")
    name = "layer1_sum.fan_ins"
    assert torch.equal(again.network.state_dict()[name], model.network.state_dict()[name])


def test_the_file_is_small_and_holds_no_latent(
    recipe: Recipe, blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    write_weights(model_of(recipe, blobs), {}, path)
    arrays = read_arrays(path)
    assert arrays["layer1_sum.latent"].dtype == np.int8
    assert set(np.unique(arrays["layer1_sum.latent"])) == {-1, 0, 1}
    assert abs(arrays["layer2_sum.latent"]).max() == 3
    assert json.loads(arrays["about"].tobytes())["versions"]["torch"] == torch.__version__


def test_the_versions_are_those_of_the_training(
    recipe: Recipe, blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    model = replace(model_of(recipe, blobs), versions={"torch": "1.0", "instructions": "SSE2"})
    write_weights(model, {}, tmp_path / "w.npz")
    again, _ = read_weights(tmp_path / "w.npz")
    value = json.loads(store.save_model(again, tmp_path).read_text())
    assert value["versions"] == {"torch": "1.0", "instructions": "SSE2"}
    assert value["shipped"] is True
    assert store.load_model(tmp_path / "model.json").shipped


def test_weights_that_give_another_network_are_not_written(
    recipe: Recipe,
    blobs: tuple[np.ndarray, np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = model_of(recipe, blobs)
    monkeypatch.setattr(
        "gen.nets.shipped.weights._plain_state",
        lambda network: {
            name: -one if name.endswith("score.latent") else one
            for name, one in network.state_dict().items()
        },
    )
    with pytest.raises(WeightsError, match="what these weights give is another network"):
        write_weights(model, {}, tmp_path / "w.npz")
    assert not list(tmp_path.iterdir())


def in_metrics(**changes: Any) -> Any:
    """Damage to metrics; None takes one away."""

    def damage(arrays: dict[str, Any]) -> None:
        metrics = json.loads(arrays["about"].tobytes())["metrics"] | changes
        left = {name: one for name, one in metrics.items() if one is not None}
        arrays.update(about=told(arrays, metrics=left))

    return damage


DAMAGES = {
    "of another format": lambda a: a.update(about=told(a, format="smelt-weights-9")),
    "without a recipe": lambda a: a.update(about=told(a, recipe={})),
    "without what it was trained on": lambda a: a.update(about=told(a, trained_on=3)),
    "no text": lambda a: a.update(about=np.zeros(3, np.uint8)),
    "a tensor short": lambda a: a.pop("layer1_sum.latent"),
    "a tensor more": lambda a: a.update(other=np.zeros(2)),
    "another shape": lambda a: a.update({"layer1_sum.latent": np.zeros((2, 2), np.int8)}),
    "text for numbers": lambda a: a.update({"layer1_sum.latent": np.array(["a"])}),
    "a class that is no text": lambda a: a.update(about=told(a, classes=["a", "b", 3])),
    "a version that is no text": lambda a: a.update(about=told(a, versions={"torch": 2})),
    "an accuracy in words": in_metrics(quantized="0.25"),
    "no accuracy": in_metrics(quantized=None),
    "a float accuracy in words": in_metrics(float="much"),
    "no accuracy in training": in_metrics(train=None),
    "more than all rows": in_metrics(float=2.0),
    "fewer than none": in_metrics(train=-1),
    "a start without what it was rounded to": in_metrics(start=0.5),
    "a start of a training that has none": in_metrics(start=0.5, rounded=0.5),
    "bits per symbol of no text": in_metrics(bits=1.5),
    "no number": lambda a: a.update({"layer1_norm.bias": np.full(7, np.nan, np.float32)}),
}


def told(arrays: dict[str, Any], **changes: Any) -> np.ndarray:
    value = json.loads(arrays["about"].tobytes()) | changes
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_file_is_refused_by_name(
    how: str, recipe: Recipe, blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    write_weights(model_of(recipe, blobs), {}, path)
    arrays = read_arrays(path)
    DAMAGES[how](arrays)
    write_arrays(path, arrays)
    with pytest.raises(SmeltError, match="w.npz"):
        read_weights(path)


def test_a_file_cut_short_is_refused(
    recipe: Recipe, blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    write_weights(model_of(recipe, blobs), {}, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SmeltError, match="w.npz: not a whole .npz file"):
        read_weights(path)


def changed(at: Any, to: float, by: float = 0.0) -> Any:
    """Damage to an array: one of its numbers is another, and all are more by so much."""

    def damage(array: np.ndarray) -> np.ndarray:
        made = array.astype(np.float64) + by
        made.flat[at] = to
        return made

    return damage


WIRES = {
    "past the inputs": (changed(4, 8), "'layer1.fixed_wires' holds 8; allowed is 0..7"),
    "far past": (changed(0, 1e6), "'layer1.fixed_wires' holds 1000000; allowed is 0..7"),
    "before them": (changed(0, -1), "'layer1.fixed_wires' holds -1; allowed is 0..7"),
    "between them": (changed(0, 0.5, 0.5), "holds a number that is no whole one"),
    "no number": (changed(0, np.nan), "holds a number that is no whole one"),
    "of the other kind of machine": (lambda a: a.astype(">i4"), "not a file of trained weights"),
    "two alike": (
        lambda a: np.concatenate([a[:3], a[[5, 4, 5]], a[6:]]),
        "'layer1.fixed_wires': two wires of table 1 read the same input",
    ),
}


@pytest.mark.parametrize("how", WIRES)
def test_wires_that_there_cannot_be_are_refused(
    how: str, blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    write_weights(model_of(recipe_of("lut"), blobs), {}, path)
    arrays = read_arrays(path)
    damage, said = WIRES[how]
    write_arrays(path, arrays | {"layer1.fixed_wires": damage(arrays["layer1.fixed_wires"])})
    with pytest.raises(SmeltError, match="w.npz: ") as caught:
        read_weights(path)
    assert said in str(caught.value)


def test_wires_to_lower_levels_are_read_and_no_others(
    blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    write_weights(model_of(recipe_of("levels"), blobs), {}, path)
    arrays = read_arrays(path)
    name = "layer1.tables.1.fixed_wires"
    for wires in ([8, 9, 10], [0, 7, 8]):
        write_arrays(path, arrays | {name: np.array([*wires, *arrays[name][3:]])})
        read_weights(path)
    write_arrays(path, arrays | {name: np.array([0, 7, 11, *arrays[name][3:]])})
    with pytest.raises(SmeltError, match=r"holds 11; allowed is 0\.\.10"):
        read_weights(path)


def test_more_weights_than_a_unit_has_are_refused(
    blobs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    write_weights(model_of(recipe_of("linear", epochs=4, gate_budget=60), blobs), {}, path)
    arrays = read_arrays(path)
    arrays["layer1_sum.fan_ins"] = np.full(7, 9)
    write_arrays(path, arrays)
    with pytest.raises(SmeltError, match=r"'layer1_sum.fan_ins' holds 9; allowed is 0\.\.8"):
        read_weights(path)
