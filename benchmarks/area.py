"""Packed logic cells of one network by different ways, through the same tools in one run.

Ours is melted, simplified, mapped, and emitted with one register on every output; the baseline is
the same integer network as plain combinational Verilog through `synth_ice40`, with carry chains
and without; both answer the class only. `abc` is the melted graph after `dc2` three times and
ABC's area mapping, counted in LUT4.
"""

import time
from pathlib import Path
from typing import Any

from boards.measure import measure_core
from gen.hdl import write_core
from gen.intnet.files import load
from gen.intnet.verilog import baseline_verilog
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.luts import map_luts
from gen.map.pipeline import pipeline
from gen.melt.melt import melt
from gen.simplify.both import simplify_both
from gen.tools.abc import blif_size, transform

__all__ = ["compare_area"]

ABC_FLOW = ["dc2", "dc2", "dc2", "if -K 4 -a"]


def compare_area(name: str, net_path: Path, folder: Path) -> dict[str, Any]:
    """Measure the network called `name`; files go to `folder`."""
    net = load(net_path)
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    melted = melt(net, ("class",))
    sections, flat, _ = simplify_both(melted)
    simplified = time.monotonic() - start
    netlist, flow = map_luts(flat, [melted, sections])
    pipeline(netlist, max(1, netlist.depth)).write(folder / "mapped.json")
    write_core(folder / "mapped.json", folder, "ice40", name)
    ours = measure_core(folder / "core.v", "core", folder / "ours")
    baseline = _baselines(net_path, folder)
    best = min(figures["lc"] for figures in baseline.values())
    return {
        "network": name,
        "ours": ours | {"flow": flow, "depth": netlist.depth},
        "baseline": baseline,
        "abc_lut4": _abc(flatten(melted)),
        "ratio": round(ours["lc"] / best, 3),
        "ands": {"melted": melted.n_ands, "simplified": flat.n_ands},
        "seconds": {"melt_simplify_prove": round(simplified, 2)},
    }


def _baselines(net_path: Path, folder: Path) -> dict[str, dict[str, Any]]:
    verilog = folder / "baseline.v"
    verilog.write_text(baseline_verilog(load(net_path)))
    return {
        name: measure_core(verilog, "baseline", folder / name, options)
        for name, options in (("default", ()), ("nocarry", ("-nocarry",)))
    }


def _abc(graph: Graph) -> int:
    return blif_size(transform(aiger_bytes(graph, False), ABC_FLOW, "out.blif").decode())
