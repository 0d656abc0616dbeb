"""Plain TOML tables into frozen dataclasses, strictly.

Each field of such a dataclass carries its allowed values; `read_table` checks names, types and
ranges and raises RecipeError with the place, the value and what is allowed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, field, fields
from typing import Any, TypeVar

from gen.data.names import nearest
from gen.errors import SmeltError

__all__ = [
    "RecipeError",
    "Row",
    "choice",
    "either",
    "flag",
    "integer",
    "integers",
    "mapped",
    "number",
    "numbers",
    "read_table",
    "tables",
    "text",
    "texts",
]

Row = TypeVar("Row")


class RecipeError(SmeltError):
    """A recipe has an unknown key, a wrong type or a value out of range."""


def integer(low: int, high: int, default: Any = MISSING) -> Any:
    """A field for an int, low..high."""
    return field(default=default, metadata={"kind": "integer", "low": low, "high": high})


def number(low: float, high: float, default: Any = MISSING) -> Any:
    """A field for a finite number, low..high; kept as a float."""
    return field(default=default, metadata={"kind": "number", "low": low, "high": high})


def numbers(default: Any = MISSING) -> Any:
    """A field for a list of finite numbers, not empty; kept as a tuple of floats."""
    return field(default=default, metadata={"kind": "numbers"})


def choice(allowed: Sequence[str], default: Any = MISSING) -> Any:
    """A field for one of a few words."""
    return field(default=default, metadata={"kind": "choice", "allowed": tuple(allowed)})


def text(default: Any = MISSING) -> Any:
    """A field for a text that is not empty."""
    return field(default=default, metadata={"kind": "text"})


def texts(default: Any = MISSING) -> Any:
    """A field for a list of texts; kept as a tuple."""
    return field(default=default, metadata={"kind": "texts"})


def integers(count: int | None, low: int, high: int, default: Any = MISSING) -> Any:
    """A field for a list of `count` ints, or of some, low..high; kept as a tuple."""
    rule = {"kind": "integers", "count": count, "low": low, "high": high}
    return field(default=default, metadata=rule)


def either(*others: Any, default: Any = MISSING) -> Any:
    """A field for whatever one of some fields takes; the last says what is wrong, and then what the
    others would take is told."""
    rules = [other.metadata for other in others]
    return field(default=default, metadata={"kind": "either", "rules": rules})


def flag(default: Any = MISSING) -> Any:
    """A field for true or false."""
    return field(default=default, metadata={"kind": "flag"})


def tables(read: Callable[[Any, str], Any]) -> Any:
    """A field for a list of tables, not empty; kept as a tuple of what `read` makes of each."""
    return field(metadata={"kind": "tables", "read": read})


def mapped(read: Callable[[Any, str], Any], default: Any = MISSING) -> Any:
    """A field for a table of tables, by name; kept as pairs of a name and what `read` makes."""
    return field(default=default, metadata={"kind": "mapped", "read": read})


def read_table(cls: type[Row], table: Any, place: str) -> Row:
    """An instance of the dataclass `cls` from a table; `place` opens every error message."""
    if not isinstance(table, dict):
        raise RecipeError(f"{place}: expected a table, got {table!r}")
    known = {entry.name: entry for entry in fields(cls)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise RecipeError(f"{place}: unknown key {key!r}{nearest(key, known)}")
    for key, entry in known.items():
        if key not in table and entry.default is MISSING:
            raise RecipeError(f"{place}: key {key!r} is missing")
    values = {key: _value(known[key], value, f"{place} {key}") for key, value in table.items()}
    return cls(**values)


def _value(entry: Field[Any], value: Any, place: str) -> Any:
    rule = entry.metadata
    return _READERS[rule["kind"]](value, rule, place)


def _integer(value: Any, rule: Any, place: str) -> int:
    if type(value) is not int:
        raise RecipeError(f"{place}: {value!r} is not an integer")
    return int(_in_range(value, rule, place))


def _number(value: Any, rule: Any, place: str) -> float:
    if not _finite(value):
        raise RecipeError(f"{place}: {value!r} is not a finite number")
    return float(_in_range(value, rule, place))


def _numbers(value: Any, rule: Any, place: str) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not value or not all(map(_finite, value)):
        raise RecipeError(f"{place}: {value!r} is not a list of finite numbers")
    return tuple(float(item) for item in value)


def _choice(value: Any, rule: Any, place: str) -> str:
    if not isinstance(value, str) or value not in rule["allowed"]:
        raise RecipeError(f"{place}: {value!r}{nearest(str(value), rule['allowed'])}")
    return value


def _text(value: Any, rule: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RecipeError(f"{place}: {value!r} is not a text")
    return value


def _texts(value: Any, rule: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise RecipeError(f"{place}: {value!r} is not a list of texts")
    return tuple(value)


def _integers(value: Any, rule: Any, place: str) -> tuple[int, ...]:
    count = rule["count"]
    if not isinstance(value, list | tuple) or not value or len(value) != (count or len(value)):
        raise RecipeError(f"{place}: {value!r} is not a list of {count or 'some'} integers")
    return tuple(_integer(one, rule, place) for one in value)


def _either(value: Any, rule: Any, place: str) -> Any:
    *others, last = rule["rules"]
    for one in others:
        try:
            return _READERS[one["kind"]](value, one, place)
        except RecipeError:
            continue
    try:
        return _READERS[last["kind"]](value, last, place)
    except RecipeError as error:
        told = " or ".join(_allowed(one) for one in others)
        raise RecipeError(f"{error}; or {told}") from None


def _allowed(rule: Any) -> str:
    """What a field takes, in words, of the kinds that go with another."""
    if rule["kind"] == "integer":
        return f"an integer in {rule['low']}..{rule['high']}"
    return f"a number in {rule['low']:g}..{rule['high']:g}"


def _flag(value: Any, rule: Any, place: str) -> bool:
    if type(value) is not bool:
        raise RecipeError(f"{place}: {value!r} is not true or false")
    return value


def _tables(value: Any, rule: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise RecipeError(f"{place} must be one table or more, got {value!r}")
    return tuple(rule["read"](table, f"{place} {at}") for at, table in enumerate(value, 1))


def _mapped(value: Any, rule: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, dict):
        raise RecipeError(f"{place}: expected a table of tables, got {value!r}")
    return tuple((name, rule["read"](one, f"{place}.{name}")) for name, one in value.items())


def _in_range(value: Any, rule: Any, place: str) -> Any:
    if not rule["low"] <= value <= rule["high"]:
        raise RecipeError(f"{place}: {value} is not in {rule['low']}..{rule['high']}")
    return value


def _finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


_READERS = {
    "integer": _integer,
    "mapped": _mapped,
    "number": _number,
    "numbers": _numbers,
    "choice": _choice,
    "either": _either,
    "integers": _integers,
    "flag": _flag,
    "tables": _tables,
    "text": _text,
    "texts": _texts,
}
