"""One recipe trained on the training part of its data set and measured on the test part."""

from dataclasses import replace
from typing import Any

import torch

from gen.data.dataset import DataSet
from gen.data.encode import EncoderError
from gen.data.own import load_own
from gen.data.sensors import measured
from gen.data.sets import DataError, load_set
from gen.nets.answers import part_right
from gen.nets.chip import sensors_of
from gen.nets.model import build
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.store import Model, weight_counts
from gen.nets.toml.kinds import Concat, Kind, Lut, Residual
from gen.nets.training.train import Trained, accuracy, bits_per_symbol, train

__all__ = ["TWIN_EPOCHS", "check_sensors", "data_of", "train_float", "train_recipe"]

TWIN_EPOCHS = 10
"""Epochs of a float twin whose network has none."""


def data_of(recipe: Recipe) -> tuple[Recipe, DataSet]:
    """The data of a recipe, and the recipe with the size of its images; raises DataError."""
    if recipe.data.set is not None:
        return recipe, load_set(recipe.data.set)
    data = load_own(recipe.data.own(recipe.folder))
    return replace(recipe, data=replace(recipe.data, size=data.image)), data


def train_recipe(recipe: Recipe, data: DataSet | None = None) -> tuple[Model, dict[str, Any]]:
    """The model trained on the recipe's data, and its weight counts.

    `metrics`: accuracies, `quantized` and `float` (the teacher, or the float twin) on the test
    part, `train` on the training part; of a text, `bits` per symbol on the test part, quantized.
    Where the training went on from a float network: `start`, that one's, and `rounded`, quantized
    without training.
    """
    if data is None:
        recipe, data = data_of(recipe)
    check_sensors(recipe, data)
    features, labels = data.part(data.test)
    found = _on_training_part(recipe, data, label=recipe.name, tested=(features, labels))
    metrics = {
        "float": _in_float(recipe, found, data),
        "quantized": accuracy(found.model, found.encoder, features, labels),
        "train": found.train_accuracy,
        **found.begun,
    }
    if recipe.data.symbols:
        metrics["bits"] = bits_per_symbol(found.model, found.encoder, features, labels)
    model = Model(recipe, found.model, found.encoder, data.classes, metrics, data.columns)
    return model, weight_counts(found.model)


def _on_training_part(recipe: Recipe, data: DataSet, **more: Any) -> Trained:
    """`train` on a set's training part, and what is known of it; `more` goes to it."""
    given = *data.part(data.train), len(data.classes)
    return train(recipe, *given, **data.about(data.train), **more)


def _in_float(recipe: Recipe, found: Trained, data: DataSet) -> float:
    """What a float network answers of the test part: the teacher, or a twin that is trained."""
    features, labels = data.part(data.test)
    if found.teacher is not None:
        return part_right(found.teacher, found.encoder.measured(features), labels)
    label = f"{recipe.name}, float twin"
    if not recipe.schedule.epochs:
        recipe = replace(recipe, schedule=replace(recipe.schedule, epochs=TWIN_EPOCHS))
    twin = _on_training_part(recipe, data, float_twin=True, label=label)
    return accuracy(twin.model, twin.encoder, features, labels)


def train_float(recipe: Recipe) -> tuple[dict[str, torch.Tensor], float]:
    """The recipe's network trained without quantizing anything: its tensors, which a recipe can
    start from, and its accuracy on the test part.

    Raises RecipeError, before anything is read, for a network of tables: they are bits all along.
    """
    _check_floats(recipe)
    recipe, data = data_of(recipe)
    check_sensors(recipe, data)
    label = f"{recipe.name}, in float"
    found = _on_training_part(recipe, data, label=label, soft=True)
    names = build(recipe, found.encoder.host.n_bits, len(data.classes)).state_dict()
    tensors = found.model.state_dict()
    return {name: tensors[name] for name in names}, accuracy(
        found.model, found.encoder, *data.part(data.test)
    )


def _check_floats(recipe: Recipe) -> None:
    """Raise RecipeError for a network of which not all can be trained in float."""
    for at, layer in enumerate(recipe.layers, 1):
        if _has_tables(layer):
            raise RecipeError(
                f"{recipe.name}: [[layers]] {at}: the entries of tables are bits in training, too,"
                " and there is no float network to start from; leave out --float"
            )


def _has_tables(layer: Kind) -> bool:
    inner: tuple[Kind, ...] = ()
    if isinstance(layer, Residual):
        inner = layer.body
    elif isinstance(layer, Concat):
        inner = layer.branches
    return isinstance(layer, Lut) or any(map(_has_tables, inner))


def check_sensors(recipe: Recipe, data: DataSet) -> None:
    """Raise DataError for a value that its sensor cannot give, in any row of the data."""
    sensors = sensors_of(recipe, data.columns, data.n_features)
    try:
        if sensors:
            measured(sensors, data.features)
    except EncoderError as error:
        raise DataError(f"{data.name}: {error}") from None
