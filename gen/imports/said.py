"""What is said of a model to import: on the command line, or in a small TOML beside it."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gen.files import read_text
from gen.imports.errors import ImportRefused

__all__ = ["TABLE", "Said", "described", "is_description", "parted", "plain"]

TABLE = "import"
COMMON = ("file", "kind", "classes", "check", "seed")


@dataclass(frozen=True)
class Said:
    """A model's file, the function in it (`net.py:make`), and what is said of it.

    `options` are keys that an importer checks by itself; `described` is the TOML that said so,
    where there is one, and `place` opens every error about it.
    """

    file: Path
    function: str = ""
    kind: str | None = None
    classes: tuple[str, ...] = ()
    check: Path | None = None
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    described: tuple[Path, ...] = ()
    place: str = ""


def parted(said: str) -> tuple[str, str]:
    """A file and a function in it, of `net.py:make`; without one, an empty function."""
    name, colon, function = said.rpartition(":")
    return (name, function) if colon and name.endswith(".py") else (said, "")


def plain(said: str, folder: Path = Path()) -> Said:
    """A file as a command line names it, `model.onnx` or `net.py:make`, or its description."""
    name, function = parted(said)
    path = folder / name
    if path.suffix == ".toml":
        return described(path)
    return Said(path, function, place=str(path))


def is_description(path: Path) -> bool:
    """Whether a TOML file describes a model to import, and is no recipe."""
    try:
        return TABLE in tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False


def described(path: Path) -> Said:
    """The description in a TOML file; its paths are relative to it. Raises ImportRefused."""
    try:
        table = tomllib.loads(read_text(path)).get(TABLE)
    except tomllib.TOMLDecodeError as error:
        raise ImportRefused(f"{path}: not TOML ({error})") from None
    place = f"{path}: [{TABLE}]"
    if not isinstance(table, dict):
        raise ImportRefused(f"{place}: missing; it says `file`, and what else the model needs")
    if Path(_text(table, "file", place)).suffix == ".toml":
        raise ImportRefused(f"{place} file: {table['file']!r} is a description itself")
    base = plain(_text(table, "file", place), path.parent)
    check = _text(table, "check", place) if "check" in table else None
    return Said(
        base.file,
        base.function,
        _text(table, "kind", place) if "kind" in table else None,
        _classes(table.get("classes", []), place),
        None if check is None else path.parent / check,
        _seed(table.get("seed", 0), place),
        {key: value for key, value in table.items() if key not in COMMON},
        (path,),
        place,
    )


def _text(table: dict[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise ImportRefused(f"{place} {key}: {value!r}, expected a text")
    return value


def _classes(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ImportRefused(f"{place} classes: {value!r}, expected a list of texts")
    return tuple(value)


def _seed(value: Any, place: str) -> int:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise ImportRefused(f"{place} seed: {value!r}, expected an integer from 0")
    return value
