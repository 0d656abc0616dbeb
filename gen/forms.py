"""The form that a JSON value must have, written down as a value that looks like it.

    FORM = {"name": str, "seed": COUNT, "rows": [{"cells": int, "ns?": Maybe(float)}]}

A type is a value of it (`float`: any number, `int`: never a bool); a list is one whose entries have
its form; a tuple is a list with these entries; a dict has these keys, one that ends in "?" may be
missing, and others are let pass; `{str: form}` has any keys; a set or frozenset holds the words
that are allowed; a pattern fits the whole text; `Maybe` may be null; a `range` holds the number, a
whole one; `Within` any number from its least to its most.
"""

import math
import re
from typing import Any, NamedTuple

__all__ = ["CORE", "COUNT", "NAME", "SHARE", "Maybe", "Within", "check_form"]

COUNT = range(1 << 31)
NAME = re.compile(r"[^/\0]{1,200}")
"""A file's name without its folder."""
NUMBERS = range(-(1 << 63), 1 << 63)


class Maybe(NamedTuple):
    """This form, or null."""

    form: Any


class Within(NamedTuple):
    """A number from `least` to `most`, whole or not."""

    least: float
    most: float


SHARE = Within(0, 1)


def check_form(value: Any, form: Any, where: str = "it") -> None:
    """Raise ValueError with the first entry of another form, named by its place."""
    if isinstance(form, Maybe):
        if value is not None:
            check_form(value, form.form, where)
    elif isinstance(form, Within):
        check_form(value, float, where)
        if not form.least <= value <= form.most:
            raise _wrong(value, where, f"no number from {form.least} to {form.most}")
    elif isinstance(form, dict):
        _check_dict(_of(value, dict, where), form, where)
    elif isinstance(form, list):
        for at, one in enumerate(_of(value, list, where)):
            check_form(one, form[0], f"{where}[{at}]")
    elif isinstance(form, tuple):
        if len(_of(value, list, where)) != len(form):
            raise ValueError(f"{where} has {len(value)} entries, not {len(form)}")
        for at, (one, inner) in enumerate(zip(value, form, strict=True)):
            check_form(one, inner, f"{where}[{at}]")
    else:
        _check_leaf(value, form, where)


def _check_dict(value: dict[str, Any], form: dict[Any, Any], where: str) -> None:
    if str in form:
        for key, one in value.items():
            check_form(one, form[str], f"{where}.{key[:40]}")
        return
    for key, inner in form.items():
        name = key.removesuffix("?")
        if name in value:
            check_form(value[name], inner, name if where == "it" else f"{where}.{name}")
        elif name == key:
            raise ValueError(f"{where} has no {name!r}")


def _check_leaf(value: Any, form: Any, where: str) -> None:
    if isinstance(form, range):
        if type(value) is not int or value not in form:
            raise _wrong(value, where, f"no number from {form.start} to {form.stop - 1}")
    elif isinstance(form, re.Pattern):
        if not form.fullmatch(_of(value, str, where)):
            raise _wrong(value, where, f"of the form {form.pattern}")
    elif isinstance(form, (set, frozenset)):
        if type(value) is not str or value not in form:
            raise _wrong(value, where, f"none of {', '.join(sorted(form))}")
    elif form is float:
        if type(value) is float:
            if not math.isfinite(value):
                raise _wrong(value, where, "finite")
        elif type(value) is not int or value not in NUMBERS:
            raise _wrong(value, where, "a number")
    else:
        _of(value, form, where)
        if form is int and value not in NUMBERS:
            raise _wrong(value, where, "a number of 64 bits")


def _of(value: Any, kind: type, where: str) -> Any:
    fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if not fits:
        raise _wrong(value, where, f"a {kind.__name__}")
    return value


def _wrong(value: Any, where: str, wanted: str) -> ValueError:
    shown = repr(value)
    negated = wanted if wanted.startswith("no") else f"not {wanted}"
    return ValueError(f"{where} is {shown[:60]}{'...' * (len(shown) > 60)}, {negated}")


WIDTH = range(1, 1 << 17)
CYCLES = range(1 << 24)
CORE = {
    "family": str,
    "recipe?": str,
    "digest": re.compile(r"([0-9a-fA-F]{2})*"),
    "latency": CYCLES,
    "interval?": range(1, 1 << 24),
    "inputs": WIDTH,
    "outputs": [(str, WIDTH)],
    "score_signed": bool,
    "form?": str,
    "live_inputs?": [COUNT],
    "live_cells?": Maybe(COUNT),
    "reset?": Maybe(COUNT),
    "feedback?": [COUNT],
}
"""core.json, which hdl and share write and several rooms read."""
