"""What a sweep file says: a recipe, ranges of its keys, goals, limits, a budget, seeds.

Read strictly, as recipes are: an unknown key, an empty range or goals that contradict each other
are refused with their place, before anything is trained or written.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from gen.compare.counted import COUNTS
from gen.compare.validation import Validation
from gen.data.names import nearest
from gen.nets.recipe import Recipe, RecipeError, find_recipe
from gen.nets.toml.table import choice, integer, number, read_table, text, texts
from gen.sweep.ranges import Range, SweepError, read_ranges

__all__ = ["SAMPLERS", "Budget", "Goal", "Rival", "Search", "Sweep", "read_sweep"]

SAMPLERS = ("nsga2", "tpe", "random", "grid")
FIGURES = {"accuracy": "accuracy on the validation slice", "nonzero": "weights not zero", **COUNTS}
"""What can be a goal or limited, in words."""
OUTPUTS = ("all", "class", "score")
"""What a network of a recipe can answer."""
TABLES = ("ranges", "goals", "limits", "search", "budget", "validation", "rivals")
KEYS = ("recipe", "outputs", "seeds")


@dataclass(frozen=True)
class Goal:
    """A figure that is to become large (`sign` 1) or small (-1)."""

    figure: str
    sign: int

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """As Optuna calls it."""
        return "maximize" if self.sign > 0 else "minimize"


@dataclass(frozen=True)
class Search:
    """How recipes are proposed: by a sampler of Optuna, from a `seed`, each from what all but the
    last `ahead` trials before it gave, so that as many can be under way at once. `population` is
    that of nsga2."""

    sampler: str = choice(SAMPLERS, default="nsga2")
    seed: int = integer(0, 2**31 - 1, default=0)
    ahead: int = integer(1, 100_000, default=8)
    population: int = integer(2, 10_000, default=24)


@dataclass(frozen=True)
class Budget:
    """How many trials, and after how many seconds, all runs together, none begins any more."""

    trials: int | None = integer(1, 10_000_000, default=None)
    seconds: float | None = number(0.001, 1e9, default=None)


@dataclass(frozen=True)
class _Slice:
    """The rows of the training part that a trial is measured on."""

    share: float = number(0.01, 0.9, default=1 / 6)
    seed: int = integer(0, 2**31 - 1, default=0)


@dataclass(frozen=True)
class _Goals:
    maximize: tuple[str, ...] = texts(default=("accuracy",))
    minimize: tuple[str, ...] = texts(default=())


@dataclass(frozen=True)
class _Limit:
    least: float | None = number(0, 1e9, default=None)
    most: float | None = number(0, 1e9, default=None)


@dataclass(frozen=True)
class _Top:
    recipe: str = text()
    outputs: str = text(default="class")
    seeds: int = integer(1, 1000, default=1)


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A point of somebody else's, which the plot shows."""

    name: str = text()
    accuracy: float = number(0, 1)
    lut4: float | None = number(0, 1e9, default=None)
    lut6: float | None = number(0, 1e9, default=None)
    cells: float | None = number(0, 1e9, default=None)
    levels: float | None = number(0, 1e9, default=None)
    latency: float | None = number(0, 1e9, default=None)
    nonzero: float | None = number(0, 1e12, default=None)
    ands: float | None = number(0, 1e12, default=None)


@dataclass(frozen=True)
class Sweep:
    """A sweep file, checked; `limits` are (figure, sign, bound): sign * figure >= sign * bound."""

    name: str
    recipe: Recipe
    ranges: tuple[Range, ...]
    goals: tuple[Goal, ...]
    limits: tuple[tuple[str, int, float], ...]
    search: Search
    budget: Budget
    validation: Validation
    seeds: int
    outputs: tuple[str, ...]
    rivals: tuple[Rival, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """All that goals and limits name, in the order of FIGURES."""
        named = {goal.figure for goal in self.goals} | {figure for figure, _, _ in self.limits}
        return tuple(name for name in FIGURES if name in named)

    @property
    def counts(self) -> tuple[str, ...]:
        """The figures that have to be counted, after training."""
        return tuple(name for name in self.figures if name in COUNTS)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value of what decides the trials, by which a sweep is known again; of the
        search neither `ahead` nor the budget, which may change as it goes on."""
        value = asdict(self)
        value["recipe"] = self.recipe.to_dict()
        for key in ("budget", "rivals"):
            del value[key]
        del value["search"]["ahead"]
        found: dict[str, Any] = json.loads(json.dumps(value))
        return found


def read_sweep(path: Path) -> Sweep:
    """Read a sweep file. Raises SweepError or RecipeError with the file, table and key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SweepError(f"{path}: no such file; docs/sweep.md has one to begin with") from None
    except (OSError, ValueError) as error:
        raise SweepError(f"{path}: not readable as TOML: {error}") from None
    where = str(path)
    for key in table:
        if key not in (*KEYS, *TABLES):
            raise SweepError(f"{where}: unknown key {key!r}{nearest(key, (*KEYS, *TABLES))}")
    top = read_table(_Top, {key: table[key] for key in KEYS if key in table}, where)
    recipe = _recipe(top.recipe, path)
    outputs = tuple(one.strip() for one in top.outputs.split(","))
    for one in outputs:
        if one not in OUTPUTS:
            raise SweepError(f"{where} outputs: {one!r} is none; choose of {', '.join(OUTPUTS)}")
    goals = _goals(table.get("goals", {}), f"{where}: [goals]")
    search = read_table(Search, table.get("search", {}), f"{where}: [search]")
    part = read_table(_Slice, table.get("validation", {}), f"{where}: [validation]")
    found = Sweep(
        name=path.stem,
        recipe=recipe,
        ranges=read_ranges(table.get("ranges", {}), recipe.to_dict(), where),
        goals=goals,
        limits=_limits(table.get("limits", {}), f"{where}: [limits]"),
        search=search,
        budget=read_table(Budget, table.get("budget", {}), f"{where}: [budget]"),
        validation=Validation(part.share, part.seed),
        seeds=top.seeds,
        outputs=() if "all" in outputs else outputs,
        rivals=_rivals(table.get("rivals", []), where),
    )
    _check(found, where)
    return found


def _recipe(said: str, path: Path) -> Recipe:
    """A shipped recipe by name, or one whose path is relative to the sweep file."""
    beside = path.parent / said
    try:
        return find_recipe(beside if said.endswith(".toml") else said)
    except RecipeError as error:
        raise RecipeError(f"{path}: recipe: {error}") from None


def _goals(said: Any, place: str) -> tuple[Goal, ...]:
    table = read_table(_Goals, said, place)
    found = []
    for word, names, sign in (
        ("maximize", table.maximize, 1),
        ("minimize", table.minimize, -1),
    ):
        for name in names:
            _check_figure(name, f"{place} {word}")
            if name in table.maximize and name in table.minimize:
                raise SweepError(f"{place}: {name} is to be maximized and minimized; choose one")
            if (name == "accuracy") != (sign > 0):
                other = "minimize" if sign > 0 else "maximize"
                raise SweepError(f"{place} {word}: {name} contradicts what it is for; {other} it")
            if names.count(name) > 1:
                raise SweepError(f"{place} {word}: {name} is given twice")
            found.append(Goal(name, sign))
    if not found:
        raise SweepError(f"{place}: names no goal")
    return tuple(found)


def _check_figure(name: str, place: str) -> None:
    if name not in FIGURES:
        raise SweepError(f"{place}: unknown figure {name!r}{nearest(name, FIGURES)}")


def _limits(said: Any, place: str) -> tuple[tuple[str, int, float], ...]:
    if not isinstance(said, dict):
        raise SweepError(f"{place}: expected a table for each figure, got {said!r}")
    found = []
    for name, table in said.items():
        _check_figure(name, place)
        limit = read_table(_Limit, table, f"{place} {name}")
        right, wrong = ("least", "most") if name == "accuracy" else ("most", "least")
        bound = getattr(limit, right)
        if getattr(limit, wrong) is not None or bound is None:
            raise SweepError(f"{place} {name}: takes {right}: it is a goal to have it so")
        if name == "accuracy" and bound > 1:
            raise SweepError(f"{place} {name}: least {bound:g} is more than 1, which is all")
        found.append((name, 1 if name == "accuracy" else -1, bound))
    return tuple(found)


def _rivals(said: Any, where: str) -> tuple[Rival, ...]:
    if not isinstance(said, list):
        raise SweepError(f"{where}: [[rivals]] must be tables, got {said!r}")
    return tuple(
        read_table(Rival, one, f"{where}: [[rivals]] {at}") for at, one in enumerate(said, 1)
    )


def _check(sweep: Sweep, where: str) -> None:
    """What one table alone cannot tell."""
    figures: Mapping[str, Any] = {goal.figure: goal for goal in sweep.goals}
    limited = {name for name, _, _ in sweep.limits}
    if "accuracy" not in figures and "accuracy" not in limited:
        raise SweepError(
            f"{where}: [goals]: without accuracy among goals or limits the smallest network is best"
        )
    endless = [one.name for one in sweep.ranges if one.count is None or one.log]
    if sweep.search.sampler == "grid" and endless:
        raise SweepError(
            f"{where}: [search] sampler: a grid needs choices or steps, {endless[0]} has none"
        )
    endless_budget = sweep.budget.trials is None and sweep.budget.seconds is None
    if endless_budget and sweep.search.sampler != "grid":
        raise SweepError(f"{where}: [budget]: trials or seconds, or both, are needed")
