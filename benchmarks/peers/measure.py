"""One network of others', the whole way to cells, and the cost of what stands after a sum."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.area import combinational
from benchmarks.peers.networks import PROBES, Peer
from boards.measured.measure import measure_core
from gen.files import make_folder, write_text
from gen.intnet.files import load
from gen.intnet.narrow import narrow_net
from gen.intnet.network import IntNet, Levels, Linear
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.luts import map_luts
from gen.melt.melt import melt
from gen.melt.proof.narrow import show_narrow
from gen.simplify.both import simplify_both

__all__ = ["measure_peer", "measure_probes", "probe"]

TOP = 63
"""The largest code of six bits."""


def measure_peer(peer: Peer, folder: Path) -> dict[str, Any]:
    """Cells and LUT6 of a network, both proved equal to its graph, and the seconds of each step;
    files go to `folder`. Raises as the steps do."""
    make_folder(folder)
    seconds, start = {}, time.monotonic()
    net = load(peer.path)
    melted = melt(net, peer.outputs)
    narrow = _narrow(net, melted, peer)
    seconds["melt"], start = round(time.monotonic() - start, 2), time.monotonic()
    sections, flat, _ = simplify_both(melted)
    seconds["simplify"], start = round(time.monotonic() - start, 2), time.monotonic()
    forms, joined = [melted, sections], flatten(melted)
    netlist, flow = map_luts(flat, forms, joined=joined, narrow=narrow)
    seconds["map"] = round(time.monotonic() - start, 2)
    write_text(folder / "logic.v", combinational(netlist))
    cells = measure_core(folder / "logic.v", "logic", folder / "logic")["lc"]
    lut6 = len(map_luts(flat, forms, 6, joined=joined, narrow=narrow)[0].cells)
    return {
        "network": peer.name,
        "ands": {"melted": melted.n_ands, "simplified": flat.n_ands},
        "ours": {"cells": cells, "lut6": lut6, "depth": netlist.depth, "flow": flow},
        "rival": {"cells": peer.cells, "lut6": peer.lut6},
        "seconds": seconds,
    }


def _narrow(net: IntNet, melted: Graph, peer: Peer) -> Graph | None:
    """The graph of narrower codes, as `gen melt` shows it, where there is one."""
    other = narrow_net(net)
    if other is None:
        return None
    chosen = peer.outputs or net.outputs
    graph = melt(other, chosen, other.reached(chosen))
    return None if show_narrow(net, other, graph, melted, chosen).why else flatten(graph)


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
