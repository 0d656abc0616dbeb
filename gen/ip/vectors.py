"""Test vectors as hex: what PyTorch answered, for `$readmemh`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen.arrays import read_arrays
from gen.errors import SmeltError
from gen.files import reading

__all__ = ["MOST", "Vectors", "VectorsWrong", "hex_lines", "read_vectors"]

MOST = 512
"""Vectors that a bench goes through, where there are so many."""


class VectorsWrong(SmeltError):
    """Test vectors are not those of the core."""


@dataclass(frozen=True)
class Vectors:
    """Inputs and answers as whole numbers, bit i being bit i of x or y, in the order in which they
    are to be sent."""

    x: tuple[int, ...]
    y: tuple[int, ...]


def read_vectors(path: Path, n_in: int, n_out: int, most: int = MOST) -> Vectors:
    """As many vectors of vectors.npz as there are up to `most`, spread over the test set and the
    random ones; of a recurrent network the first sequences of each. Raises FileDamaged, or
    VectorsWrong where they are of another core."""
    file = read_arrays(path)
    with reading(path, "a vectors file"):
        x, y = file["inputs"], file["outputs"]
        widths = int(file["n_in"]), int(file["n_out"])
        steps, tests = int(file["steps"]) if "steps" in file else 1, int(file["n_test"])
        if not len(x) or len(x) != len(y):
            raise ValueError(f"{len(x)} rows of inputs, {len(y)} of outputs")
    if widths != (n_in, n_out):
        raise VectorsWrong(
            f"{path}: holds vectors of {widths[0]} inputs and {widths[1]} outputs; the core has"
            f" {n_in} and {n_out}: make both with the same OUTPUTS"
        )
    rows = _spread(len(x), min(tests, len(x)), steps, most)
    return Vectors(_numbers(x, rows, n_in), _numbers(y, rows, n_out))


def _spread(count: int, tests: int, steps: int, most: int) -> list[int]:
    """Whole sequences, half of them of the test set where there is enough of both."""
    parts = [range(0, tests, steps), range(tests, count, steps)]
    room = max(1, most // steps)
    sizes = [min(len(parts[0]), max(room // 2, room - len(parts[1]))), 0]
    sizes[1] = min(len(parts[1]), room - sizes[0])
    starts = [
        part[at * len(part) // size]
        for part, size in zip(parts, sizes, strict=True)
        for at in range(size)
    ]
    return [start + step for start in starts for step in range(min(steps, count - start))]


def _numbers(packed: np.ndarray, rows: list[int], bits: int) -> tuple[int, ...]:
    mask = (1 << bits) - 1
    return tuple(int.from_bytes(packed[row].tobytes(), "little") & mask for row in rows)


def hex_lines(numbers: tuple[int, ...], bits: int) -> str:
    """A line for each number, all of one length."""
    return "".join(f"{one:0{-(-bits // 4)}x}\n" for one in numbers)
