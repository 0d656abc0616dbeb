"""A first recipe for data of one's own: encoders and a size are chosen, and reasons given."""

from boards.table import find_board
from gen.first.recipe import FirstError, Wish, first_recipe

__all__ = ["FirstError", "Wish", "find_board", "first_recipe"]
