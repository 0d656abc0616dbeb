"""The table of boards as a person reads it, as JSON, and as the Makefile reads it."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boards.table.entries import Board
from boards.table.programmers import find_programmer

__all__ = ["board_key", "describe", "make_lines", "table_lines"]


def describe(board: Board) -> dict[str, Any]:
    """What a board is and what of its programs is here."""
    programmer = find_programmer(board)
    rx, tx = _link_pins(board)
    missing = [tool.names[0] for tool in board.kind.tools if not tool.present()]
    return {
        "name": board.name,
        "title": board.title,
        "family": board.family,
        "device": board.device,
        "package": board.package,
        "capacity": board.capacity,
        "unit": board.kind.unit,
        "clock_hz": board.clock_hz,
        "link": {"rx": rx, "tx": tx, "baud": board.baud},
        "programmer": programmer[0] if programmer else None,
        "programmers": [name for name, *_ in board.programmers],
        "tools_missing": missing,
        "timing_trusted": board.kind.timing_trusted,
        "notes": board.notes,
    }


def _link_pins(board: Board) -> tuple[str, str]:
    """The package's pins of the serial port: into the FPGA, and out of it."""
    port = board.make_platform().request(board.uart, 0, dir="-")
    return port.rx.io.metadata[0].name, port.tx.io.metadata[0].name


def table_lines(boards: Sequence[Board]) -> list[str]:
    """An aligned table with a heading; notes follow it."""
    head = ("board", "device", "package", "capacity", "clock", "link rx, tx", "programmer", "tools")
    rows = [head, *(_row(describe(board)) for board in boards)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [*lines, *(f"{board.name}: {board.notes}" for board in boards if board.notes)]


def _row(value: dict[str, Any]) -> tuple[str, ...]:
    names = value["programmers"]
    found = value["programmer"]
    return (
        value["name"],
        value["device"],
        value["package"],
        f"{value['capacity']:,} {value['unit']}",
        f"{value['clock_hz'] / 1e6:g} MHz",
        f"{value['link']['rx']}, {value['link']['tx']}",
        found or f"{names[0]} (not found)",
        "fetched when asked for" if value["tools_missing"] else "installed",
    )


def make_lines(board: Board, source: Path | None = None) -> list[str]:
    """Makefile variables: the family, the stamp of the tools that it needs besides, the clock, the
    device, and what the board is in one word. `source` is the file of one's own board."""
    tools = f" $(VENV)/.{board.family}" if board.kind.fetched else ""
    khz = round(board.clock_hz / 1000)
    return [
        f"FAMILY := {board.family}",
        f"TOOLS :={tools}",
        f"CLOCK_KHZ := {khz}",
        f"DEVICE := {board.device}",
        f"BOARD_KEY := {board_key(board, source)}",
    ]


def board_key(board: Board, source: Path | None = None) -> str:
    """What decides a board's part of a build, as a digest: its entry or, of one's own, its file,
    its platform's pins and the file that the platform is defined in."""
    if source is None:
        return hashlib.sha256(repr(board).encode()).hexdigest()[:16]
    platform = board.make_platform()
    module = sys.modules.get(type(platform).__module__)
    parts = [source.read_bytes()]
    if module is not None and module.__file__:
        parts.append(Path(module.__file__).read_bytes())
    parts.append(repr([*platform.resources.items()]).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
