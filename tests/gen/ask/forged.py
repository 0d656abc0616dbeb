"""Answers changed at every place of their JSON: none may be believed that is not true."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gen.ask.evidence.answer import Answer
from gen.ask.evidence.case import Case
from gen.ask.evidence.recorded import answer_of, record
from gen.errors import SmeltError

__all__ = ["accepted", "changes", "leaves"]

PARTS = ("question", "conditions", "verdict", "details")
WRONG: tuple[Any, ...] = (None, True, -1, 0, 10**30, float("nan"), "", [], {}, [[]], [None])


def leaves(value: Any) -> Iterator[Any]:
    """All strings and numbers of a JSON value."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


def changes(value: Any, words: list[str]) -> Iterator[Any]:
    """The value with one thing changed: a number by 1, a bit flipped, a word for another, an entry
    removed, twice, or in another's place, and whatever is of another type."""
    yield from (one for one in WRONG if type(one) is not type(value) or one != value)
    if isinstance(value, dict):
        yield from _of_entries(value, words)
    elif isinstance(value, list):
        yield from _of_list(value, words)
    elif isinstance(value, str):
        yield from (value[:at] + "10"[int(c)] + value[at + 1 :] for at, c in _bits(value))
        yield from (one for one in (*words, value[:-1], value + "x") if one != value)
    elif type(value) in (int, float):
        yield from (value + 1, value - 1, value / 2)


def _of_entries(value: dict[str, Any], words: list[str]) -> Iterator[Any]:
    for key, one in value.items():
        yield {name: other for name, other in value.items() if name != key}
        yield from (value | {key: other} for other in changes(one, words))
        yield from (value | {key: value[other], other: one} for other in value if other < key)
    yield value | {"more": None}


def _of_list(value: list[Any], words: list[str]) -> Iterator[Any]:
    for at, one in enumerate(value):
        yield value[:at] + value[at + 1 :]
        yield [*value[: at + 1], *value[at:]]
        yield from ([*value[:at], other, *value[at + 1 :]] for other in changes(one, words))
        if at:
            yield [*value[: at - 1], one, value[at - 1], *value[at + 1 :]]


def _bits(value: str) -> list[tuple[int, str]]:
    return [] if set(value) - {"0", "1"} else list(enumerate(value))


def accepted(
    answer: Answer,
    case: Callable[[Answer], Case],
    folder: Path,
    every: int = 1,
    more: tuple[str, ...] = (),
) -> tuple[int, list[Answer]]:
    """How many changed answers there are, and those that are believed; the answer as it is must be.
    A change is judged under its own conditions, with the files of all proofs there. Whatever is
    raised is a SmeltError."""
    whole = json.loads(json.dumps(record(answer, case(answer), {"build": "b"}, folder)))
    words = [*dict.fromkeys(one for one in leaves(whole["details"]) if isinstance(one, str)), *more]
    count, found = 0, []
    answer_of(whole, "a.json", folder).verify(case(answer))
    for part in PARTS:
        for at, other in enumerate(changes(whole[part], words)):
            # Whole parts of another type are refused as the file is read.
            if at % every or type(other) is not type(whole[part]):
                continue
            count += 1
            try:
                one = answer_of(whole | {part: other}, "a.json", folder)
                one.verify(case(one))
            except SmeltError:
                continue
            found.append(one)
    return count, found
