"""Reading the entries of a network's description: what is missing or mistyped, and where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from numpy.typing import NDArray

from gen.intnet.node import NetError

__all__ = ["Reading", "mapping", "names", "rows", "text"]

T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """The arrays of a file, and what of it is being read, for errors."""

    arrays: Mapping[str, NDArray[Any]]
    where: str

    def entry(self, row: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> T:
        """What `read` makes of an entry; NetError where it is missing or of another type."""
        if key not in row:
            raise NetError(f"{self.where} lacks {key!r}")
        try:
            return read(row[key])
        except TypeError as error:
            raise NetError(f"{self.where}: {key!r} is {error}") from None

    def named(self, kind: str, place: int, row: Mapping[str, Any]) -> tuple["Reading", str]:
        """The reading of a node or state, and its name."""
        name = Reading(self.arrays, f"{kind} {place}").entry(row, "name", text)
        return Reading(self.arrays, name), name

    def array(self, name: str, what: str) -> NDArray[Any]:
        """An array of a node or state; NetError where the file has none."""
        if f"{name}/{what}" not in self.arrays:
            raise NetError(f"{name}: the file has no array '{name}/{what}'")
        return self.arrays[f"{name}/{what}"]


def text(value: Any) -> str:
    """A string from JSON."""
    if type(value) is not str:
        raise TypeError(f"{value!r}, expected a string")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """An object from JSON."""
    if type(value) is not dict:
        raise TypeError(f"{value!r}, expected an object")
    return value


def names(value: Any) -> tuple[str, ...]:
    """A list of strings from JSON."""
    if type(value) is not list or any(type(one) is not str for one in value):
        raise TypeError(f"{value!r}, expected a list of names")
    return tuple(value)


def rows(value: Any) -> list[dict[str, Any]]:
    """A list of objects from JSON."""
    if type(value) is not list or any(type(one) is not dict for one in value):
        raise TypeError(f"{value!r}, expected a list of objects")
    return value
