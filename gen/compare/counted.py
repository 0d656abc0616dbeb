"""What a trained network takes: gates, tables of four and six inputs, packed cells, levels.

Mapped and proved as `gen map` does, without `gen simplify` before, which takes most of the time of
a build and little of its tables: digits has 515 LUT4 so, and 498 with it.
"""

import tempfile
from collections.abc import Collection
from pathlib import Path

from gen.hdl import write_core
from gen.intnet.network import IntNet
from gen.ip.measure import packed_cells
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.map.pipeline import pipeline
from gen.melt.melt import melt

__all__ = ["COUNTS", "STAGE_DEPTH", "count"]

COUNTS = {
    "ands": "AND gates, melted",
    "lut4": "LUT4, mapped",
    "lut6": "LUT6, mapped",
    "cells": "logic cells, packed",
    "levels": "levels of LUT4",
    "latency": "cycles of latency",
}
"""What can be counted, in words."""
STAGE_DEPTH = 22
"""Most LUTs between two registers, for `latency`: what make takes where nothing else is said."""


def count(net: IntNet, wanted: Collection[str], outputs: Collection[str] = ()) -> dict[str, int]:
    """The wanted of COUNTS, and `ands`, for a network that answers these outputs (none: all).

    `cells` are what nextpnr packs of the core for iCE40 with a register on every output and no
    other, `levels` the LUT4 on its longest path, `latency` the cycles with STAGE_DEPTH. Raises as
    melting, mapping and the tools do.
    """
    melted = melt(net, tuple(outputs))
    found = {"ands": melted.n_ands}
    if set(wanted) & {"lut4", "cells", "levels", "latency"}:
        netlist = _mapped(melted, 4)
        found |= {"lut4": len(netlist.cells), "levels": netlist.depth}
        if "latency" in wanted:
            found["latency"] = pipeline(netlist, STAGE_DEPTH).latency
        if "cells" in wanted:
            found["cells"] = _packed(netlist)
    if "lut6" in wanted:
        found["lut6"] = len(_mapped(melted, 6).cells)
    return {name: found[name] for name in COUNTS if name in ("ands", *wanted)}


def _mapped(melted: Graph, k: int) -> Netlist:
    return map_luts(flatten(melted), [melted], k)[0]


def _packed(netlist: Netlist) -> int:
    with tempfile.TemporaryDirectory(prefix="smelt-cells-") as name:
        folder = Path(name)
        pipeline(netlist, max(1, netlist.depth)).write(folder / "mapped.json")
        write_core(folder / "mapped.json", folder, "ice40", "counted")
        return packed_cells((folder / "core.v").read_text(encoding="utf-8"), "core", folder)
