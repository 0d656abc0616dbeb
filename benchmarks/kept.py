"""Measurements kept as files, so that an interrupted run goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gen.console import say
from gen.files import read_json, write_json

__all__ = ["kept"]


def kept(path: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result in `path`, or a new measurement stored there."""
    if path.exists():
        return read_json(path)
    say(f"measuring {path.stem}")
    result = measure()
    write_json(path, result)
    return result
