"""Checking a melted graph on the vectors that PyTorch wrote, step by step where it has states."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays
from gen.files import DAMAGE, FileDamaged
from gen.intnet.network import IntNet
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import MeltError, registers

__all__ = ["check_vectors"]

Rows = NDArray[np.uint8]


def check_vectors(net: IntNet, sections: Graph, path: Path) -> str:
    """Compare the joined graph with a vector file; how many rows were simulated.

    Raises MeltError at the first output that differs, FileDamaged where the file is none.
    """
    flat = flatten(sections)
    given, wanted = _read(path)
    states = len(registers(net))
    shape = flat.n_inputs - states, len(flat.outputs) - states
    if (given.shape[1], wanted.shape[1]) != shape:
        raise MeltError(
            f"{path}: vectors of {given.shape[1]} inputs and {wanted.shape[1]} outputs, the graph"
            f" has {shape[0]} and {shape[1]}; make the vectors again"
        )
    got = _run_steps(flat, given, states) if states else evaluate(flat, given)
    wrong = np.argwhere(got != wanted)
    if len(wrong):
        row, column = wrong[0].tolist()
        raise MeltError(
            f"{path}: {flat.output_names[column]} is {wanted[row, column]} at vector {row}, the"
            f" graph says {got[row, column]}; `python -m gen vectors` makes the vectors again, and"
            " where they say the same melting has a defect"
        )
    return f"simulated {len(given):,}"


def _read(path: Path) -> tuple[Rows, Rows]:
    file = read_arrays(path)
    try:
        given = _unpacked(file["inputs"], int(file["n_in"]))
        wanted = _unpacked(file["outputs"], int(file["n_out"]))
    except DAMAGE as error:
        raise FileDamaged(f"{path}: not a vector file ({error}); make it again") from None
    if not len(given) or len(given) != len(wanted):
        raise FileDamaged(f"{path}: {len(given)} inputs and {len(wanted)} outputs; make it again")
    return given, wanted


def _unpacked(packed: Rows, count: int) -> Rows:
    if packed.ndim != 2 or packed.shape[1] != -(-count // 8):
        raise ValueError(f"rows of shape {packed.shape} for {count} bits")
    return np.unpackbits(packed, axis=1, count=count, bitorder="little")


def _run_steps(flat: Graph, given: Rows, states: int) -> Rows:
    """Outputs (rows, outputs) of rows that follow each other, a sequence starting at each reset.

    The last input bit is "reset". Sequences run side by side, a step of all at a time.
    """
    starts = np.flatnonzero(given[:, -1])
    ends = np.append(starts[1:], len(given))
    if not len(starts) or starts[0]:
        raise MeltError("the vectors do not begin with a reset; make the vectors again")
    got = np.zeros((len(given), len(flat.outputs) - states), dtype=np.uint8)
    held = np.zeros((len(starts), states), dtype=np.uint8)
    for step in range(int((ends - starts).max())):
        live = starts + step < ends
        rows = starts[live] + step
        answer = evaluate(flat, np.concatenate([given[rows], held[live]], axis=1))
        got[rows], held[live] = answer[:, :-states], answer[:, -states:]
    return got
