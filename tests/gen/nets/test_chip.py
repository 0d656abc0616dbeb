"""A network with its encoder on the chip gives what it gives behind the host's encoder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen.data.dataset import DataSet
from gen.data.encode import Code
from gen.data.own.columns import Column, Columns
from gen.data.sensors import Sensor, SensorEncoder
from gen.data.sets import DataError, load_set
from gen.intnet.interpret import interpret, run_steps
from gen.intnet.network import IntNet
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.melt.proof.check import check_melted
from gen.nets.answers import predict
from gen.nets.freezing.freeze import freeze_model, verify
from gen.nets.freezing.matched import match
from gen.nets.layers import Comparators, QuantLinear, Recurrent
from gen.nets.recipe import Recipe, RecipeError, recipe_from_dict
from gen.nets.store import Model, load_model, save_model
from gen.nets.training.begin import begin
from gen.nets.training.job import train_recipe
from gen.nets.training.train import Trained, encoder_for, train

Blobs = tuple[np.ndarray, np.ndarray]
LAYER = {"units": 6, "fan_in": 3}
RNN = {"kind": "rnn", "units": 5, "fan_in": 4}
TABLE = {"set": None, "file": "table.csv", "label": "kind"}
COLUMNS = Columns((Column("rate"), Column("hand", ("l", "r")), Column("tilt")), "kind")


def chip(
    layer: dict[str, Any] = LAYER, data: dict[str, Any] | None = None, **encoding: Any
) -> Recipe:
    said = {"kind": "thermometer", "bits": 3, "where": "chip", "sensor_bits": 8, "signed": True}
    given = {"set": "cancer"} if data is None else {k: v for k, v in data.items() if v is not None}
    return recipe_from_dict(
        {
            "name": "chip",
            "data": given,
            "encoding": said | {"scale": 0.1} | encoding,
            "layers": [layer],
            "head": {"fan_in": 4},
            "schedule": {"epochs": 3, "batch": 32},
        }
    )


@pytest.fixture(scope="module")
def blobs() -> Blobs:
    generator = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), 40)
    centres = np.array([[0, 0, 4, 4], [4, 0, 0, 4], [4, 4, 0, 0]], np.float64)
    return centres[labels] + generator.normal(0, 0.7, (120, 4)), labels.astype(np.int64)


@pytest.fixture(scope="module")
def found(blobs: Blobs) -> Trained:
    return train(chip(), *blobs, 3)


def model_of(found: Trained, recipe: Recipe | None = None) -> Model:
    return Model(recipe or chip(), found.model, found.encoder, ("a", "b", "c"), {"quantized": 1.0})


def any_rows(encoder: SensorEncoder, count: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Random integers of the sensors: the input bits, and the host's code of their values."""
    rng = np.random.default_rng(0)
    ends = np.array([[one.low, one.low + (1 << one.bits)] for one in encoder.sensors])
    integers = rng.integers(ends[:, 0], ends[:, 1], (count, encoder.features))
    values = np.stack(
        [one.scale * integers[:, at] + one.offset for at, one in enumerate(encoder.sensors)], axis=1
    )
    return encoder.bits_of(integers), encoder.host.encode(values)


def encoder_of(found: Trained) -> SensorEncoder:
    assert isinstance(found.encoder, SensorEncoder)
    return found.encoder


def test_the_network_behind_answers_as_behind_the_host(found: Trained) -> None:
    bits, codes = any_rows(encoder_of(found))
    assert bits.shape[1] == 4 * 8
    behind = nn.Sequential(*list(found.model.children())[1:])
    assert len(set(predict(behind, codes).tolist())) == 3
    assert predict(found.model, bits).tolist() == predict(behind, codes).tolist()


def test_frozen_and_melted_it_is_the_same(found: Trained, tmp_path: Path) -> None:
    net = freeze_model(model_of(found))
    bits, _ = any_rows(encoder_of(found))
    verify(found.model, net, bits)
    assert interpret(net, bits)["class"].tolist() == predict(found.model, bits).tolist()
    sections = melt(net)
    check_melted(net, sections)
    made = evaluate(flatten(sections), bits)[:, : net.class_width]
    assert (made @ (1 << np.arange(net.class_width))).tolist() == predict(
        found.model, bits
    ).tolist()
    assert (net.n_inputs, net.input_bits, net.meta["care"]) == (32, 1, None)
    assert net.meta["encoder"]["where"] == "chip"


def test_every_module_is_compared_on_all_that_it_can_get(found: Trained) -> None:
    done = match(found.model, freeze_model(model_of(found)))
    assert not done.left
    assert done.listed == done.compared


def test_a_comparator_that_is_another_is_found(found: Trained) -> None:
    net = freeze_model(model_of(found))
    node = net.node("encoder")
    read = np.flatnonzero(node.edges[:, 0] < 1 << 20)[0]  # type: ignore[attr-defined]
    node.edges[read, 0] += 1  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="encoder: input vector"):
        match(found.model, net)


def test_comparators_that_nothing_reads_are_not_made(found: Trained) -> None:
    first = next(one for one in found.model.modules() if isinstance(one, QuantLinear))
    read = (first.codes() != 0).any(0).numpy()
    assert 0 < (~read).sum() < len(read)
    net = freeze_model(model_of(found))
    assert (net.node("encoder.integer").width > 0).tolist() == read.tolist()  # type: ignore[attr-defined]
    sections = melt(net)
    assert [f"encoder[{at}]" in sections.output_names for at in range(len(read))] == read.tolist()


def test_stored_it_is_the_same_network(found: Trained, tmp_path: Path) -> None:
    again = load_model(save_model(model_of(found), tmp_path))
    bits, _ = any_rows(encoder_of(found))
    assert predict(again.network, bits).tolist() == predict(found.model, bits).tolist()
    left = [
        one.get_buffer("read") for one in again.network.modules() if isinstance(one, Comparators)
    ]
    assert not left[0].all()
    assert same_net(freeze_model(again), freeze_model(model_of(found)))


def same_net(one: IntNet, other: IntNet) -> bool:
    rows = np.random.default_rng(1).integers(0, 2, (300, one.n_inputs))
    values = interpret(one, rows), interpret(other, rows)
    return all(np.array_equal(values[0][name], values[1][name]) for name in values[0])


@pytest.mark.parametrize("kind", ["thermometer", "onehot", "binary"])
def test_kinds_of_code(kind: str, blobs: Blobs) -> None:
    found = train(chip(kind=kind), *blobs, 3)
    bits, codes = any_rows(encoder_of(found))
    verify(found.model, freeze_model(model_of(found)), bits)
    behind = nn.Sequential(*list(found.model.children())[1:])
    assert predict(found.model, bits).tolist() == predict(behind, codes).tolist()


def test_a_sequence_has_the_same_comparators_at_every_step(blobs: Blobs) -> None:
    recipe = chip(RNN, {"set": "cancer", "steps": 2})
    found = train(recipe, *blobs, 3)
    encoder = encoder_of(found)
    assert encoder.codes[:2] == encoder.codes[2:]
    net = freeze_model(model_of(found, recipe))
    bits, codes = any_rows(encoder)
    verify(found.model, net, bits)
    last = run_steps(net, bits.reshape(len(bits), 2, -1).transpose(1, 0, 2))[-1]
    assert last["class"].tolist() == predict(found.model, bits).tolist()
    (recurrent,) = (one for one in found.model.children() if isinstance(one, Recurrent))
    made, recurrent.each = recurrent.each, nn.Identity()
    assert predict(found.model, codes).tolist() == last["class"].tolist()
    recurrent.each = made
    check_melted(net, melt(net))
    twin = train(recipe, *blobs, 3, float_twin=True)
    assert twin.model(torch.from_numpy(bits).float()).shape == (len(bits), 3)


def test_pixels_are_integers_of_a_convolution() -> None:
    data = load_set("digits")
    layer = {"kind": "conv", "channels": 2, "kernel": 3, "stride": 3, "fan_in": 6}
    recipe = recipe_from_dict(
        {
            "name": "pixels",
            "data": {"set": "digits"},
            "encoding": {"kind": "thermometer", "bits": 2, "where": "chip", "sensor_bits": 5},
            "layers": [layer],
            "head": {"fan_in": 4},
            "schedule": {"epochs": 1},
        }
    )
    found = train(recipe, data.features[:300], data.labels[:300], 10)
    bits, _ = any_rows(encoder_of(found), 200)
    assert bits.shape[1] == 64 * 5
    verify(found.model, freeze_model(model_of(found, recipe)), bits)
    given = found.encoder.encode(data.features)
    assert (given.reshape(-1, 64, 5) @ (1 << np.arange(5)) == data.features).all()


def test_a_training_that_only_begins_is_behind_its_encoder_too(blobs: Blobs) -> None:
    begun = begin(chip(), *blobs, 3, batches=4)
    bits, codes = any_rows(begun.encoder)  # type: ignore[arg-type]
    behind = nn.Sequential(*list(begun.model.children())[1:])
    assert predict(begun.model, bits).tolist() == predict(behind, codes).tolist()


# What recipes say ----------------------------------------------------------------------------


def table_rows(count: int = 40) -> Blobs:
    rng = np.random.default_rng(5)
    hands = np.eye(2)[rng.integers(0, 2, count)]
    rates = rng.integers(40, 200, (count, 1))
    rows = np.concatenate([rates, hands, rng.normal(0, 1, (count, 1))], axis=1)
    return rows, rng.integers(0, 2, count)


def test_columns_have_sensors_of_their_own() -> None:
    recipe = chip(
        data=TABLE,
        columns={
            "rate": {"sensor_bits": 12, "signed": False, "scale": 0.5, "offset": -10},
            "tilt": {"kind": "onehot", "bits": 3},
        },
    )
    assert recipe_from_dict(recipe.to_dict()) == recipe
    made = encoder_for(recipe, *table_rows(), COLUMNS)
    assert isinstance(made, SensorEncoder)
    assert made.sensors == (
        Sensor(12, False, 0.5, -10.0, "rate"),
        Sensor(1, name="hand=l"),
        Sensor(1, name="hand=r"),
        Sensor(8, True, 0.1, 0.0, "tilt"),
    )
    assert [code.kind for code in made.codes] == ["thermometer", "threshold", "threshold", "onehot"]
    assert made.codes[1] == Code("threshold", (0.5,))
    assert len(made.codes[0].thresholds) == 3
    assert made.care() == {"kind": "onehot", "groups": [[12, 13]]}


def test_a_column_is_as_the_others_but_for_what_it_says() -> None:
    encoding = {"kind": "onehot", "bits": 4, "fit": "tree"}
    columns = {"a": {"scale": 2}, "b": {"bits": 3}, "c": {"thresholds": [1, 2], "bits": 3}}
    found = dict(chip(data=TABLE, **encoding, columns=columns).encoding.columns)
    assert [(one.kind, one.bits, one.fit) for one in found.values()] == [
        ("onehot", 4, "tree"), ("onehot", 3, "tree"), ("onehot", 3, "quantile"),
    ]  # fmt: skip


def test_thresholds_that_are_said_or_a_trees_are_not_moved() -> None:
    rows, labels = table_rows(400)
    columns = {
        "rate": {"sensor_bits": 8, "signed": False, "scale": 1, "thresholds": [77, 101], "bits": 2},
        "tilt": {"kind": "thermometer", "bits": 2, "fit": "tree", "sensor_bits": 16, "scale": 1e-3},
    }
    made = encoder_for(chip(data=TABLE, columns=columns), rows, labels, COLUMNS)
    assert made.codes[0].thresholds == (77.0, 101.0)
    del columns["tilt"]["fit"]
    moved = encoder_for(chip(data=TABLE, columns=columns), rows, labels, COLUMNS)
    fine, coarse = (
        [int(round(one / 1e-3)) for one in encoder.codes[-1].thresholds]
        for encoder in (made, moved)
    )
    assert min(one & -one for one in coarse) >= 32 > min(one & -one for one in fine)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"scale": 0}, "recipe: [encoding] scale: 0; a value is the sensor's integer times the scale,"
     " so it must not be zero"),
    ({"columns": {"a": {"scale": 0.0}}}, "recipe: [encoding.columns.a] scale: 0; a value is the"
     " sensor's integer times the scale, so it must not be zero"),
    ({"sensor_bits": 17}, "recipe: [encoding] sensor_bits: 17 is not in 1..16"),
    ({"sensor_bits": 0}, "recipe: [encoding] sensor_bits: 0 is not in 1..16"),
    ({"signed": 1}, "recipe: [encoding] signed: 1 is not true or false"),
    ({"scale": float("inf")}, "recipe: [encoding] scale: inf is not a finite number"),
    ({"where": "host"}, 'recipe: [encoding] sensor_bits: only with where = "chip" are there'
     " sensors"),
    ({"where": "board"}, "recipe: [encoding] where: 'board'; known: host, chip"),
    ({"columns": {"a": {"where": "chip"}}}, "recipe: [encoding.columns.a]: a column has no where;"
     " all have one"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "message"), REFUSED)
def test_a_recipe_wrong(said: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        chip(data=TABLE, **said)
    assert str(caught.value) == message


MISSING: list[tuple[dict[str, Any], str]] = [
    ({"sensor_bits": None}, "chip: [encoding] sensor_bits: missing for column 'rate': how many bits"
     ' has the integer that its sensor gives? where = "chip" needs it'),
    ({"columns": {"hand": {"kind": "threshold", "scale": 2}}}, "chip: [encoding.columns.hand]"
     " scale: the column has texts; a category comes as one bit"),
    ({"offset": 1e20}, "chip: [encoding]: column 'rate': its integers cannot be told apart by"
     " their values with scale 0.1 and offset 1e+20"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "message"), MISSING)
def test_a_sensor_wrong(said: dict[str, Any], message: str) -> None:
    value = chip(data=TABLE).to_dict()
    merged = value["encoding"] | said
    value["encoding"] = {key: one for key, one in merged.items() if one is not None}
    with pytest.raises(RecipeError) as caught:
        encoder_for(recipe_from_dict(value), *table_rows(), COLUMNS)
    assert str(caught.value) == message


def test_a_row_that_a_sensor_cannot_give_wrong() -> None:
    rows, labels = table_rows()
    rows[37, 3] = 12.8
    data = DataSet(
        "table.csv", rows, labels, ("a", "b"), np.arange(30), np.arange(30, 40), columns=COLUMNS
    )
    recipe = chip(data=TABLE, columns={"rate": {"scale": 2}})
    with pytest.raises(DataError) as caught:
        train_recipe(recipe, data)
    assert str(caught.value) == (
        "table.csv: row 38, column 'tilt': 12.8 is not within -12.8 to 12.7 (8 bits, signed, scale"
        " 0.1), which its sensor gives"
    )


def test_steps_that_are_no_whole_features_wrong(blobs: Blobs) -> None:
    recipe = chip(RNN, {"set": "cancer", "steps": 3})
    with pytest.raises(RecipeError, match="4 features are no 3 equal steps"):
        train(recipe, *blobs, 3)
