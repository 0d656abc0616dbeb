"""Whether a network can fit a board at all, said before the work of hours.

Nothing here is the judge of what fits: that is the count of packed cells, at the end. What is
refused is far beyond it.
"""

from pathlib import Path
from typing import Any

from boards.build.core import DoesNotFit, is_shared
from boards.table.board import Board
from boards.table.families import MEMORY
from gen.files import read_json, reading

__all__ = ["MOST_GATES", "check_room"]

MOST_GATES = 25
"""Gates of a melted graph for each cell of the board. Networks of `make bench` come out at 2 to 13
gates a LUT, the most an encoder whose comparators became few."""


def check_room(board: Board, path: Path) -> str:
    """A line about a melted network (melted.json) or a time-shared core (core.json) on a board.

    Raises DoesNotFit where there is no room for it, with both numbers and what to do.
    """
    value = read_json(path)
    with reading(path):
        return _check_shared(board, value) if is_shared(value) else _check_gates(board, value)


def _check_gates(board: Board, melted: dict[str, Any]) -> str:
    gates, unit = int(melted["ands"]), board.kind.unit
    least = gates // MOST_GATES
    said = f"{gates:,} gates; {board.title} has {board.capacity:,} {unit}"
    if least > board.capacity:
        raise DoesNotFit(
            f"{said}: {gates // board.capacity} gates for each, where simplified networks have 2 to"
            " 13: choose a larger board (make boards), or let the neurons take turns (make synth"
            " FORM=shared)"
        )
    return said


def _check_shared(board: Board, core: dict[str, Any]) -> str:
    program = core["program"]
    bits, has = int(program["bits"]), board.memory
    if program["in"] != "block RAM" or has is None:
        return f"a program of {bits:,} bits in {program['in']}"
    said = f"a program of {bits:,} bits; {board.title} has {has:,} bits of block RAM"
    if bits > has:
        enough = ", ".join(name for name, size in MEMORY.items() if size >= bits * 1.25)
        raise DoesNotFit(
            f"{said}: choose a board that has as much"
            f"{f' (one with {enough}; make boards)' if enough else ''}, or train fewer weights"
        )
    return said
