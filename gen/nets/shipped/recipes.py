"""Where the recipes are that come with the project, each in the folder of its data set."""

from pathlib import Path

__all__ = ["RECIPES", "recipe_files"]

RECIPES = Path(__file__).parents[2] / "recipes"


def recipe_files() -> dict[str, Path]:
    """The files by their recipes' names, in order of the names."""
    return {path.stem: path for path in sorted(RECIPES.rglob("*.toml"), key=lambda p: p.stem)}
