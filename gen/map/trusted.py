"""Data-driven don't-cares: smaller netlists that are right on data, and a report of what changed.

Never used by default, and never called equivalent: off the data the function is another.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays
from gen.files import DAMAGE, FileDamaged
from gen.logic.evaluate import evaluate
from gen.map.dont_cares import on_data
from gen.map.netlist import Netlist

__all__ = ["Samples", "compare", "read_samples", "trust"]

RANDOM_VECTORS = 20_000
ROUNDS = 8

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Samples:
    """Inputs (vectors, bits), and true classes of the first of them, where known."""

    inputs: Bits
    labels: NDArray[np.int64]


def read_samples(path: Path, netlist: Netlist) -> Samples:
    """The labelled vectors of a vector file; FileDamaged where it is none or of another width."""
    file = read_arrays(path)
    try:
        labels = file["labels"].astype(np.int64)
        n_in, rows = int(file["n_in"]), file["inputs"][: len(labels)]
        inputs = np.unpackbits(rows, axis=1, count=n_in, bitorder="little")
    except DAMAGE as error:
        raise FileDamaged(f"{path}: not a vector file ({error}); make it again") from None
    if not len(labels) or n_in != netlist.n_inputs:
        raise FileDamaged(
            f"{path}: {len(labels)} labelled vectors of {n_in} bits; the netlist has"
            f" {netlist.n_inputs} inputs and one vector is needed"
        )
    return Samples(inputs, labels)


def trust(netlist: Netlist, samples: Bits) -> Netlist:
    """The smallest netlist found that answers the samples (vectors, inputs) as before."""
    for _ in range(ROUNDS):
        smaller = on_data(netlist, samples).netlist
        if len(smaller.cells) >= len(netlist.cells):
            break
        netlist = smaller
    return netlist


def compare(before: Netlist, after: Netlist, held_out: Samples, seed: int = 0) -> dict[str, Any]:
    """What the change costs: cells, accuracy on held-out vectors where the first output is a
    class, and how many answers changed there and on random inputs."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 2, (RANDOM_VECTORS, before.n_inputs), dtype=np.uint8)
    held = [evaluate(one.to_graph(), held_out.inputs) for one in (before, after)]
    loose = [evaluate(one.to_graph(), drawn) for one in (before, after)]
    right = [float((_classes(before, bits) == held_out.labels).mean()) for bits in held]
    return {
        "cells": [len(before.cells), len(after.cells)],
        "held_out": len(held_out.inputs),
        "accuracy": [round(one, 4) for one in right],
        "changed_held_out": int((held[0] != held[1]).any(axis=1).sum()),
        "random": RANDOM_VECTORS,
        "changed_random": int((loose[0] != loose[1]).any(axis=1).sum()),
    }


def _classes(netlist: Netlist, bits: Bits) -> NDArray[np.int64]:
    names = [name for name, _ in netlist.outputs]
    places = [at for at, name in enumerate(names) if name.startswith("class.")]
    return bits[:, places].astype(np.int64) @ (1 << np.arange(len(places)))
