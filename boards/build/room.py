"""Whether a network can fit a board at all, said before the work of hours.

Nothing here is the judge of what fits: that is the count of packed cells, at the end. What is
refused is far beyond it.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from boards.build.core import DoesNotFit, is_shared
from boards.table.board import Board
from boards.table.families import MEMORY
from gen.files import read_json, reading

__all__ = ["MOST_GATES", "check_room", "least_blocks"]

BLOCK = 4096
"""Bits of a block RAM of an iCE40."""
SPARE = 1
"""Blocks that synthesis may save: bits that are the same in every word need none."""

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
    memories = [(int(words), int(width)) for words, width in program.get("memories", ())]
    blocks = sum(least_blocks(words, width) for words, width in memories)
    if bits <= has and (board.family != "ice40" or blocks <= has // BLOCK + SPARE):
        return said
    taken = f", in blocks of which it takes {blocks}" if bits <= has else ""
    larger = [name for name, size in MEMORY.items() if size >= max(bits * 1.25, has + 1)]
    such = f" (one with {', '.join(larger)}; make boards)" if larger else ""
    raise DoesNotFit(
        f"{said}{taken}: choose a board that has as much{such}, or train fewer weights"
    )


@lru_cache(maxsize=4096)
def least_blocks(words: int, width: int) -> int:
    """The fewest block RAMs of an iCE40 that hold so many words of `width` bits: columns of 16, 8,
    4 or 2 bits side by side, each as deep as it must be."""
    if width <= 0:
        return 0
    return min(
        -(-words // (BLOCK // column)) + least_blocks(words, width - column)
        for column in (16, 8, 4, 2)
    )
