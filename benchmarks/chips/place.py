"""A core alone between registers, placed and routed: the core's own Fmax, and what it is made of.

A wrapper gives the core its inputs from a shift register and folds its outputs with a tree of
registered exclusive ors, so a handful of pins is enough for any core and every path of the wrapper
is one LUT long. Fmax is nextpnr's for the whole, over several seeds; counted are the core's cells
and the wrapper's together, and the core's by itself is `boards.measured.measure`'s figure.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.files import make_folder, read_json, write_text
from gen.tools import NEXTPNR_ECP5, NEXTPNR_ICE40, YOSYS
from gen.tools.tool import Tool, ToolFailed

__all__ = ["DEVICES", "Device", "place", "wrapper"]

FREE = 1.0
"""Constraint in MHz: nextpnr's result hardly depends on it, and every core here meets it."""


@dataclass(frozen=True)
class Device:
    """An FPGA: the options that choose it, how to synthesize for it, and its cells' names."""

    name: str
    title: str
    tool: Tool
    options: tuple[str, ...]
    synthesis: str
    family: str
    cell: str
    flip_flop: str


_ICE40 = (NEXTPNR_ICE40, "synth_ice40 -nocarry", "ice40", "ICESTORM_LC", "SB_DFF")


def _ice40(name: str, title: str, package: str) -> Device:
    tool, *rest = _ICE40
    return Device(
        name, title, tool, (f"--{name}", "--package", package, "--pcf-allow-unconstrained"), *rest
    )


DEVICES = {
    device.name: device
    for device in (
        _ice40("up5k", "iCE40UP5K", "sg48"),
        _ice40("hx8k", "iCE40HX8K", "ct256"),
        Device(
            "25k",
            "ECP5 25F",
            NEXTPNR_ECP5,
            ("--25k", "--package", "CABGA381", "--lpf-allow-unconstrained"),
            "synth_ecp5 -nowidelut -noccu2",
            "plain",
            "TRELLIS_COMB",
            "TRELLIS_FF",
        ),
    )
}


def wrapper(n_in: int, n_out: int) -> str:
    """Verilog of module `top` around `core`: one bit in, one bit out, all registered."""
    lines = [
        "module top(input clk, input in, input go, output out);",
        f"reg [{n_in - 1}:0] x; reg go_in;",
        "always @(posedge clk) begin x <= {x, in}; go_in <= go; end",
        f"wire [{n_out - 1}:0] y; wire y_valid;",
        "core core(.clk(clk), .rst(1'b0), .x(x), .x_valid(go_in), .y(y), .y_valid(y_valid));",
    ]
    bits = [f"y[{at}]" for at in range(n_out)] + ["y_valid"]
    made = 0
    while True:
        folded = []
        for at in range(0, len(bits), 4):
            lines.append(
                f"reg f{made}; always @(posedge clk) f{made} <= {'^'.join(bits[at : at + 4])};"
            )
            folded.append(f"f{made}")
            made += 1
        bits = folded
        if len(bits) == 1:
            return "\n".join([*lines, f"assign out = {bits[0]};", "endmodule", ""])


def place(
    device: Device, core: str, n_in: int, n_out: int, folder: Path, seeds: int = 3
) -> dict[str, Any]:
    """Place and route `core` (Verilog) in its wrapper; files go to `folder`.

    The result has `cells`, `luts`, `flip_flops`, `blocks` of memory, `fmax` (seed -> MHz; None: the
    seed failed), `median` and `best`. Raises ToolFailed where synthesis or every seed fails.
    """
    make_folder(folder)
    for name, text in (("core.v", core), ("top.v", wrapper(n_in, n_out))):
        write_text(folder / name, text)
    script = (
        f"read_verilog core.v top.v; {device.synthesis} -top top -json top.json;"
        " tee -q -o stat.json stat -json"
    )
    YOSYS.run(["-q", "-p", script], folder, folder / "yosys.log")
    numbers = range(1, seeds + 1)
    with ThreadPoolExecutor(2) as pool:
        routed = list(pool.map(lambda seed: _route(device, folder, seed), numbers))
    fmax = {str(seed): one for seed, one in zip(numbers, routed, strict=True)}
    done = [one for one in routed if one is not None]
    if not done:
        raise ToolFailed(f"{folder}: no seed of {seeds} was routed; see route-1.log there")
    report = next(folder / f"route-{n}.json" for n in numbers if fmax[str(n)] is not None)
    used = read_json(report)["utilization"][device.cell]["used"]
    counts = read_json(folder / "stat.json")["design"]["num_cells_by_type"]
    flops = sum(n for kind, n in counts.items() if kind.startswith(device.flip_flop))
    return {
        "device": device.title,
        "cells": used,
        "luts": sum(n for kind, n in counts.items() if kind in ("SB_LUT4", "LUT4")),
        "flip_flops": flops,
        "blocks": sum(n for kind, n in counts.items() if kind in ("SB_RAM40_4K", "DP16KD")),
        "fmax": fmax,
        "median": round(statistics.median(done), 1),
        "best": max(done),
    }


def _route(device: Device, folder: Path, seed: int) -> float | None:
    """Fmax in MHz of one seed, None where nextpnr fails."""
    report = folder / f"route-{seed}.json"
    report.unlink(missing_ok=True)
    args = [*device.options, "--json", "top.json", "--report", report.name]
    args += ["--seed", str(seed), "--freq", str(FREE), "--quiet"]
    try:
        device.tool.run(args, folder, folder / f"route-{seed}.log", 1200)
    except ToolFailed:
        return None
    (clock,) = read_json(report)["fmax"].values()
    return round(float(clock["achieved"]), 1)
