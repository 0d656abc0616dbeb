"""A timing diagram of the core as SVG: no fonts, scripts or files beside it."""

from dataclasses import dataclass
from html import escape

__all__ = ["timing_svg"]

CYCLE, HIGH, ROW, LEFT, SLOPE = 56, 22, 40, 84, 5
MOST = 6
"""Cycles of latency that are drawn; of more, some are left out."""
LINE = 'fill="none" stroke="#1a1a1a" stroke-width="1.4"'
FILLS = ("#cfe3f7", "#fbe3c0", "#d8efd3")


@dataclass(frozen=True)
class _Row:
    """A signal: for each half cycle "0" or "1", or for each cycle a value's name or nothing."""

    name: str
    levels: str = ""
    values: tuple[str, ...] = ()


def timing_svg(name: str, latency: int, first: int | None = None) -> str:
    """Two vectors in a row and one after a gap, and their answers `latency` cycles later; `first`
    is the bit of x that starts a sequence, if there is one."""
    drawn = min(latency, MOST)
    cycles = drawn + 6
    sent = {1: "a", 2: "b", 4: "c"}
    rows = [
        _Row("clk", "10" * cycles),
        _Row("x_valid", "".join("11" if at in sent else "00" for at in range(cycles))),
        _Row("x", values=tuple(sent.get(at, "") for at in range(cycles))),
    ]
    if first is not None:
        starts = "".join("11" if at == 1 else "00" for at in range(cycles))
        rows.append(_Row(f"x[{first}]", starts))
    answers = {at + drawn: f"f({letter})" for at, letter in sent.items()}
    valid = "".join("11" if at in answers else "00" for at in range(cycles))
    given = tuple(answers.get(at, "") for at in range(cycles))
    rows += [_Row("y_valid", valid), _Row("y", values=given)]
    return _drawn(name, rows, cycles, latency, drawn)


def _drawn(name: str, rows: list[_Row], cycles: int, latency: int, drawn: int) -> str:
    width, height = LEFT + cycles * CYCLE + 16, 34 + len(rows) * ROW + 34
    title = f"{name}: y_valid and y come {latency} cycle{'s' if latency > 1 else ''} after x"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for at in range(cycles + 1):
        x = LEFT + at * CYCLE
        parts.append(f'<path d="M{x} 26V{height - 34}" stroke="#d9d9d9" stroke-width="1"/>')
    for number, row in enumerate(rows):
        parts += _row(row, 34 + number * ROW)
    parts += _arrow(LEFT + CYCLE, drawn, latency, height - 14)
    if drawn < latency:
        # The break is where nothing of the first vector is seen to happen.
        parts += _break(LEFT + 5 * CYCLE + CYCLE // 2, height - 34)
    return "\n".join([*parts, "</svg>", ""])


def _row(row: _Row, top: int) -> list[str]:
    base = top + HIGH
    parts = [f'<text x="{LEFT - 10}" y="{base - 6}" text-anchor="end">{escape(row.name)}</text>']
    if row.values:
        return [*parts, *_values(row.values, top, base)]
    half, points = CYCLE // 2, []
    for at, level in enumerate(row.levels):
        y = top if level == "1" else base
        points += [f"{LEFT + at * half},{y}", f"{LEFT + (at + 1) * half},{y}"]
    return [*parts, f'<polyline points="{" ".join(points)}" {LINE}/>']


def _values(values: tuple[str, ...], top: int, base: int) -> list[str]:
    parts, middle, colour = [], (top + base) // 2, 0
    for at, value in enumerate(values):
        left, right = LEFT + at * CYCLE, LEFT + (at + 1) * CYCLE
        if not value:
            parts.append(
                f'<path d="M{left} {top}H{right}V{base}H{left}Z" fill="#eeeeee" stroke="none"/>'
            )
            continue
        shape = (
            f"M{left} {middle}L{left + SLOPE} {top}H{right - SLOPE}L{right} {middle}"
            f"L{right - SLOPE} {base}H{left + SLOPE}Z"
        )
        parts.append(
            f'<path d="{shape}" fill="{FILLS[colour % len(FILLS)]}" stroke="#1a1a1a"'
            ' stroke-width="1.4"/>'
            f'<text x="{(left + right) // 2}" y="{base - 6}" text-anchor="middle">{value}</text>'
        )
        colour += 1
    return parts


def _arrow(start: int, drawn: int, latency: int, y: int) -> list[str]:
    """From the cycle of the first vector to that of its answer."""
    first, last = start + CYCLE // 2, start + drawn * CYCLE + CYCLE // 2
    words = f"{latency} cycle{'s' if latency > 1 else ''}"
    return [
        f'<path d="M{first} {y}H{last}M{last - 6} {y - 4}L{last} {y}L{last - 6} {y + 4}" {LINE}/>',
        f'<text x="{last + 8}" y="{y + 4}">{words}</text>',
    ]


def _break(x: int, bottom: int) -> list[str]:
    """Cycles that are left out."""
    wave = "q5 5 0 10q-5 5 0 10" * ((bottom - 26) // 20)
    return [
        f'<path d="M{x - 4} 26{wave}h8V26Z" fill="#ffffff" stroke="none"/>',
        f'<path d="M{x - 4} 26{wave}" {LINE}/>',
        f'<path d="M{x + 4} 26{wave}" {LINE}/>',
    ]
