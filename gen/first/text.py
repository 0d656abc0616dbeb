"""A recipe as TOML, with comments."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["toml_value", "write_text"]

WIDTH = 98


def write_text(
    tables: Mapping[str, Any],
    why: Mapping[str, Sequence[str]],
    columns: Sequence[tuple[str, Mapping[str, Any], str]],
) -> str:
    """TOML of a recipe's tables; `why` has comments by table or key of [data], "" for the top, and
    `columns` what [encoding.columns] says of each, with its reason."""
    lines = [*_comments(why.get("", ())), ""]
    for name, table in tables.items():
        lines += _comments(why.get(name, ()))
        for one in table if name == "layers" else [table]:
            lines.append(f"[[{name}]]" if name == "layers" else f"[{name}]")
            lines += _entries(one, why if name == "data" else {})
            lines.append("")
        if name == "encoding" and columns:
            lines += ["[encoding.columns]", *(_column(*one) for one in columns), ""]
    return "\n".join(lines).rstrip() + "\n"


def _entries(table: Mapping[str, Any], why: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for key, value in table.items():
        if key != "columns":
            lines += [*_comments(why.get(key, ())), f"{key} = {toml_value(value)}"]
    return lines


def _column(name: str, said: Mapping[str, Any], why: str) -> str:
    return f"{toml_value(name)} = {toml_value(said)}" + (f"  # {_plain(why)}" if why else "")


def _comments(lines: Sequence[str]) -> list[str]:
    """Each as a comment, broken where it is long."""
    return [
        f"# {part}".rstrip()
        for line in lines
        for part in (textwrap.wrap(_plain(line), WIDTH, break_long_words=False) or [""])
    ]


def _plain(text: str) -> str:
    """A text without what a comment must not hold."""
    return "".join(one if one.isprintable() else "?" for one in text)


def toml_value(value: Any) -> str:
    """A text, a number, true or false, or a list or table of them."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {toml_value(one)}' for key, one in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)
