"""Recipes: what to train, as TOML.

A recipe is read strictly: an unknown key, a wrong type or a value out of range is refused with its
place. Nothing here imports torch, so a recipe can be checked in an instant.
"""

import tomllib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gen.data.names import nearest
from gen.nets.shipped.recipes import recipe_files
from gen.nets.toml.inputs import Data, Encoding, check_data, read_encoding
from gen.nets.toml.kinds import (
    Activated,
    Head,
    Kind,
    Layer,
    Lut,
    Rnn,
    Scores,
    Weighted,
    largest_sum,
    read_head,
    read_layer,
    table_of,
)
from gen.nets.toml.table import (
    RecipeError,
    Row,
    choice,
    integer,
    number,
    read_table,
    text,
)
from gen.nets.training.keys import Augment, Descent, Teacher

__all__ = [
    "Augment",
    "Data",
    "Descent",
    "Encoding",
    "Head",
    "Layer",
    "Localize",
    "Recipe",
    "RecipeError",
    "Schedule",
    "Teacher",
    "find_recipe",
    "read_recipe",
    "recipe_from_dict",
    "shipped_recipes",
    "start_files",
]

KINDS = ("naive", "ste", "gradual", "layerwise")
TABLES = ("data", "encoding", "layers", "head", "schedule")
MORE = ("augment", "descent", "localize", "teacher")
EXACT = 1 << 24  # float32 holds every integer below this


@dataclass(frozen=True)
class Schedule:
    """Adam with a cosine from `learning_rate` to zero, anew in each phase of a `kind`.

    `kind` says when weights and activations are quantized (`gen.nets.schedules`); the first
    `warm_start` of the `epochs` are float. `ramp`, of `gradual` alone, is the part of the other
    epochs in which hardness grows (default 0.5). `gate_budget` is the most LUT4 that the network
    may be estimated to take (`gen.nets.gates`): then `fan_in` is the largest allowed.
    `noise` is the standard deviation of what is added to the features of a training batch, as a
    fraction of each feature's own standard deviation in the training part. `wiring_rate` is the
    learning rate of learned wiring (default: `learning_rate`), which stays as it is after
    `wiring_epochs`. `start` is a float network that the training goes on from, a file beside the
    recipe (`gen.nets.starts`). `validation` rows of the training part are kept out of it, and the
    network that is kept is that of the last epochs that answers most of them; otherwise the last.
    """

    epochs: int = integer(0, 100_000)
    batch: int = integer(2, 65536, default=128)
    learning_rate: float = number(1e-6, 10.0, default=0.02)
    label_smoothing: float = number(0.0, 0.9, default=0.0)
    noise: float = number(0.0, 10.0, default=0.0)
    seed: int = integer(0, 2**31 - 1, default=0)
    kind: str = choice(KINDS, default="ste")
    warm_start: int = integer(0, 100_000, default=0)
    ramp: float | None = number(0.01, 1.0, default=None)
    gate_budget: int | None = integer(1, 10_000_000, default=None)
    wiring_rate: float | None = number(1e-6, 10.0, default=None)
    wiring_epochs: int | None = integer(1, 100_000, default=None)
    validation: int | None = integer(2, 10_000_000, default=None)
    start: str | None = text(default=None)


@dataclass(frozen=True)
class Localize:
    """A class, by its number, that only a section of the network learns to tell: the last `section`
    units of every hidden layer (`gen.nets.training.localize`). Goes with any kind of schedule."""

    behaviour: int = integer(0, 4095)
    section: int = integer(1, 65535)


@dataclass(frozen=True)
class Recipe:
    """One net and how to train it; `name` is the file's stem and names the build folder, `folder`
    is where the recipe lies."""

    name: str
    data: Data
    encoding: Encoding
    layers: tuple[Kind, ...]
    head: Kind
    schedule: Schedule
    localize: Localize | None = None
    augment: Augment | None = None
    teacher: Teacher | None = None
    descent: Descent | None = None
    folder: Path = field(default=Path(), compare=False)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value from which `recipe_from_dict` makes the same recipe."""
        value = asdict(replace(self, encoding=replace(self.encoding, columns=())))
        del value["folder"]
        value["data"] = self.data.to_dict()
        value["layers"] = [table_of(layer) for layer in self.layers]
        value["head"] = table_of(self.head)
        value["encoding"] = self.encoding.to_dict()
        for key in MORE:
            if value[key] is None:
                del value[key]
        told = value["schedule"].items()
        value["schedule"] = {key: one for key, one in told if one is not None}
        return value


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the project."""
    return list(recipe_files())


def find_recipe(name: str | Path) -> Recipe:
    """Read a shipped recipe by name, or a file by path. Raises RecipeError."""
    path = Path(name)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return read_recipe(path)
    known = recipe_files()
    if str(name) not in known:
        raise RecipeError(
            f"no recipe {str(name)!r}{nearest(str(name), known)}; or give a .toml file"
        )
    return read_recipe(known[str(name)])


def read_recipe(path: Path | str) -> Recipe:
    """Read a recipe file. Raises RecipeError with the file, table and key."""
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(
            f"{path}: no such file; shipped recipes: {', '.join(shipped_recipes())}"
        ) from None
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path}: not readable as TOML: {error}") from None
    recipe = recipe_from_dict({"name": path.stem, **table}, str(path))
    return replace(recipe, folder=path.parent)


def start_files(recipe: Recipe) -> list[Path]:
    """The files that `[schedule] start` is read from, none or one: tensors, or `net.py:make`."""
    said = recipe.schedule.start
    if said is None:
        return []
    name, module, _ = said.partition(".py:")
    return [recipe.folder / (f"{name}.py" if module else said)]


def recipe_from_dict(value: Any, where: str = "recipe") -> Recipe:
    """A recipe from plain values (`to_dict`, or TOML with `name`); `where` opens error messages."""
    if not isinstance(value, dict):
        raise RecipeError(f"{where}: holds a {type(value).__name__}, expected tables")
    for key in value:
        if key not in ("name", *TABLES, *MORE):
            raise RecipeError(f"{where}: unknown table {key!r}{nearest(key, (*TABLES, *MORE))}")
    for key in ("name", *TABLES):
        if key not in value:
            raise RecipeError(f"{where}: table [{key}] is missing")
    recipe = Recipe(
        _name(value["name"], where),
        read_table(Data, value["data"], f"{where}: [data]"),
        read_encoding(value["encoding"], f"{where}: [encoding]"),
        _layers(value["layers"], where),
        read_head(value["head"], f"{where}: [head]"),
        read_table(Schedule, value["schedule"], f"{where}: [schedule]"),
        _table(Localize, value, "localize", where),
        _table(Augment, value, "augment", where),
        _table(Teacher, value, "teacher", where),
        _table(Descent, value, "descent", where),
    )
    _check(recipe, where)
    return recipe


def _table(cls: type[Row], value: dict[str, Any], key: str, where: str) -> Row | None:
    said = value.get(key)
    return None if said is None else read_table(cls, said, f"{where}: [{key}]")


def _name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value or "/" in value:
        raise RecipeError(f"{where}: name {value!r} is not a file stem")
    return value


def _layers(value: Any, where: str) -> tuple[Kind, ...]:
    if not isinstance(value, list) or not value:
        raise RecipeError(f"{where}: [[layers]] must be one table or more, got {value!r}")
    return tuple(
        read_layer(table, f"{where}: [[layers]] {at}") for at, table in enumerate(value, 1)
    )


def _check(recipe: Recipe, where: str) -> None:
    """What one table alone cannot tell; shapes are checked when the network is built."""
    check_data(recipe.data, recipe.encoding, where)
    _check_schedule(recipe.schedule, f"{where}: [schedule]")
    if not recipe.schedule.epochs and recipe.descent is None:
        raise RecipeError(f"{where}: [schedule] epochs: 0, which goes with [descent] alone")
    _check_steps(recipe, where)
    before: Kind | None = None
    for at, layer in enumerate(recipe.layers, 1):
        _check_inputs(layer, before, f"{where}: [[layers]] {at}")
        before = layer
    _check_inputs(recipe.head, before, f"{where}: [head]")
    if recipe.descent is not None:
        _check_descent(recipe, f"{where}: [descent]")
    if recipe.localize is not None:
        _check_localize(recipe, recipe.localize, f"{where}: [localize]")


def _check_descent(recipe: Recipe, place: str) -> None:
    if len(recipe.layers) > 1 or not isinstance(recipe.layers[0], Lut):
        raise RecipeError(f"{place} goes with one layer of kind lut alone")
    if isinstance(recipe.head, Scores):
        raise RecipeError(f"{place} goes with a head that chooses a class, not with scores alone")


def _check_inputs(layer: Kind, before: Kind | None, place: str) -> None:
    """Fan-in and the exactness contract (the largest sum is below 2^24), where both are known."""
    if not isinstance(layer, Weighted) or isinstance(layer, Rnn):
        return
    units = getattr(before, "units", None)
    if units is not None and layer.fan_in > units:
        raise RecipeError(f"{place} fan_in: {layer.fan_in} is more than the {units} units before")
    reach = largest_sum(layer, before.activation_bits if isinstance(before, Activated) else 1)
    if reach >= EXACT:
        raise RecipeError(f"{place} fan_in: sums reach {reach}, float32 is exact below {EXACT}")


def _check_steps(recipe: Recipe, where: str) -> None:
    recurrent = any(isinstance(layer, Rnn) for layer in recipe.layers)
    if recipe.data.steps > 1 and not recurrent:
        raise RecipeError(
            f"{where}: [data] steps: {recipe.data.steps}, but no layer is an rnn or a gru"
        )
    symbols = recipe.data.symbols
    if symbols and recipe.data.steps != symbols:
        raise RecipeError(
            f"{where}: [data] steps: {recipe.data.steps}, but samples of {recipe.data.name} are"
            f" {symbols} symbols, a step each"
        )


def _check_schedule(schedule: Schedule, place: str) -> None:
    if schedule.warm_start and schedule.warm_start >= schedule.epochs:
        raise RecipeError(
            f"{place} warm_start: {schedule.warm_start} leaves none of the {schedule.epochs} epochs"
        )
    if schedule.ramp is not None and schedule.kind != "gradual":
        raise RecipeError(f'{place} ramp: only kind "gradual" has one, this is "{schedule.kind}"')


def _check_localize(recipe: Recipe, localize: Localize, place: str) -> None:
    """Every hidden layer is one whose units can be kept apart, and some are left over."""
    if recipe.schedule.gate_budget is not None:
        raise RecipeError(f"{place} goes without [schedule] gate_budget: wiring is not free")
    if recipe.head.kind != Head.kind:
        raise RecipeError(f'{place} needs a head of kind "{Head.kind}", this is {recipe.head.kind}')
    for at, layer in enumerate(recipe.layers, 1):
        if not isinstance(layer, Layer) or not _plain(layer):
            raise RecipeError(
                f"{place}: [[layers]] {at} must be linear, its weights not binary, its mask learned"
                " and its activation unsigned"
            )
        if localize.section >= layer.units:
            raise RecipeError(
                f"{place} section: {localize.section} of the {layer.units} units of [[layers]] {at}"
                " leave none for the other classes"
            )


def _plain(layer: Layer) -> bool:
    """Whether its wiring is free and its code 0 is its least."""
    wired = layer.weights != "binary" and layer.mask == "learned"
    return wired and layer.activation == "unsigned"
