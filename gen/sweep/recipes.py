"""The best trials of a sweep as recipes, which `make synth RECIPE=...` takes as they are."""

from collections.abc import Sequence
from typing import Any

from optuna.trial import FrozenTrial

from gen.first.text import write_text as recipe_text
from gen.nets.recipe import Recipe
from gen.sweep.proposals import recipe_of
from gen.sweep.said import Sweep

__all__ = ["median_seed", "recipe_files"]


def median_seed(accuracies: Sequence[float]) -> int:
    """The place of the median; of an even number the lower one, of equal ones the first."""
    wanted = sorted(accuracies)[(len(accuracies) - 1) // 2]
    return list(accuracies).index(wanted)


def recipe_files(
    sweep: Sweep, trials: Sequence[FrozenTrial], best: Sequence[int]
) -> dict[str, str]:
    """Text by file name, a recipe for each of the best trials, of the seed that is its median.

    Files that the recipe names are told with their whole path.
    """
    found = {}
    for number in best:
        trial = trials[number]
        name = f"{sweep.recipe.name}-{number}"
        recipe = recipe_of(sweep, trial.params, name)
        table = recipe.to_dict()
        del table["name"]
        seed = median_seed(trial.user_attrs["figures"]["accuracy"])
        table["schedule"]["seed"] += seed
        _whole_paths(table, recipe)
        columns = table["encoding"].pop("columns", {})
        told = [(column, said, "") for column, said in columns.items()]
        found[f"{name}.toml"] = recipe_text(table, {"": _about(sweep, trial, seed)}, told)
    return found


def _about(sweep: Sweep, trial: FrozenTrial, seed: int) -> list[str]:
    mean = trial.user_attrs["mean"]
    figures = ", ".join(
        f"{mean[name]:.2%} {name}" if name == "accuracy" else f"{mean[name]:,g} {name}"
        for name in dict.fromkeys(["accuracy", *sweep.figures])
    )
    part = "on a validation slice of the training part"
    return [
        f"Trial {trial.number} of the sweep {sweep.name}: {figures}; {part}, mean of"
        f" {sweep.seeds} seed{'s' if sweep.seeds > 1 else ''}, of which this is the median."
    ]


def _whole_paths(table: dict[str, Any], recipe: Recipe) -> None:
    folder = recipe.folder.resolve()
    for part, key in (("data", "file"), ("data", "test"), ("schedule", "start")):
        said = table[part].get(key)
        if isinstance(said, str) and (folder / said.partition(".py:")[0]).exists():
            table[part][key] = str(folder / said)
