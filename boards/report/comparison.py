"""One recipe on every board, compared: as Markdown, and as a page with a plot.

A logic cell of one family is no LUT4 of another, so each family has its own scale and its own
table of cells by type.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from boards.report.page import image, page, table
from boards.table.families import FAMILIES
from gen.files import write_text
from gen.style import DARK, FREE, LIGHT, MIDDLE, png, tidy

__all__ = ["html_page", "markdown", "plot_boards", "write_comparison"]

Row = dict[str, Any]

_HEAD = ("board", "used", "of", "core alone", "Fmax best", "median", "lowest of seeds", "clock") + (
    "latency",
)
_NOTE = (
    "Cells of different families are not the same measure: below, they are counted by type as"
    " Yosys does. Frequencies in MHz; *: the delays of the family are not trusted."
)


def write_comparison(folder: Path, value: dict[str, Any]) -> None:
    """Write boards.json's value as boards.md and boards.html beside it."""
    for name, text in (("boards.md", markdown(value)), ("boards.html", html_page(value))):
        write_text(folder / name, text)


def markdown(value: dict[str, Any]) -> str:
    """boards.json's value as tables."""
    lines = [f"# {value['recipe']} on every board", "", _NOTE, "", *_bars(_HEAD)]
    lines += [_line(row) for row in map(_words, value["boards"])]
    for family, rows in _by_family(value):
        kinds = _kinds(rows)
        lines += ["", f"## Cells of {FAMILIES[family].title}", "", *_bars(("board", *kinds))]
        lines += [_line(words) for words in _cell_rows(rows, kinds)]
    return "\n".join(lines) + "\n"


def html_page(value: dict[str, Any]) -> str:
    """The same as one page, with the plot."""
    sections = [table(map(_words, value["boards"]), _HEAD)]
    drawn = plot_boards(value)
    if drawn is not None:
        sections.append(f"<h2>Cells and Fmax</h2>\n{image('cells and Fmax by board', drawn)}")
    for family, rows in _by_family(value):
        kinds = _kinds(rows)
        cells = table(_cell_rows(rows, kinds), ("board", *kinds))
        sections.append(f"<h2>Cells of {FAMILIES[family].title}</h2>\n{cells}")
    return page(f"{value['recipe']} on every board", _NOTE, sections)


def _bars(head: Sequence[str]) -> list[str]:
    return [_line(head), f"|{'---|' * len(head)}"]


def _line(words: Sequence[str]) -> str:
    return f"| {' | '.join(words)} |"


def _words(row: Row) -> tuple[str, ...]:
    if row["status"] != "built":
        return (row["board"], f"{row['status']}: {row['why']}") + ("",) * (len(_HEAD) - 2)
    fmax = row["fmax_mhz"]
    star = "" if fmax["trusted"] else "*"
    return (
        row["board"],
        f"{row['used']:,}",
        f"{row['capacity']:,} {row['unit']}",
        f"{row['core']:,}",
        f"{fmax['best']:.1f}{star}",
        f"{fmax['median']:.1f}",
        f"{fmax['lowest']:.1f} of {fmax['seeds']}",
        f"{row['clock_mhz']:.2f}",
        f"{row['latency_cycles']} cycle{'s' if row['latency_cycles'] > 1 else ''},"
        f" {row['latency_ns']:,.0f} ns",
    )


def _by_family(value: dict[str, Any]) -> list[tuple[str, list[Row]]]:
    """The rows that were built, families in the order of the table."""
    built = [row for row in value["boards"] if row["status"] == "built"]
    families = dict.fromkeys(row["family"] for row in built)
    return [(family, [row for row in built if row["family"] == family]) for family in families]


def _kinds(rows: Iterable[Row]) -> list[str]:
    return sorted({kind for row in rows for kind in row["cells"]})


def _cell_rows(rows: Iterable[Row], kinds: Sequence[str]) -> list[tuple[str, ...]]:
    return [(row["board"], *(f"{row['cells'].get(kind, 0):,}" for kind in kinds)) for row in rows]


def plot_boards(value: dict[str, Any]) -> bytes | None:
    """Cells and Fmax of every board that was built, a pair of plots for each family; None where
    none was built."""
    families = _by_family(value)
    if not families:
        return None
    heights = [len(rows) + 1.6 for _, rows in families]
    chart = Figure(figsize=(9.0, 0.36 * sum(heights) + 0.5), dpi=130, layout="constrained")
    axes = chart.subplots(len(families), 2, squeeze=False, height_ratios=heights)
    fastest = max(row["fmax_mhz"]["best"] for _, rows in families for row in rows)
    for (cells, speed), (family, rows) in zip(axes, families, strict=True):
        title = FAMILIES[family].title
        cells.set_title(f"{title}: cells", loc="left", fontsize=9.5, fontweight="bold")
        _plot_cells(cells, rows)
        _plot_speed(speed, rows)
        speed.set_xlim(0, 1.1 * fastest)
        trusted = "" if FAMILIES[family].timing_trusted else " (not trusted)"
        speed.set_title(f"Fmax{trusted}", loc="left", fontsize=9.5, fontweight="bold")
    tidy(axes[-1][1], "MHz (dot: median, bar: all seeds, line: the board's clock)")
    return png(chart)


def _plot_cells(axes: Axes, rows: Sequence[Row]) -> None:
    """The core and all else of each design, and what share of the device that is."""
    names = [row["board"] for row in rows]
    used = [row["used"] for row in rows]
    core = [min(row["core"], row["used"]) for row in rows]
    axes.barh(names, used, color=LIGHT, edgecolor="#525252", linewidth=0.5)
    axes.barh(names, core, color=MIDDLE, edgecolor="#525252", linewidth=0.5)
    for at, row in enumerate(rows):
        text = f"{row['used']:,}, {row['used'] / row['capacity']:.0%} of {row['capacity']:,}"
        axes.annotate(text, (row["used"], at), (4, 0), textcoords="offset points", va="center",
                      fontsize=8)  # fmt: skip
    axes.invert_yaxis()
    axes.set_xlim(0, 1.75 * max(used))
    tidy(axes, f"{rows[0]['unit']} (dark: the core, measured alone)")


def _plot_speed(axes: Axes, rows: Sequence[Row]) -> None:
    for at, row in enumerate(rows):
        fmax, clock = row["fmax_mhz"], row["clock_mhz"]
        axes.plot([fmax["lowest"], fmax["best"]], [at, at], color=LIGHT, linewidth=5)
        axes.plot([clock, clock], [at - 0.35, at + 0.35], color="#525252", linewidth=1.5)
        shade = DARK if fmax["trusted"] else FREE
        axes.scatter([fmax["median"]], [at], color=shade, edgecolors=DARK, s=28, zorder=3)
        axes.annotate(f"{fmax['median']:.0f}", (fmax["best"], at), (6, 0),
                      textcoords="offset points", va="center", fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(rows)), [""] * len(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    tidy(axes)
