"""The vectors that PyTorch wrote, as integers to drive and compare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen.arrays import read_arrays
from gen.errors import SmeltError
from gen.files import FileDamaged

__all__ = ["Vectors", "VectorsDamaged", "load_vectors"]

PREFIX = 3  # steps that are given before a network writes by itself
COUNTS = ("n_in", "n_out", "n_test")


class VectorsDamaged(SmeltError):
    """A vectors file is missing, cut short, or does not fit the core."""


@dataclass(frozen=True)
class Vectors:
    """Chosen rows of a vectors file.

    `inputs` and `outputs` are integers whose bit j is input or output bit j; `rows` are the rows
    in the file; rows from `n_test` on are random, the ones before are the test set. `written`, of a
    network that can generate, are pairs of the inputs of some steps and what follows on these: the
    first bytes of the outputs, from the last of these steps on.
    """

    n_in: int
    n_out: int
    n_test: int
    rows: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    written: tuple[tuple[tuple[int, ...], bytes], ...] = ()
    steps: int = 1

    @property
    def random(self) -> int:
        """How many of the chosen rows are random vectors."""
        return sum(row >= self.n_test for row in self.rows)


def load_vectors(path: Path, limit: int | None = None, seed: int = 0) -> Vectors:
    """Read a vectors file; `limit` takes that many rows, drawn with `seed`, in the file's order.

    Half of a draw is from the test set and half random, where there are enough of each. Rows of a
    recurrent network come as whole sequences, as many as hold that many rows at most.
    Raises VectorsDamaged with what is wrong in the file.
    """
    if not path.is_file():
        raise VectorsDamaged(f"{path}: no such file; `python -m gen vectors` makes it")
    content = {"steps": np.array(1), "written": np.zeros((0, 1), np.uint8)}
    try:
        content |= read_arrays(path)
    except FileDamaged as error:
        raise VectorsDamaged(str(error)) from None
    lacking = [name for name in ("inputs", "outputs", *COUNTS) if name not in content]
    if lacking:
        raise VectorsDamaged(
            f"{path}: not a vectors file (it has no {lacking[0]!r}); `python -m gen vectors`"
            " makes it again"
        )
    written = content["written"]
    n_in, n_out, n_test = (_count(path, name, content[name]) for name in COUNTS)
    steps = _count(path, "steps", content["steps"])
    inputs = _checked(path, "inputs", content["inputs"], n_in)
    outputs = _checked(path, "outputs", content["outputs"], n_out)
    if len(inputs) != len(outputs) or not len(inputs):
        raise VectorsDamaged(
            f"{path}: {len(inputs)} rows of inputs and {len(outputs)} of outputs;"
            " make it again with `python -m gen vectors`"
        )
    rows = _choose(len(inputs), min(n_test, len(inputs)), limit, seed)
    if steps > 1:
        rows = _whole_sequences(rows, steps)
    return Vectors(
        n_in,
        n_out,
        n_test,
        tuple(rows),
        _integers(inputs, rows, n_in),
        _integers(outputs, rows, n_out),
        tuple(_written(path, written, inputs, steps, n_in)),
        steps,
    )


def _count(path: Path, name: str, value: Any) -> int:
    if value.shape != () or not np.issubdtype(value.dtype, np.integer) or value < 0:
        raise VectorsDamaged(f"{path}: {name} is {value!r}, not a count")
    return int(value)


def _checked(path: Path, name: str, rows: Any, bits: int) -> Any:
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != -(-bits // 8):
        raise VectorsDamaged(
            f"{path}: {name} is {rows.dtype} {rows.shape}; {bits} bits are"
            f" uint8 (rows, {-(-bits // 8)})"
        )
    return rows


def _choose(rows: int, n_test: int, limit: int | None, seed: int) -> Sequence[int]:
    if limit is None or limit >= rows:
        return range(rows)
    if limit < 1:
        raise VectorsDamaged(f"limit is {limit}; at least 1 vector is needed")
    tests = min(n_test, max(-(-limit // 2), limit - (rows - n_test)))
    draw = np.random.default_rng(seed)
    chosen = draw.choice(n_test, tests, replace=False).tolist()
    chosen += (n_test + draw.choice(rows - n_test, limit - tests, replace=False)).tolist()
    return sorted(chosen)


def _whole_sequences(rows: Sequence[int], steps: int) -> Sequence[int]:
    """As many rows, or a few more for one sequence, that make whole sequences of those drawn."""
    drawn = list(dict.fromkeys(row // steps for row in rows))
    count = max(1, len(rows) // steps)
    taken = drawn[:: max(1, len(drawn) // count)][:count]
    return [sequence * steps + step for sequence in taken for step in range(steps)]


def _written(
    path: Path, written: Any, inputs: Any, steps: int, n_in: int
) -> Iterator[tuple[tuple[int, ...], bytes]]:
    if written.dtype != np.uint8 or written.ndim != 2 or len(written) * steps > len(inputs):
        raise VectorsDamaged(
            f"{path}: written is {written.dtype} {written.shape}, for {len(inputs)} rows of"
            f" {steps} steps; make it again with `python -m gen vectors`"
        )
    for number, row in enumerate(written):
        given = range(number * steps, number * steps + min(steps, PREFIX))
        yield _integers(inputs, given, n_in), row.tobytes()


def _integers(packed: Any, rows: Sequence[int], bits: int) -> tuple[int, ...]:
    mask = (1 << bits) - 1
    return tuple(int.from_bytes(packed[row].tobytes(), "little") & mask for row in rows)
