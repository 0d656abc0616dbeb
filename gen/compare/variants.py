"""Which trainings a comparison consists of: schedules, gate budgets and seeds of one recipe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gen.data.names import nearest
from gen.errors import SmeltError
from gen.nets.recipe import KINDS, Recipe, recipe_from_dict

__all__ = ["CompareError", "Variant", "parse_budgets", "parse_schedules", "variants"]

NO_BUDGET = "none"


class CompareError(SmeltError):
    """What to compare is unknown or makes no sense."""


@dataclass(frozen=True)
class Variant:
    """One row of the comparison: a schedule, with a gate budget in LUT4 or without."""

    kind: str
    gate_budget: int | None

    @property
    def name(self) -> str:
        """As tables and plots show it: `gradual`, or `gradual, 500 LUT4`."""
        return self.kind + (f", {self.gate_budget:,} LUT4" if self.gate_budget else "")

    def recipe(self, recipe: Recipe, seed: int) -> Recipe:
        """The recipe with this schedule and seed; `ramp` stays with `gradual` alone."""
        ramp = recipe.schedule.ramp if self.kind == "gradual" else None
        schedule = replace(
            recipe.schedule, kind=self.kind, ramp=ramp, gate_budget=self.gate_budget, seed=seed
        )
        made = recipe_from_dict(replace(recipe, schedule=schedule).to_dict(), recipe.name)
        return replace(made, folder=recipe.folder)


def parse_schedules(text: str) -> list[str]:
    """Names from `naive,ste`; CompareError for an unknown one, one given twice, or none."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in KINDS:
            raise CompareError(f"--schedules: unknown schedule {name!r}{nearest(name, KINDS)}")
    return _once(names, "--schedules")


def parse_budgets(text: str) -> list[int | None]:
    """Gate budgets in LUT4 from `none,500,700`; CompareError for anything else."""
    words = _once([word.strip() for word in text.split(",")], "--budgets")
    for word in words:
        if word != NO_BUDGET and not (word.isascii() and word.isdigit() and int(word)):
            raise CompareError(f"--budgets: {word!r} is neither a number of LUT4 nor {NO_BUDGET!r}")
    return [None if word == NO_BUDGET else int(word) for word in words]


def _once(words: list[str], option: str) -> list[str]:
    for word in words:
        if words.count(word) > 1:
            raise CompareError(f"{option}: {word!r} is given {words.count(word)} times")
    return words


def variants(
    recipe: Recipe, kinds: Sequence[str], budgets: Sequence[int | None], seeds: int
) -> Iterator[tuple[Variant, int, Recipe]]:
    """Every training: its row, seed 0..seeds-1, and the recipe to train.

    Raises CompareError for less than one seed, RecipeError where a schedule does not fit.
    """
    if seeds < 1:
        raise CompareError(f"--seeds {seeds}: at least one training is needed")
    for kind in kinds:
        for budget in budgets:
            for seed in range(seeds):
                variant = Variant(kind, budget)
                yield variant, seed, variant.recipe(recipe, seed)
