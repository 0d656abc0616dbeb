"""One recipe trained on the training part of its data set and measured on the test part."""

from dataclasses import replace
from typing import Any

from gen.data.dataset import DataSet
from gen.data.encode import EncoderError
from gen.data.own import load_own
from gen.data.sensors import measured
from gen.data.sets import DataError, load_set
from gen.nets.chip import sensors_of
from gen.nets.recipe import Recipe
from gen.nets.store import Model, weight_counts
from gen.nets.train import accuracy, bits_per_symbol, train

__all__ = ["check_sensors", "data_of", "train_recipe"]


def data_of(recipe: Recipe) -> tuple[Recipe, DataSet]:
    """The data of a recipe, and the recipe with the size of its images; raises DataError."""
    if recipe.data.set is not None:
        return recipe, load_set(recipe.data.set)
    data = load_own(recipe.data.own(recipe.folder))
    return replace(recipe, data=replace(recipe.data, size=data.image)), data


def train_recipe(recipe: Recipe, data: DataSet | None = None) -> tuple[Model, dict[str, Any]]:
    """The model trained on the recipe's data, and its weight counts.

    `metrics`: accuracies, `quantized` and `float` (the float twin) on the test part, `train` on the
    training part; of a text, `bits` per symbol on the test part, quantized.
    """
    if data is None:
        recipe, data = data_of(recipe)
    check_sensors(recipe, data)
    part, (features, labels) = data.part(data.train), data.part(data.test)
    n_classes = len(data.classes)
    given = *part, n_classes
    found = train(recipe, *given, label=recipe.name, columns=data.columns)
    label = f"{recipe.name}, float twin"
    twin = train(recipe, *given, float_twin=True, label=label, columns=data.columns)
    metrics = {
        "float": accuracy(twin.model, twin.encoder, features, labels),
        "quantized": accuracy(found.model, found.encoder, features, labels),
        "train": found.train_accuracy,
    }
    if recipe.data.symbols:
        metrics["bits"] = bits_per_symbol(found.model, found.encoder, features, labels)
    model = Model(recipe, found.model, found.encoder, data.classes, metrics, data.columns)
    return model, weight_counts(found.model)


def check_sensors(recipe: Recipe, data: DataSet) -> None:
    """Raise DataError for a value that its sensor cannot give, in any row of the data."""
    sensors = sensors_of(recipe, data.columns, data.n_features)
    try:
        if sensors:
            measured(sensors, data.features)
    except EncoderError as error:
        raise DataError(f"{data.name}: {error}") from None
