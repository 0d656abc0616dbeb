"""One network of others', the whole way to cells, and the cost of what stands after a sum."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.networks import PROBES, Peer
from benchmarks.scale import CLASSES, INPUTS, random_mlp
from benchmarks.size.area import combinational
from benchmarks.size.made import make_forms
from boards.measured.measure import measure_core
from gen.files import make_folder, write_text
from gen.intnet.files import load
from gen.intnet.network import IntNet, Levels, Linear
from gen.melt.melt import melt

__all__ = ["measure_peer", "measure_probes", "measure_size", "probe"]

TOP = 63
"""The largest code of six bits."""
WIDTH = 42
"""Of the hidden layers of a random network of 12,507 ANDs."""


def measure_peer(peer: Peer, folder: Path) -> dict[str, Any]:
    """Cells and LUT6 of a network, both proved equal to its graph, and the seconds of each step;
    files go to `folder`. Raises as the steps do."""
    make_folder(folder)
    made = make_forms(load(peer.path), peer.outputs)
    start = time.monotonic()
    netlist, flow = made.mapped(4)
    seconds = made.seconds | {"map": round(time.monotonic() - start, 2)}
    write_text(folder / "logic.v", combinational(netlist))
    cells = measure_core(folder / "logic.v", "logic", folder / "logic")["lc"]
    return {
        "network": peer.name,
        "ands": {"melted": made.melted.n_ands, "simplified": made.forms.flat.n_ands},
        "ours": {
            "cells": cells,
            "lut6": len(made.mapped(6)[0].cells),
            "depth": netlist.depth,
            "flow": flow,
        },
        "rival": {"cells": peer.cells, "lut6": peer.lut6},
        "care": False,
        "seconds": seconds,
    }


def measure_size(width: int = WIDTH) -> dict[str, Any]:
    """The seconds that simplifying and mapping take of a random network of 12,500 ANDs."""
    made = make_forms(random_mlp(width), ("class",))
    start = time.monotonic()
    luts = len(made.mapped(4)[0].cells)
    return {
        "network": f"{INPUTS}-{width}-{width}-{CLASSES}",
        "ands": made.melted.n_ands,
        "luts": luts,
        "seconds": made.seconds | {"map": round(time.monotonic() - start, 2)},
    }


def measure_probes() -> dict[str, int]:
    """ANDs of the sum of two 6-bit codes, and with each of PROBES after it."""
    return {"sum": melt(probe("")).n_ands} | {what: melt(probe(what)).n_ands for what in PROBES}


def probe(what: str) -> IntNet:
    """The sum of two 6-bit codes as node "sum", and one of PROBES of it as node "code"."""
    linear = Linear("sum", ("x",), np.ones((1, 2), np.int8), np.zeros(1, np.int32))
    if not what:
        return IntNet(2, (linear,), 6)
    sums = np.arange(2 * TOP + 1)
    codes = {"identity": sums, "clip": np.minimum(sums, TOP), "shift": sums // 2}[what]
    edges = np.flatnonzero(np.diff(codes)) + 1
    rows = np.array([[*codes[edges - 1], codes[-1]]], np.int8)
    levels = Levels(
        "code",
        ("sum",),
        edges.astype(np.int32)[None],
        rows,
        bits=int(codes.max()).bit_length(),
        signed=False,
    )
    return IntNet(2, (linear, levels), 6)
