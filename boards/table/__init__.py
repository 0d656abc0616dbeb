"""The boards: entries, families, own boards, programmers. One's own board file imports this."""

from boards.table.board import Board, BoardError, Serial
from boards.table.entries import BOARDS, find_board

__all__ = ["BOARDS", "Board", "BoardError", "Serial", "find_board"]
