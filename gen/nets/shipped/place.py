"""Where the weights of a recipe lie, and what they were trained on. Nothing here imports torch."""

from pathlib import Path
from typing import Any

from gen.data.own.digest import own_digest
from gen.data.sets import set_digest
from gen.made import digest
from gen.nets.recipe import Recipe, start_files

__all__ = ["data_key", "trained_on", "weights_path"]


def weights_path(recipe: Path) -> Path:
    """The file beside a recipe's file that its trained weights are in, if it has any."""
    return recipe.with_suffix(".weights.npz")


def data_key(recipe: Recipe) -> dict[str, str]:
    """The name and the digest of a recipe's data; raises DataError where one's own is not there."""
    if recipe.data.set is not None:
        return {"set": recipe.data.set, "sha256": set_digest(recipe.data.set)}
    return {"set": recipe.data.name, "sha256": own_digest(recipe.data.own(recipe.folder))}


def trained_on(recipe: Recipe) -> dict[str, Any]:
    """All that a training reads besides the recipe, in digests."""
    return {"data": data_key(recipe), "start": [digest(path) for path in start_files(recipe)]}
