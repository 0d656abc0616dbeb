"""HTML pages that need no other file: tables, and images inside."""

import base64
import html
from collections.abc import Iterable, Sequence

from boards.report.report import NOT_RUN

__all__ = ["image", "page", "table"]

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1a1a1a; max-width: 62rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p.sub { color: #555; margin-top: 0; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .22rem 1.2rem .22rem 0;
       border-bottom: 1px solid #ddd; vertical-align: top; font-variant-numeric: tabular-nums; }
th { font-weight: 600; } td.bad { color: #a50f15; font-weight: 600; } td.none { color: #777; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
.plots img { max-width: 100%; width: 29.5rem; height: auto; }
code { font-size: .85em; } @media print { .plots img { break-inside: avoid; } }
"""


def page(title: str, below: str, sections: Iterable[str]) -> str:
    """A page with a heading and, as HTML, a line below it and its sections."""
    name = html.escape(title)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{name}</title>\n'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{name}</h1>\n"
        f'<p class="sub">{below}</p>\n' + "\n".join(sections) + "\n</body>\n</html>\n"
    )


def image(name: str, content: bytes) -> str:
    """A PNG, called `name` for who does not see it."""
    data = base64.b64encode(content).decode()
    text = html.escape(name.replace("_", " "))
    return f'<img alt="{text}" src="data:image/png;base64,{data}">'


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows of plain text, the first word of each in bold; verdicts have their colours."""
    lines = ["<table>"]
    if head:
        lines.append("<tr>" + "".join(f"<th>{html.escape(word)}</th>" for word in head) + "</tr>")
    for first, *others in rows:
        cells = "".join(f"<td{_mark(word)}>{html.escape(word)}</td>" for word in others)
        lines.append(f"<tr><th>{html.escape(first)}</th>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def _mark(word: str) -> str:
    if word in ("failed", "undone", "not decided"):
        return ' class="bad"'
    return ' class="none"' if word == NOT_RUN else ""
