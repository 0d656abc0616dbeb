"""A page told once, as Markdown and as HTML that needs no other file."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Block", "Code", "Heading", "Picture", "Table", "Text", "as_html", "as_markdown"]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the page's title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph; `code` stands between backticks."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of texts below a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """Lines of a program or a console."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, the file that it is in, and what it shows."""

    svg: str
    file: str
    says: str


Block = Heading | Text | Table | Code | Picture


def as_markdown(blocks: Sequence[Block]) -> str:
    """The page in GitHub's Markdown."""
    return "\n\n".join("\n".join(_markdown(block)) for block in blocks) + "\n"


def _markdown(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * block.level} {_escaped(block.text)}"
    elif isinstance(block, Text):
        yield _escaped(block.text)
    elif isinstance(block, Code):
        yield from (f"```{block.language}", block.text.rstrip("\n"), "```")
    elif isinstance(block, Picture):
        yield f"![{block.says}]({block.file})"
    else:
        yield _row(block.head)
        yield _row(["---"] * len(block.head))
        yield from (_row([_escaped(cell) for cell in row]) for row in block.rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Text with what Markdown would take for its own marks outside `code` made plain."""
    parts = text.split("`")
    for at in range(0, len(parts), 2):
        for mark in "\\|*<":
            parts[at] = parts[at].replace(mark, f"\\{mark}")
    return "`".join(parts).replace("\\|", "&#124;")


STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1a1a1a; max-width: 62rem;
       margin: 2rem auto; padding: 0 1rem; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top;
       padding: .22rem 1.2rem .22rem 0; border-bottom: 1px solid #ddd; }
pre { background: #f5f5f5; padding: .6rem .8rem; overflow-x: auto; } code { font-size: .9em; }
svg { max-width: 100%; height: auto; }
"""


def as_html(title: str, blocks: Sequence[Block]) -> str:
    """The page as HTML, its pictures inside."""
    name = html.escape(title)
    body = "\n".join("\n".join(_html(block)) for block in blocks)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title>\n<style>{STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _html(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"<h{block.level}>{_marked(block.text)}</h{block.level}>"
    elif isinstance(block, Text):
        yield f"<p>{_marked(block.text)}</p>"
    elif isinstance(block, Code):
        yield f"<pre><code>{html.escape(block.text)}</code></pre>"
    elif isinstance(block, Picture):
        yield f"<figure>{block.svg}</figure>"
    else:
        head = "".join(f"<th>{html.escape(word)}</th>" for word in block.head)
        yield f"<table>\n<tr>{head}</tr>"
        for row in block.rows:
            yield f"<tr>{''.join(f'<td>{_marked(cell)}</td>' for cell in row)}</tr>"
        yield "</table>"


def _marked(text: str) -> str:
    """Text with `code` as such."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
