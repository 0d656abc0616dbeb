"""Names, letter by letter: what comes next?

The 32,033 given names of makemore (A. Karpathy, 2022, MIT licence), one a line, of the letters a
to z. A sample is a name: symbol 0 starts it, letter k of the alphabet is symbol k, and the label of
each step is the symbol that follows, 0 after the last letter. Steps after that hold 0 and have no
label (-1).
"""

import numpy as np

from gen.data.errors import DataError
from gen.data.published.fetch import Source, fetch

__all__ = ["ALPHABET", "NAMES", "STEPS", "read_names", "spell"]

ALPHABET = ".abcdefghijklmnopqrstuvwxyz"
STEPS = 12
"""Of a sample; the 67 names of more than 11 letters are left out."""
LEAST = 4
"""Names: a quarter is for testing."""
NAMES = Source(
    "text",
    "names.txt",
    "https://raw.githubusercontent.com/karpathy/makemore/master/",
    "401b3c4cac9e28a586ed15e81256680d",
    "names.txt of makemore",
)


def read_names() -> list[str]:
    """The names of up to 11 letters, in the file's order. Raises DataError."""
    text = fetch(NAMES).decode("ascii", errors="replace")
    found = [name for name in text.split() if len(name) < STEPS]
    if len(found) < LEAST:
        raise DataError(
            f"{NAMES.name}: {len(found)} names of up to {STEPS - 1} letters; {LEAST} are needed"
        )
    return found


def spell(names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Symbols float64 and labels int64, each (n, STEPS). Raises DataError for another letter, and
    for a name that is too long."""
    symbols = np.zeros((len(names), STEPS), np.float64)
    labels = np.full((len(names), STEPS), -1, np.int64)
    for row, name in enumerate(names):
        found = [ALPHABET.find(letter, 1) for letter in name]
        if min(found, default=-1) < 0 or len(name) >= STEPS:
            raise DataError(f"name {name!r}: expected 1 to {STEPS - 1} letters a to z")
        symbols[row, 1 : 1 + len(name)] = found
        labels[row, : 1 + len(name)] = [*found, 0]
    return symbols, labels
