"""Rows of a table as text for a terminal, and as HTML for a notebook."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["html_table", "text_table"]

WIDEST = 60
"""Characters of a cell in text."""
MOST = 50
"""Rows of a table in HTML."""


def text_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Columns side by side under their names; a cell without a value is empty."""
    if not rows:
        return "(no rows)"
    lines = [list(rows[0]), *([_short(_said(one)) for one in row.values()] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def html_table(rows: Sequence[Mapping[str, Any]], title: str = "") -> str:
    """A table element, the first rows of it, with a line of text above."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in (rows[0] if rows else ()))
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_short(_said(one)))}</td>' for one in row.values())}</tr>"
        for row in rows[:MOST]
    )
    more = f"<p>and {len(rows) - MOST} more rows</p>" if len(rows) > MOST else ""
    said = f"<p>{html.escape(title)}</p>" if title else ""
    return f"{said}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_said, value))
    return str(value)


def _short(said: str) -> str:
    return said if len(said) <= WIDEST else f"{said[: WIDEST - 3]}..."
