"""`python -m gen train`: a recipe to model.safetensors and model.json."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.nets.recipe import Recipe
    from gen.nets.store import Model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("recipe", help="name of a shipped recipe, or a .toml file")
    parser.add_argument(
        "--float",
        action="store_true",
        dest="soft",
        help="train the network without quantizing it, and write float.safetensors:"
        " a recipe goes on from there with [schedule] start",
    )
    parser.add_argument(
        "--retrain", action="store_true", help="train even where weights lie beside the recipe"
    )
    parser.add_argument("--out", type=Path, help="folder for the model (default: build/<recipe>)")


def run(args: argparse.Namespace) -> None:
    """Train on the training part, measure on the test part, write both files; or take the weights
    that lie beside the recipe."""
    from gen.nets.recipe import find_recipe

    recipe = find_recipe(args.recipe)
    if args.soft:
        _run_float(recipe, args.out or Path("build") / recipe.name)
        return
    from gen.data.snapshot import SNAPSHOT, write_snapshot
    from gen.nets.shipped.choose import shipped_model
    from gen.nets.store import save_model
    from gen.nets.training.job import data_of, train_recipe

    recipe, data = data_of(recipe)
    shipped = None if args.retrain else shipped_model(recipe, data)
    model = shipped or train_recipe(recipe, data)[0]
    folder = args.out or Path("build") / recipe.name
    if recipe.data.set is None:
        write_snapshot(data, folder / SNAPSHOT)
    _tell(model, save_model(model, folder))


def _tell(model: "Model", path: Path) -> None:
    metrics = model.metrics
    if model.shipped:
        versions = model.versions or {}
        print(
            f"{path}: weights as shipped, trained with torch {versions.get('torch', '?')} on"
            f" {versions.get('instructions', '?')}; --retrain (make: RETRAIN=1) trains anew"
        )
    print(
        f"{path}: accuracy {metrics['quantized']:.2%} (float {metrics['float']:.2%}, training part"
        f" {metrics['train']:.2%}), {_size(model)}"
    )
    if "start" in metrics:
        print(
            f"{path}: from {model.recipe.schedule.start}, a float network of"
            f" {metrics['start']:.2%}; quantized without training {metrics['rounded']:.2%}, after"
            f" training {metrics['quantized']:.2%}"
        )


def _size(model: "Model") -> str:
    """How many weights a network has, or tables, or both."""
    from gen.nets.store import weight_counts

    counts, told = weight_counts(model.network), []
    if counts["total"]:
        told.append(f"{counts['nonzero']} of {counts['total']} weights not zero")
    if counts["tables"]:
        told.append(f"{counts['tables']:,} tables, {counts['entries']:,} entries")
    return ", ".join(told)


def _run_float(recipe: "Recipe", folder: Path) -> None:
    from safetensors.torch import save

    from gen.files import write_bytes
    from gen.nets.training.job import train_float

    tensors, right = train_float(recipe)
    path = folder / "float.safetensors"
    write_bytes(path, save(tensors))
    print(f"{path}: accuracy {right:.2%}, nothing quantized")
