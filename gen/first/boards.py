"""The boards that a recipe may be for."""

from boards.table import BOARDS, Board, find_board

__all__ = ["all_boards", "find_board"]


def all_boards(first: str | None = None) -> list[Board]:
    """Every board of the table, and before them the one called `first`, or of that file."""
    boards = list(BOARDS.values())
    if first is None:
        return boards
    board = find_board(first)
    return [board, *(one for one in boards if one.name != board.name)]
