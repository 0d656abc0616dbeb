"""`python -m gen weights`: a trained model's weights, to lie beside its recipe."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Write the weights of a trained model beside its recipe, as <recipe>.weights.npz: `train`"
        " then starts from them, on any machine, as long as recipe and data are what they are now."
    )
    parser.add_argument("recipe", help="name of a shipped recipe, or a .toml file")
    parser.add_argument(
        "--model", type=Path, help="model.json of it, trained (default: build/<recipe>/model.json)"
    )


def run(args: argparse.Namespace) -> None:
    """Check that the model is of the recipe and its data, and write its weights."""
    from gen.nets.recipe import find_recipe
    from gen.nets.shipped.choose import ship
    from gen.nets.store import load_model
    from gen.nets.training.job import data_of

    recipe, data = data_of(find_recipe(args.recipe))
    model = load_model(args.model or Path("build") / recipe.name / "model.json")
    path = ship(model, recipe, data)
    print(f"{path}: {path.stat().st_size:,} bytes, which give the same integer network")
