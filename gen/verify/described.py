"""Descriptions beside the networks: what a file says is made anew and compared, entry by entry."""

import json
from collections.abc import Iterable
from typing import Any

__all__ = ["differing"]


def differing(
    where: str, value: dict[str, Any], wanted: dict[str, Any], without: Iterable[str] = ()
) -> str:
    """What is wrong with a description, in words: its first entry that is not the wanted one, one
    that lacks, or one that nobody knows. Entries `without` meaning here are passed over."""
    for key in sorted({*value, *wanted} - {*without}):
        if key not in wanted:
            return f"{where}: entry {key!r} is unknown: made by another version, or edited"
        if key not in value:
            return f"{where}: entry {key!r} is missing; make it again"
        if json.dumps(value[key], sort_keys=True) != json.dumps(wanted[key], sort_keys=True):
            return f"{where}: {key!r} is {_short(value[key])}, and should be {_short(wanted[key])}"
    return ""


def _short(value: Any) -> str:
    shown = json.dumps(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
