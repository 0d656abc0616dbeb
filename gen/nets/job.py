"""One recipe trained on the training part of its data set and measured on the test part."""

from typing import Any

from gen.data.sets import load_set
from gen.nets.recipe import Recipe
from gen.nets.store import Model, weight_counts
from gen.nets.train import accuracy, train

__all__ = ["train_recipe"]


def train_recipe(recipe: Recipe) -> tuple[Model, dict[str, Any]]:
    """The trained model, and its weight counts.

    `metrics`: `quantized` and `float` (the float twin) on the test part, `train` on the training
    part.
    """
    data = load_set(recipe.data.set)
    part, (features, labels) = data.part(data.train), data.part(data.test)
    n_classes = len(data.classes)
    found = train(recipe, *part, n_classes, label=recipe.name)
    twin = train(recipe, *part, n_classes, float_twin=True, label=f"{recipe.name}, float twin")
    metrics = {
        "float": accuracy(twin.model, twin.encoder, features, labels),
        "quantized": accuracy(found.model, found.encoder, features, labels),
        "train": found.train_accuracy,
    }
    model = Model(recipe, found.model, found.encoder, data.classes, metrics)
    return model, weight_counts(found.model)
