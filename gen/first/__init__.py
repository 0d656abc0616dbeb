"""A first recipe for data of one's own: encoders and a size are chosen, and reasons given."""

from gen.first.boards import all_boards, find_board
from gen.first.recipe import FirstError, Wish, first_recipe

__all__ = ["FirstError", "Wish", "all_boards", "find_board", "first_recipe"]
