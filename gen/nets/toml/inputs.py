"""What a recipe says of its data, and of how values become bits."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePath
from typing import Any

from gen.data.encode import KINDS as ENCODERS
from gen.data.encode import threshold_counts
from gen.data.own.said import FILLS, Own
from gen.data.sets import image_shape, is_table, known_sets, symbol_count
from gen.data.thresholds import FITS, Wanted
from gen.nets.toml.table import (
    RecipeError,
    choice,
    either,
    flag,
    integer,
    integers,
    mapped,
    number,
    numbers,
    read_table,
    text,
    texts,
)

__all__ = ["OF_SENSORS", "Data", "Encoding", "check_data", "read_encoding"]

PLACES = ("host", "chip")
OF_SENSORS = ("sensor_bits", "signed", "scale", "offset")
"""Keys of an encoding that say what a sensor gives."""


@dataclass(frozen=True)
class Data:
    """Which data: a `set` that comes along, whose split is fixed by its name, or a `file` of one's
    own, relative to the recipe, with what `gen.data.own.Own` says of it.

    A sample's bits are read in `steps` parts, in order, by a recurrent layer. Those of a text are
    its symbols, and the network answers at each of them.
    """

    set: str | None = choice(known_sets(), default=None)
    steps: int = integer(1, 65536, default=1)
    file: str | None = text(default=None)
    label: str | int | None = either(integer(-65536, 65535), text(), default=None)
    test: float | str = either(number(0.01, 0.9), text(), default=0.25)
    group: str | None = text(default=None)
    drop: tuple[str, ...] = texts(default=())
    fill: float | str | None = either(number(-1e300, 1e300), choice(FILLS), default=None)
    separator: str | None = text(default=None)
    size: tuple[int, int] | None = integers(2, 1, 4096, default=None)
    seed: int = integer(0, 2**31 - 1, default=0)

    @property
    def name(self) -> str:
        """What the data set is called."""
        return self.set or PurePath(str(self.file)).name

    @property
    def image(self) -> tuple[int, int] | None:
        """Height and width where features are pixels, as far as the recipe says it."""
        return self.size if self.set is None else image_shape(self.set)

    @property
    def symbols(self) -> int | None:
        """How many symbols a sample has where it is a text."""
        return None if self.set is None else symbol_count(self.set)

    def to_dict(self) -> dict[str, Any]:
        """What a recipe's table would say."""
        if self.set is not None:
            return {"set": self.set, "steps": self.steps}
        value = {key: one for key, one in asdict(self).items() if one is not None}
        return value | {key: list(one) for key, one in value.items() if isinstance(one, tuple)}

    def own(self, folder: Path) -> Own:
        """A file's description, for a recipe that lies in `folder`."""
        return Own(
            folder / str(self.file),
            *(self.label, self.test, self.group, self.drop, self.fill, self.separator, self.size),
            self.seed,
        )


@dataclass(frozen=True)
class Encoding:
    """How a feature becomes `bits` bits; without `thresholds`, as `fit` finds them in the training
    part (`gen.data.thresholds`). `columns` says it for single columns of a table, by name; what a
    column does not say is as for the others.

    `where` is "host", or "chip": there a feature comes as its sensor's integer of `sensor_bits`
    bits, two's complement where `signed`, and is integer * `scale` + `offset` (defaults: false, 1
    and 0), rounded to that.
    """

    kind: str = choice(ENCODERS)
    bits: int = integer(1, 16, default=1)
    thresholds: tuple[float, ...] | None = numbers(default=None)
    fit: str = choice(FITS, default="quantile")
    columns: tuple[tuple[str, "Encoding"], ...] = mapped(
        lambda table, place: read_table(Encoding, table, place), default=()
    )
    where: str = choice(PLACES, default="host")
    sensor_bits: int | None = integer(1, 16, default=None)
    signed: bool | None = flag(default=None)
    scale: float | None = number(-1e30, 1e30, default=None)
    offset: float | None = number(-1e30, 1e30, default=None)

    @property
    def wanted(self) -> Wanted:
        """What is said of a feature's code."""
        return Wanted(self.kind, self.bits, self.thresholds, self.fit)

    def to_dict(self) -> dict[str, Any]:
        """What a recipe's table would say."""
        value: dict[str, Any] = {"kind": self.kind, "bits": self.bits}
        if self.thresholds is not None:
            value["thresholds"] = list(self.thresholds)
        if self.fit != "quantile":
            value["fit"] = self.fit
        if self.columns:
            value["columns"] = {name: one.to_dict() for name, one in self.columns}
        if self.where != "host":
            value["where"] = self.where
        said = {key: getattr(self, key) for key in OF_SENSORS}
        return value | {key: one for key, one in said.items() if one is not None}


def read_encoding(value: Any, place: str) -> Encoding:
    """[encoding] as a recipe's table says it: a column has the code that all have, but for what it
    says itself. Raises RecipeError."""
    columns = value.get("columns") if isinstance(value, dict) else None
    if isinstance(columns, dict):
        made = {name: _of_column(value, one) for name, one in columns.items()}
        value = value | {"columns": made}
    return read_table(Encoding, value, place)


def _of_column(encoding: dict[str, Any], column: Any) -> Any:
    if not isinstance(column, dict) or "kind" in column:
        return column
    keys = ["kind"]
    if "thresholds" not in column:
        keys += [key for key in ("bits", "fit") if key not in column]
        keys += [] if {"bits", "fit"} & {*column} else ["thresholds"]
    return {key: encoding[key] for key in keys if key in encoding} | column


def check_data(data: Data, encoding: Encoding, where: str) -> None:
    """Raise RecipeError for what one key alone cannot tell; `where` opens the message."""
    _check_data(data, f"{where}: [data]")
    _check_encoding(encoding, f"{where}: [encoding]")
    _check_columns(data, encoding, f"{where}: [encoding")


def _check_data(data: Data, place: str) -> None:
    """A set or a file; what only a file has goes with a file."""
    if (data.set is None) == (data.file is None):
        given = "both" if data.set else "neither"
        raise RecipeError(
            f"{place}: {given}; say set = ... (known: {', '.join(known_sets())}) or file = ..."
        )
    own = [one for one in fields(Data) if one.name not in ("set", "steps", "file")]
    said = [one.name for one in own if getattr(data, one.name) != one.default]
    if data.set is not None and said:
        raise RecipeError(f"{place} {said[0]}: only data of a file has one, and this is {data.set}")


def _check_encoding(encoding: Encoding, place: str) -> None:
    if encoding.kind == "threshold" and encoding.bits != 1:
        raise RecipeError(f'{place} bits: {encoding.bits}, but kind "threshold" has 1 bit')
    counts = threshold_counts(encoding.kind, encoding.bits)
    if not counts[0]:
        raise RecipeError(f'{place} bits: 1, but kind "onehot" has 2 or more')
    values = encoding.thresholds
    if values is None:
        return
    if len(values) not in counts:
        raise RecipeError(f"{place} thresholds: {len(values)} values for bits = {encoding.bits}")
    if list(values) != sorted(set(values)):
        raise RecipeError(f"{place} thresholds: must ascend, got {list(values)}")


def _check_columns(data: Data, encoding: Encoding, place: str) -> None:
    """Codes for single columns, and thresholds from a tree, are for tables."""
    table = (data.set is None or is_table(data.set)) and data.steps == 1
    _check_sensors(encoding, encoding.where, f"{place}]")
    for name, one in encoding.columns:
        if one.columns or one.where != "host":
            key = "where" if one.where != "host" else "columns"
            raise RecipeError(f"{place}.columns.{name}]: a column has no {key}; all have one")
        _check_encoding(one, f"{place}.columns.{name}]")
        _check_sensors(one, encoding.where, f"{place}.columns.{name}]")
    if (encoding.columns or encoding.fit != "quantile") and not table:
        key = "columns" if encoding.columns else "fit"
        raise RecipeError(f"{place}] {key}: only for a table, without steps")


def _check_sensors(encoding: Encoding, where: str, place: str) -> None:
    """What sensors give goes with an encoder on the chip."""
    said = [key for key in OF_SENSORS if getattr(encoding, key) is not None]
    if said and where != "chip":
        raise RecipeError(f'{place} {said[0]}: only with where = "chip" are there sensors')
    if encoding.scale == 0:
        raise RecipeError(
            f"{place} scale: 0; a value is the sensor's integer times the scale, so it must not"
            " be zero"
        )
