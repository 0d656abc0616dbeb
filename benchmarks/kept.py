"""Measurements kept as files, so that an interrupted run goes on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gen.console import say
from gen.files import read_json, write_json

__all__ = ["kept"]


def kept(
    path: Path,
    measure: Callable[[], dict[str, Any]],
    said: Mapping[str, Any] = MappingProxyType({}),
    again: bool = False,
) -> dict[str, Any]:
    """The result in `path`, if it begins as `said`, of which a digest may tell what it was measured
    of; or a new measurement stored there, as it is `again`. Raises FileDamaged for one of another
    "format"."""
    if path.exists() and not again:
        found = read_json(path, said.get("format"))
        if said.items() <= found.items():
            return found
    say(f"measuring {path.stem}")
    result = {**said, **measure()}
    write_json(path, result)
    return result
