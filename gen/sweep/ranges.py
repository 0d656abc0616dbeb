"""Ranges of a recipe's keys: what a sweep may put in their place.

A range stands where its key stands in the recipe, layers by their number: a list of choices, or a
table of `low` and `high`, both included, with `step`, or `log` for equal chances in each decade.
Each end and each choice is read as a recipe would read it, so a wrong one is refused with its place
before anything is trained.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from gen.data.names import nearest
from gen.errors import SmeltError
from gen.nets.recipe import Augment, Descent, Localize, Schedule, Teacher
from gen.nets.toml.inputs import Data, Encoding, read_encoding
from gen.nets.toml.kinds import HEADS, LAYERS, read_head, read_layer
from gen.nets.toml.table import RecipeError, either, flag, integer, number, read_table

__all__ = ["KIND", "Range", "SweepError", "put", "read_ranges"]

PLAIN: Mapping[str, type] = {
    "data": Data,
    "encoding": Encoding,
    "schedule": Schedule,
    "localize": Localize,
    "augment": Augment,
    "teacher": Teacher,
    "descent": Descent,
}
TABLES = (*PLAIN, "layers", "head")
KIND = "kind"


class SweepError(SmeltError):
    """A sweep asks for what makes no sense, or cannot go on."""


@dataclass(frozen=True)
class _Between:
    """A range by its ends."""

    low: float = either(integer(-(2**53), 2**53), number(-1e300, 1e300))
    high: float = either(integer(-(2**53), 2**53), number(-1e300, 1e300))
    step: float | None = either(integer(1, 2**53), number(1e-300, 1e300), default=None)
    log: bool = flag(default=False)


@dataclass(frozen=True, eq=False)
class Range:
    """What one key may be: `choices`, or numbers from `low` to `high`, `whole` ones or not."""

    path: tuple[str, ...]
    choices: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float | None = None
    log: bool = False
    whole: bool = False

    @property
    def name(self) -> str:
        """As tables and messages show it: `layers.1.units`."""
        return ".".join(self.path)

    @property
    def ordered(self) -> bool:
        """Whether choices that are near each other in the list are near in kind: rising numbers."""
        plain = all(type(one) in (int, float) for one in self.choices)
        return plain and list(self.choices) == sorted(self.choices)

    @property
    def count(self) -> int | None:
        """How many values there are; None where that is no number."""
        if self.choices:
            return len(self.choices)
        if self.step is None and not self.whole:
            return None
        return math.floor((self.high - self.low) / (self.step or 1) + 1e-9) + 1

    def values(self) -> list[Any]:
        """All values, where `count` says how many."""
        if self.choices:
            return list(self.choices)
        found = [self.low + at * (self.step or 1) for at in range(self.count or 0)]
        return [int(one) for one in found] if self.whole else found

    def ends(self) -> list[Any]:
        """The choices, or both ends."""
        return list(self.choices) or [self.low, self.high]


def read_ranges(said: Any, base: Mapping[str, Any], where: str) -> tuple[Range, ...]:
    """The ranges of a table [ranges] for a recipe (`Recipe.to_dict`), in order.

    Raises RecipeError or SweepError with the place: for keys that the recipe cannot have, ranges
    that are empty, and values that a recipe would refuse.
    """
    if not isinstance(said, dict) or not said:
        raise SweepError(f"{where}: [ranges] must be a table of keys of the recipe, got {said!r}")
    for key in said:
        if key not in TABLES:
            raise SweepError(f"{where}: [ranges]: unknown table {key!r}{nearest(key, TABLES)}")
    found = tuple(_walked(said, base, (), where))
    for one in found:
        _check(one, found, base, where)
    return found


def put(base: Mapping[str, Any], values: Mapping[Range, Any]) -> dict[str, Any]:
    """The recipe with a value for each range. Where the `kind` of a layer or head has a range, keys
    that its other kinds have are left out."""
    made = deepcopy(dict(base))
    for one, value in values.items():
        *way, last = one.path
        if way and made.get(way[0]) is None:
            made[way[0]] = {}
        table = _at(made, way)
        if isinstance(table, list):
            table[int(last) - 1] = deepcopy(value)
        else:
            table[last] = list(value) if isinstance(value, tuple) else deepcopy(value)
    for one in values:
        if one.path[-1] == KIND and _kinds(one.path[:-1]):
            _leave_out(_at(made, one.path[:-1]), _kinds(one.path[:-1]))
    return made


def _at(value: Any, way: Sequence[str]) -> Any:
    for key in way:
        value = value[int(key) - 1] if isinstance(value, list) else value[key]
    return value


def _leave_out(table: dict[str, Any], kinds: Mapping[str, type]) -> None:
    own = kinds.get(table.get(KIND, ""))
    known = {entry.name for one in kinds.values() for entry in fields(one)}
    mine = {entry.name for entry in fields(own)} if own else known
    for key in [key for key in table if key in known - mine]:
        del table[key]


def _walked(
    said: Mapping[str, Any], base: Any, way: tuple[str, ...], where: str
) -> Iterator[Range]:
    """The ranges below a table, which stands for `base` of the recipe."""
    for key, value in said.items():
        path = (*way, key)
        place = f"{where}: [ranges{''.join(f'.{one}' for one in way)}] {key}"
        if isinstance(base, list):
            if not key.isdecimal() or not 1 <= int(key) <= len(base):
                raise SweepError(f"{place}: the recipe has {len(base)} there, by number from 1")
            inner = base[int(key) - 1]
        else:
            inner = base.get(key, None if way else {})  # A recipe need not have all tables.
        if isinstance(value, dict) and not {"low", "high"} & set(value):
            if not isinstance(inner, (dict, list)):
                _known(path, said, base, f"{place[: -len(key) - 1]}", key)
                raise SweepError(f"{place}: expected a list of choices, or low and high")
            yield from _walked(value, inner, path, where)
        else:
            if isinstance(base, dict) and way:
                _known(path, said, base, place[: -len(key) - 1], key)
            yield _range(path, value, _rule(path, said, base), place)


def _classes(way: tuple[str, ...], said: Mapping[str, Any], base: Any) -> list[type]:
    """What a table may be read as: one dataclass, or one for each kind that it may be."""
    if way[0] in PLAIN:
        return [PLAIN[way[0]]]
    kinds = _kinds(way)
    named = said.get(KIND, [base.get(KIND)] if isinstance(base, dict) else [])
    return [kinds[one] for one in named if one in kinds] or list(kinds.values())


def _kinds(way: tuple[str, ...]) -> Mapping[str, type]:
    """The kinds that the table at a place may be of; none where it is no layer or head."""
    if way == ("head",):
        return HEADS
    return LAYERS if way and way[0] == "layers" and way[-1].isdecimal() else {}


def _known(path: tuple[str, ...], said: Mapping[str, Any], base: Any, place: str, key: str) -> None:
    """Raise SweepError for a key that no table there has."""
    way = path[:-1]
    if way[-1] == "columns" or isinstance(base, list):
        return
    names = {entry.name: 0 for one in _classes(way, said, base) for entry in fields(one)}
    names |= {KIND: 0} if _kinds(way) else {}
    if key not in names:
        raise SweepError(f"{place}: unknown key {key!r}{nearest(key, names)}")


def _rule(path: tuple[str, ...], said: Mapping[str, Any], base: Any) -> Mapping[str, Any]:
    """What the recipe says of a key's values; nothing where it stands for a whole table."""
    if len(path) < 2 or isinstance(base, list):
        return {}
    for one in _classes(path[:-1], said, base):
        for entry in fields(one):
            if entry.name == path[-1]:
                return entry.metadata
    return {}


def _range(path: tuple[str, ...], value: Any, rule: Mapping[str, Any], place: str) -> Range:
    if isinstance(value, list):
        return _chosen(path, value, place)
    if not isinstance(value, dict):
        raise SweepError(f"{place}: expected a list of choices, or low and high, got {value!r}")
    kind = rule.get("kind")
    if kind not in ("integer", "number"):
        raise SweepError(f"{place}: low and high are for numbers; give a list of choices")
    said = read_table(_Between, value, place)
    given = [one for one in (said.low, said.high, said.step) if one is not None]
    if kind == "integer" and any(type(one) is not int for one in given):
        raise SweepError(f"{place}: takes whole numbers, got {', '.join(map(str, given))}")
    if said.low >= said.high:
        raise SweepError(f"{place}: is empty, low {said.low} is not below high {said.high}")
    if said.step is not None and not _leads(said.low, said.high, said.step):
        raise SweepError(
            f"{place}: steps of {said.step} do not lead from {said.low} to {said.high}"
        )
    if said.log and (said.step is not None or said.low <= 0):
        raise SweepError(f"{place}: log goes from a low above 0, without step")
    whole = kind == "integer"
    return Range(path, (), said.low, said.high, said.step, said.log, whole)


def _leads(low: float, high: float, step: float) -> bool:
    return (Decimal(str(high)) - Decimal(str(low))) % Decimal(str(step)) == 0


def _chosen(path: tuple[str, ...], values: list[Any], place: str) -> Range:
    if not values:
        raise SweepError(f"{place}: is empty; give one choice or more")
    twice = next((one for at, one in enumerate(values) if one in values[:at]), None)
    if twice is not None:
        raise SweepError(f"{place}: {twice!r} is given twice")
    return Range(path, tuple(values))


def _check(one: Range, others: Sequence[Range], base: Mapping[str, Any], where: str) -> None:
    """Read each end of a range as its table's reader does, in a kind that has the key."""
    beside = {other: other.ends()[0] for other in others}
    kind = next((k for k in others if k.path == (*one.path[:-1], KIND) and k is not one), None)
    refused: RecipeError | None = None
    for value in one.ends():
        for choice in kind.choices if kind else (None,):
            refused = _refused(
                beside | {one: value} | ({kind: choice} if kind else {}), one, base, where
            )
            if refused is None:
                break
        if refused is not None:
            raise refused


def _refused(
    values: Mapping[Range, Any], one: Range, base: Mapping[str, Any], where: str
) -> RecipeError | None:
    """What the reader of the range's table says of these values."""
    made, top = put(base, values), one.path[0]
    place = f"{where}: [ranges.{'.'.join(one.path[: 2 if top == 'layers' else 1])}]"
    try:
        if top == "layers":
            layers = made["layers"]
            chosen = layers if len(one.path) == 1 else [layers[int(one.path[1]) - 1]]
            for table in chosen:
                read_layer(table, place)
        elif top == "head":
            read_head(made["head"], place)
        elif top == "encoding":
            read_encoding(made["encoding"], place)
        else:
            read_table(PLAIN[top], made[top], place)
    except RecipeError as error:
        return error
    return None
