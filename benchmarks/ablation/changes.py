"""The rows of `changes.toml` as recipes."""

import copy
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.nets.recipe import Recipe, find_recipe, recipe_from_dict

__all__ = ["AblationError", "Row", "read_rows"]

CHANGES = Path(__file__).parent / "changes.toml"
BASE = "mnist-lut"
ABOUT = ("name", "says", "like", "drop")


class AblationError(SmeltError):
    """A row, a result, or what is asked for is not of the ablation."""


@dataclass(frozen=True)
class Row:
    """A training: what it is called, what is to be known of it, the row that it is a change of, and
    the recipe."""

    name: str
    says: str
    like: str | None
    recipe: Recipe

    def seeded(self, seed: int) -> Recipe:
        """The recipe with a seed."""
        return replace(self.recipe, schedule=replace(self.recipe.schedule, seed=seed))


def read_rows(path: Path = CHANGES) -> list[Row]:
    """All rows, in order. Raises AblationError, and RecipeError where a change does not go."""
    tables: dict[str | None, dict[str, Any]] = {None: find_recipe(BASE).to_dict()}
    found = []
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["rows"]:
        like = row.get("like")
        if like not in tables:
            raise AblationError(f"{path}: {row['name']!r} is like {like!r}, no row before it")
        table = {
            key: value for key, value in tables[like].items() if key not in row.get("drop", ())
        }
        table = _laid_over(table, {key: value for key, value in row.items() if key not in ABOUT})
        tables[row["name"]] = table
        recipe = recipe_from_dict(table | {"name": BASE}, f"{path}: {row['name']!r}")
        found.append(Row(row["name"], row.get("says", ""), like, recipe))
    return found


def _laid_over(table: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The table with the change's keys, tables and lists of tables gone into."""
    found = copy.deepcopy(dict(table))
    for key, value in change.items():
        old = found.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            found[key] = _laid_over(old, value)
        elif key == "layers":
            pairs = zip(found[key], value, strict=True)
            found[key] = [_laid_over(before, after) for before, after in pairs]
        else:
            found[key] = copy.deepcopy(value)
    return found
