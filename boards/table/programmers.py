"""Programmers: the programs that write a bitstream into a board, and which of them is installed."""

from boards.table.board import Board
from gen.tools import (
    DFU_UTIL,
    ECPDAP,
    FUJPROG,
    ICEPROG,
    ICESPROG,
    OPENFPGALOADER,
    TINYPROG,
    Tool,
)

__all__ = ["PROGRAMMERS", "find_programmer"]

# Programmers by the name that the board table gives them; its options say what each writes.
PROGRAMMERS: dict[str, Tool] = {
    "dfu-util": DFU_UTIL,
    "ecpdap": ECPDAP,
    "fujprog": FUJPROG,
    "iceprog": ICEPROG,
    "icesprog": ICESPROG,
    "openFPGALoader": OPENFPGALOADER,
    "tinyprog": TINYPROG,
}


def find_programmer(board: Board) -> tuple[str, Tool, tuple[str, ...]] | None:
    """The first of the board's programmers that is installed: its name, and its options."""
    for name, *options in board.programmers:
        if PROGRAMMERS[name].present():
            return name, PROGRAMMERS[name], tuple(options)
    return None
