"""Standard delay format (IEEE 1497) as nextpnr writes it with --sdf: all delays of a routed design.

Three kinds of entries matter: IOPATH is a delay through a cell, INTERCONNECT one along a wire, and
SETUPHOLD what an input needs before its clock. Of minimum, typical and maximum the last is read,
of rising and falling the larger.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gen.files import DAMAGE, FileDamaged

__all__ = ["Delays", "Pin", "read_sdf"]

Pin = tuple[str, str]
"""A cell's name and its port."""

TOKEN = re.compile(r'"[^"]*"|[()]|(?:\\.|[^\s()"\\])+')


@dataclass
class Delays:
    """Nanoseconds: `arcs` through cells and `wires` between them by (from, to), `setups` by (input,
    its clock). `kinds` are the types of the cells that have any."""

    kinds: dict[str, str] = field(default_factory=dict)
    arcs: dict[tuple[Pin, Pin], float] = field(default_factory=dict)
    wires: dict[tuple[Pin, Pin], float] = field(default_factory=dict)
    setups: dict[tuple[Pin, Pin], float] = field(default_factory=dict)


def read_sdf(path: Path) -> Delays:
    """Read a file; raises FileDamaged where it is missing, cut short, or of another kind."""
    made = Delays()
    try:
        tree = _tree(path.read_text(encoding="utf-8"))
        if tree[0] != "DELAYFILE" or ["TIMESCALE", "1ps"] not in tree:
            raise ValueError("no DELAYFILE in steps of 1ps")
        for entry in tree:
            if entry[0] == "CELL":
                _take_cell(made, entry[1:])
    except (OSError, *DAMAGE) as error:
        raise FileDamaged(
            f"{path}: not the delays that nextpnr writes ({type(error).__name__}: {error});"
            " build again"
        ) from None
    return made


def _tree(text: str) -> list[Any]:
    """The file's nested parentheses as lists of words."""
    stack: list[list[Any]] = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError("parentheses do not match")
    tree: list[Any] = stack[0][0]
    return tree


def _take_cell(made: Delays, entries: list[Any]) -> None:
    head = {entry[0]: entry for entry in entries}
    cell = _plain(head["INSTANCE"][1]) if len(head["INSTANCE"]) > 1 else ""
    made.kinds[cell] = head["CELLTYPE"][1].strip('"')
    for absolute in head.get("DELAY", [])[1:]:
        for kind, start, end, *values in absolute[1:]:
            if kind == "IOPATH":
                _keep(made.arcs, (cell, _port(start)), (cell, _port(end)), values)
            elif kind == "INTERCONNECT":
                _keep(made.wires, _pin(start), _pin(end), values)
            else:
                raise ValueError(f"{kind} is not read")
    for kind, data, clock, setup, _ in head.get("TIMINGCHECK", [])[1:]:
        if kind != "SETUPHOLD":
            raise ValueError(f"{kind} is not read")
        _keep(made.setups, (cell, _port(data)), (cell, _port(clock)), [setup])


def _keep(kept: dict[tuple[Pin, Pin], float], start: Pin, end: Pin, values: list[Any]) -> None:
    """Keep the largest of an entry's values, and of what is kept of these pins."""
    delay = max(_picoseconds(values)) / 1000
    kept[start, end] = max(delay, kept.get((start, end), delay))


def _picoseconds(values: list[Any]) -> Iterator[float]:
    for (value,) in values:
        yield float(value.split(":")[-1])


def _port(word: Any) -> str:
    """A port, alone or with an edge."""
    return str(word[-1]) if isinstance(word, list) else str(word)


def _pin(word: str) -> Pin:
    cell, _, port = word.rpartition("/")
    return _plain(cell), port


def _plain(name: str) -> str:
    """A name without the escapes of the format."""
    return re.sub(r"\\(.)", r"\1", name)
