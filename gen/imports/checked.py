"""A model's own answers against those of the network made of it, and kept with it."""

from dataclasses import replace
from typing import Any

import numpy as np

from gen.arrays import read_arrays
from gen.data.care import groups_of, random_bits
from gen.data.encode import encoder_from_dict
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported, Rows
from gen.imports.said import Said
from gen.intnet.interpret import bits_to_codes, codes_to_bits, interpret
from gen.intnet.network import Integers, IntNet, code_range
from gen.intnet.recorded import check_recorded, recorded_bits

__all__ = ["checked", "read_rows"]

MOST_ROWS, MOST_DRAWN = 10_000, 100
"""Rows whose answers are kept in the network's file: those of a test set, and random ones."""
MOST_BITS = 1 << 25
"""Input bits of all random rows."""


def checked(imported: Imported, said: Said, count: int) -> tuple[IntNet, str]:
    """The network with recorded answers of the model's own runtime, and a line about them.

    Every score is compared on the rows that are said (else the model's own), and on `count` random
    inputs within the care set. A network's own format has no other runtime: what it records is
    compared. Raises ImportRefused, or NetError, at the first that differs.
    """
    if imported.runtime is None:
        _check_valid(imported.net, recorded_bits(imported.net), "meta: recorded inputs")
        return imported.net, check_recorded(imported.net) or "no recorded scores"
    rows = imported.rows if said.check is None else read_rows(said, imported.net)
    return _compared(imported, rows, count, said.seed)


def _compared(imported: Imported, known: Rows | None, count: int, seed: int) -> tuple[IntNet, str]:
    assert imported.runtime is not None
    net = imported.net
    drawn = _drawn(net, min(count, max(1, MOST_BITS // (net.n_inputs * net.input_bits))), seed)
    if known is not None:
        _check_valid(net, _bits(net, known.codes), "row")
    given = drawn if known is None else np.concatenate([known.codes, drawn])
    wanted, found = imported.runtime(given), interpret(net, given)[net.score]
    wrong = np.flatnonzero((wanted != found).any(axis=1))
    if len(wrong):
        at = int(wrong[0])
        raise ImportRefused(
            f"row {at}: the model answers {wanted[at].tolist()}, the network made of it"
            f" {found[at].tolist()} (for inputs {_short(given[at].tolist())});"
            f" {imported.doubt or 'this is a defect of the importer'}: nothing was written"
        )
    held = 0 if known is None else len(known.codes)
    said = f"{held:,} rows and {len(drawn):,} random ones: every score is the model's own"
    labels = np.full(len(given), -1, np.int64)
    if known is not None:
        labels[:held] = known.labels
    kept = np.r_[: min(held, MOST_ROWS), held : held + min(len(drawn), MOST_DRAWN)]
    return _recorded(net, given[kept], wanted[kept], labels[kept]), said


def _check_valid(net: IntNet, bits: np.ndarray, what: str) -> None:
    """Raise ImportRefused for the first row of input bits that the care set says does not occur."""
    for kind, group in groups_of(net.meta.get("care")):
        part = bits[:, group].astype(bool)
        breaks = part.sum(axis=1) != 1
        if kind == "thermometer":
            breaks = (part[:, 1:] & ~part[:, :-1]).any(axis=1)
        for at in np.flatnonzero(breaks)[:1].tolist():
            raise ImportRefused(
                f"{what}[{at}]: bits {group[0]} to {group[-1]} are {part[at].astype(int).tolist()},"
                f" no {kind} code as `care` has it; correct the row, or leave `care` out"
            )


def _short(values: list[int]) -> str:
    """A list of integers, in its middle cut where it is long."""
    return str(values) if len(values) <= 40 else f"{str(values[:20])[:-1]}, ..., {values[-1]}]"


def read_rows(said: Said, net: IntNet) -> Rows:
    """The rows of the file to check with: `x` (rows, ...), flattened, integer codes or, where the
    network has an encoder, features; `y` (rows,), the classes, if it is there.

    Raises FileDamaged where it cannot be read, ImportRefused where its rows are not the network's.
    """
    assert said.check is not None
    arrays = read_arrays(said.check)
    if "x" not in arrays:
        raise ImportRefused(f"{said.check}: holds {', '.join(sorted(arrays))}; `x` is expected")
    x = arrays["x"]
    if not (x.ndim and x.size and x.dtype.kind in "biuf"):
        raise ImportRefused(f"{said.check}: x is {x.dtype} {x.shape}; rows of numbers are expected")
    x = x.reshape(len(x), -1)
    codes = _codes(x, net, str(said.check))
    labels = arrays.get("y", np.full(len(x), -1, np.int64))
    if labels.shape != (len(x),) or not np.issubdtype(labels.dtype, np.integer):
        raise ImportRefused(
            f"{said.check}: y is {labels.dtype} {labels.shape}, not {len(x)} classes"
        )
    if labels.min(initial=0) < -1:
        raise ImportRefused(f"{said.check}: y has {labels.min()}; classes from 0 on are expected")
    if labels.max(initial=0) >= max(2, net.n_classes):
        raise ImportRefused(
            f"{said.check}: y reaches {labels.max()}, and the model has {net.n_classes} classes"
        )
    return Rows(codes, labels.astype(np.int64))


def _codes(x: np.ndarray, net: IntNet, path: str) -> Integers:
    """Input codes of rows of a file."""
    encoder = net.meta.get("encoder")
    if encoder is not None:
        bits = encoder_from_dict(encoder).encode(x)
        return bits_to_codes(bits, net.input_bits, net.input_signed).astype(np.int64)
    low, high = code_range(1, net.input_bits, net.input_signed)
    if x.shape[1] != net.n_inputs:
        raise ImportRefused(f"{path}: rows of {x.shape[1]} values; the model takes {net.n_inputs}")
    wrong = np.argwhere(~((x >= low[0]) & (x <= high[0]) & (x == np.floor(x))))
    if len(wrong):
        row, at = wrong[0].tolist()
        raise ImportRefused(
            f"{path}: x[{row}, {at}] is {x[row, at]}; the model takes integers {low[0]} to"
            f" {high[0]}"
        )
    return x.astype(np.int64)


def _drawn(net: IntNet, count: int, seed: int) -> Integers:
    bits = random_bits(net.n_inputs * net.input_bits, count, seed, net.meta.get("care"))
    return bits_to_codes(bits, net.input_bits, net.input_signed).astype(np.int64)


def _bits(net: IntNet, codes: Integers) -> np.ndarray:
    return codes_to_bits(codes, net.input_bits)


def _recorded(net: IntNet, given: Integers, scores: Integers, labels: Integers) -> IntNet:
    """With the answers in `meta.recorded`, as `gen/intnet/FORMAT.md` has it."""
    packed = np.packbits(_bits(net, given), axis=1, bitorder="little")
    recorded: dict[str, Any] = {
        "inputs": [row.tobytes().hex() for row in packed],
        "scores": scores.tolist(),
        "labels": labels.tolist(),
    }
    return replace(net, meta=net.meta | {"recorded": recorded})
