"""`python -m gen train`: a recipe to model.safetensors and model.json."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.nets.recipe import Recipe


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
    parser.add_argument("--out", type=Path, help="folder for the model (default: build/<recipe>)")


def run(args: argparse.Namespace) -> None:
    """Train on the training part, measure on the test part, write both files."""
    from gen.nets.recipe import find_recipe

    recipe = find_recipe(args.recipe)
    if args.soft:
        _run_float(recipe, args.out or Path("build") / recipe.name)
        return
    from gen.data.snapshot import SNAPSHOT, write_snapshot
    from gen.nets.job import data_of, train_recipe
    from gen.nets.store import save_model

    recipe, data = data_of(recipe)
    model, counts = train_recipe(recipe, data)
    folder = args.out or Path("build") / recipe.name
    if recipe.data.set is None:
        write_snapshot(data, folder / SNAPSHOT)
    path = save_model(model, folder)
    metrics = model.metrics
    print(
        f"{path}: accuracy {metrics['quantized']:.2%} (float {metrics['float']:.2%}, training part"
        f" {metrics['train']:.2%}), {counts['nonzero']} of {counts['total']} weights not zero"
    )
    if "start" in metrics:
        print(
            f"{path}: from {recipe.schedule.start}, a float network of {metrics['start']:.2%};"
            f" quantized without training {metrics['rounded']:.2%}, after training"
            f" {metrics['quantized']:.2%}"
        )


def _run_float(recipe: "Recipe", folder: Path) -> None:
    from safetensors.torch import save

    from gen.files import write_bytes
    from gen.nets.job import train_float

    tensors, right = train_float(recipe)
    path = folder / "float.safetensors"
    write_bytes(path, save(tensors))
    print(f"{path}: accuracy {right:.2%}, nothing quantized")
