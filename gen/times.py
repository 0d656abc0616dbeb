"""What a step took in seconds is no result: it lies beside, in <name>.times, so that results
are the same bytes when they are made again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gen.files import check_json, read_json, write_json
from gen.made import digest

__all__ = ["TIMES", "read_timed", "without_times", "write_timed"]

TIMES = {"seconds", "proof_seconds"}


def write_timed(path: Path | str, value: dict[str, Any]) -> None:
    """As `write_json`, with every entry "seconds" or "proof_seconds" null, and all of them, in
    order, in the file of times beside it."""
    path = Path(path)
    times: list[Any] = []
    write_json(path, _without(value, times))
    write_json(_beside(path), {"of": digest(path), "times": times})


def read_timed(path: Path | str, format: str | None = None, form: Any = None) -> dict[str, Any]:
    """As `read_json`, with the times put back where the file of times is there and of this file;
    elsewhere they are null."""
    path = Path(path)
    value = _restored(path, read_json(path, format))
    if form is not None:
        check_json(path, value, form)
    return value


def without_times(value: Any) -> Any:
    """A copy of a JSON value with every entry that is a time null."""
    return _without(value, [])


def _restored(path: Path, value: dict[str, Any]) -> dict[str, Any]:
    try:
        beside = json.loads(_beside(path).read_bytes())
        if beside["of"] == digest(path) and isinstance(beside["times"], list):
            restored: dict[str, Any] = _with(value, iter(beside["times"]))
            return restored
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return value


def _beside(path: Path) -> Path:
    return path.with_suffix(".times")


def _without(value: Any, times: list[Any]) -> Any:
    """A copy of a JSON value with times replaced by null, and moved to `times` in order."""
    if isinstance(value, dict):
        return {key: _moved(key, entry, times) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without(entry, times) for entry in value]
    return value


def _moved(key: str, entry: Any, times: list[Any]) -> Any:
    if key not in TIMES:
        return _without(entry, times)
    times.append(entry)
    return None


def _with(value: Any, times: Iterator[Any]) -> Any:
    """The reverse of `_without`."""
    if isinstance(value, dict):
        return {
            key: next(times, None) if key in TIMES and entry is None else _with(entry, times)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_with(entry, times) for entry in value]
    return value
