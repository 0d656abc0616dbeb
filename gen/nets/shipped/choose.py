"""Whether weights that lie beside a recipe are those of the recipe and the data as they are now."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from gen.console import say
from gen.data.dataset import DataSet
from gen.errors import SmeltError
from gen.files import about
from gen.nets.recipe import Recipe
from gen.nets.shipped.place import trained_on, weights_path
from gen.nets.shipped.weights import WeightsError, read_weights, write_weights
from gen.nets.store import Model
from gen.nets.training.train import accuracy

__all__ = ["ship", "shipped_model"]


def shipped_model(recipe: Recipe, data: DataSet) -> Model | None:
    """The model of the weights beside a recipe; None where there are none. Where those that are
    there do not belong to the recipe, a line says why, and there are none."""
    path = _path(recipe)
    if not path.is_file():
        return None
    try:
        with about(path):
            return _belonging(path, recipe, data)
    except SmeltError as error:
        say(f"smelt: weights that were shipped are not used: {error}")
        return None


def ship(model: Model, recipe: Recipe, data: DataSet) -> Path:
    """Write a trained model's weights beside its recipe; returns the file's path.

    Raises WeightsError where the model is of another recipe, or of other data.
    """
    path = _path(recipe)
    with about(path):
        _check(model, recipe, data)
        write_weights(model, trained_on(recipe), path)
    return path


def _path(recipe: Recipe) -> Path:
    return weights_path(recipe.folder / f"{recipe.name}.toml")


def _belonging(path: Path, recipe: Recipe, data: DataSet) -> Model:
    model, before = read_weights(path)
    model = replace(model, recipe=replace(model.recipe, name=recipe.name))
    now = trained_on(recipe)
    for key, value in now.items():
        if before.get(key) != value:
            raise WeightsError(f"trained on another {key} than the recipe's")
    _check(model, recipe, data)
    return model


def _check(model: Model, recipe: Recipe, data: DataSet) -> None:
    """Raise WeightsError unless a model is of this recipe, and answers as it is said to."""
    if model.recipe != recipe:
        raise WeightsError(f"of another recipe: {_difference(model.recipe, recipe)}")
    if model.classes != data.classes:
        raise WeightsError(f"its classes are not the data's, {', '.join(data.classes)[:100]}")
    if model.columns != data.columns:
        raise WeightsError("its columns are not the data's")
    said = model.metrics.get("quantized")
    found = accuracy(model.network, model.encoder, *data.part(data.test))
    if found != said:
        raise WeightsError(f"they answer {found:.2%} of the test part, and should {said:.2%}")


def _difference(one: Recipe, other: Recipe) -> str:
    """The first place where two recipes differ, and what each says there."""
    place = ""
    pair: tuple[Any, Any] = one.to_dict(), other.to_dict()
    while all(isinstance(value, dict) for value in pair):
        first, second = pair
        key = next(key for key in {**first, **second} if first.get(key) != second.get(key))
        place, pair = f"{place} {key}" if place else f"[{key}]", (first.get(key), second.get(key))
    told = all(not isinstance(value, list) for value in pair)
    return f"{place} was {pair[0]}, now {pair[1]}" if told else f"its {place} was another"
