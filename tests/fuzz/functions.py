"""Readers that no command reaches without a program's output: the function and a file for each."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kept import kept
from boards.bits.sites import read_sites
from boards.host.picture import read_picture
from boards.measured.layout import read_parts, read_placement
from boards.measured.results import cells_by_type, read_routed, used_cells
from boards.measured.sdf import read_sdf
from boards.measured.timing import clock_nets
from boards.report.baselines import read_baselines
from gen.compare.runs import kept_run
from gen.data.published.images import read_idx
from gen.data.published.text import spell
from gen.intnet.files import load
from gen.logic.invariant import read_invariant
from gen.proof.cells import read_cells
from gen.proof.readback import read_back
from gen.simplify.checkpoint import Checkpoints
from gen.simplify.ledger import Ledger
from sim.job import read_answer
from sim.simulator import _failures

__all__ = ["FUNCTIONS", "write_files"]

SDF = """(DELAYFILE (TIMESCALE 1ps)
(CELL (CELLTYPE "top") (INSTANCE ) (DELAY (ABSOLUTE (INTERCONNECT
 a.core.n1_LC/O a.core.n1_LC/I0 (900:900:900) (0:0:0)))))
(CELL (CELLTYPE "ICESTORM_LC") (INSTANCE a.core.n1_LC)
 (DELAY (ABSOLUTE (IOPATH CLK O (1300:1300:1300) (0:0:0))))
 (TIMINGCHECK (SETUPHOLD (posedge I0) (posedge CLK) (400:400:400) (0:0:0)))))"""
RESULTS = (
    '<?xml version="1.0"?><testsuites name="a"><testsuite name="b" package="c">'
    '<testcase name="d" classname="e" time="0.1"><failure type="x" message="y"/></testcase>'
    "</testsuite></testsuites>"
)
ROUTED = {
    "utilization": {"ICESTORM_LC": {"used": 40, "available": 5280}},
    "fmax": {"clk": {"achieved": 36.2, "constraint": 12.0}},
    "critical_paths": [
        {
            "from": "posedge clk",
            "to": "posedge clk",
            "path": [{"delay": 2.5, "type": "logic", "to": {"cell": "design.core.layer1.n1_LC"}}],
        }
    ],
}
PLACED = {
    "modules": {
        "top": {
            "cells": {
                "design.core.layer1.n1_LC": {
                    "type": "ICESTORM_LC",
                    "parameters": {"DFF_ENABLE": "1"},
                    "attributes": {"NEXTPNR_BEL": "X3/Y4/lc5", "src": "core.v:7.1"},
                    "connections": {"CLK": [2], "O": [3]},
                }
            },
            "netnames": {"clk": {"bits": [2]}, "q": {"bits": [3]}},
        }
    }
}
INVARIANT = {
    "format": "smelt-invariant-1",
    "registers": ["a", "b"],
    "clauses": [[["a", True], ["b", False]]],
    "undecided": 0,
    "complete": True,
}
RUN = {
    "format": "smelt-compare-run-1",
    "accuracy": 0.9,
    "train_accuracy": 0.9,
    "nonzero": 3,
    "seconds": 1.0,
    "ands": None,
    "lut4": 3,
    "digest": "run",
}
BACK = """
module chip (input clk_0__io, input uart_0__rx__io, output uart_0__tx__io);

wire n1, clk_0__io, n3, n4, n6;
reg n42 = 0, n128 = 0;
assign n6 = /* LUT   10  2  0 */ 1'b0;
assign n3 = /* LUT   11  2  0 */ (n42 ? n128 : !n1);
assign n4 = /* CARRY 13  1  2 */ (n42 & 1'b0) | ((n42 | 1'b0) & n3);
/* FF  9  1  1 */ always @(posedge clk_0__io) if (n4) n128 <= n6 ? 1'b0 : n3;
/* FF  7  4  4 */ always @(posedge clk_0__io) if (1'b1) n42 <= n1 ? 1'b0 : n4;
assign n1 = 1;
endmodule
"""


def write_files(folder: Path) -> None:
    """The files that `finished` lacks."""
    from matplotlib.image import imsave

    (folder / "delays.sdf").write_text(SDF)
    (folder / "results.xml").write_text(RESULTS)
    values = {"routed": ROUTED, "placed": PLACED, "invariant": INVARIANT, "run": RUN}
    for name, value in values.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    (folder / "readback.v").write_text(BACK)
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    imsave(folder / "picture.png", pixels)
    shape = b"".join(size.to_bytes(4, "big") for size in (2, 3))
    idx = bytes([0, 0, 8, 2]) + shape + bytes(6)
    (folder / "images.idx").write_bytes(gzip.compress(idx, mtime=0))
    (folder / "names.txt").write_text("emma\nolivia\nava\n")
    (folder / "kept.json").write_text('{"a": [1, {"b": 2}]}')
    Checkpoints(folder / "parts").put("k", {"ands": 3}, b"data")
    (folder / "baselines.json").write_text(
        '{"format": "smelt-baselines-1", "tolerance": 0.03, "recipes": {"a": {"b": {"used": 3}}}}'
    )


def _picture(path: Path) -> int:
    net = load(path.with_name("net.npz"))
    bits = [[1.0, 2.0]] * 64
    encoder = {"kind": "thermometer", "bits": 2, "features": 64, "thresholds": bits}
    net.meta.update({"data": "digits", "encoder": encoder})
    return read_picture(path, net)


def _timed(path: Path) -> object:
    delays = read_sdf(path.with_name("delays.sdf"))
    return clock_nets(path, delays)


def _checkpoint(path: Path) -> object:
    return Checkpoints(path.parent).get(path.stem)


FUNCTIONS: dict[str, tuple[Callable[[Path], Any], ...]] = {
    "delays.sdf": (read_sdf,),
    "results.xml": (lambda path: _failures(path, path.with_name("core.v")),),
    "routed.json": (read_routed, used_cells),
    "placed.json": (
        lambda path: read_placement(path, ("layer1",), True),
        lambda path: read_parts(path, ("layer1",), True),
        read_sites,
        _timed,
    ),
    "icebreaker/alone/core.stat.json": (cells_by_type,),
    "icebreaker/alone/core.pack.json": (used_cells,),
    "icebreaker/top.json": (lambda path: read_cells(path, "top"),),
    "readback.v": (lambda path: read_back(path.read_text(errors="replace")),),
    "invariant.json": (read_invariant,),
    "run.json": (kept_run,),
    "ledger.json": (Ledger.read,),
    "baselines.json": (read_baselines,),
    "sim/core/answer.json": (read_answer,),
    "picture.png": (_picture,),
    "images.idx": (lambda path: read_idx(path.read_bytes(), path.name),),
    "names.txt": (lambda path: spell(path.read_text(errors="replace").split()),),
    "kept.json": (lambda path: kept(path, dict),),
    "parts/k.part": (_checkpoint,),
}
