"""A board's whole design in cocotb on its serial line: the netlist, or what the bitstream holds."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gen.files import make_folder, write_bytes, write_text
from gen.proof.chain import FAILED, NOT_RUN, SIMULATED, Found
from gen.proof.machine import Machine, MachineError
from gen.tools import YOSYS, ToolNotFound
from hw.uart import baud_divisor
from sim.compare import job_of
from sim.description import load_core
from sim.job import JOB_VARIABLE, read_answer, write_job
from sim.netlist import LIBRARIES
from sim.simulator import Bench, SimulationFailed, choose_simulator, run_bench
from sim.vectors import load_vectors

__all__ = ["netlist_verilog", "readback_verilog", "serial_ports", "simulate_board"]

VECTORS = 2
UNDRIVEN = "CLOCK_ENABLE || CLOCK_ENABLE === 1'bz"
# Pins of a netlist are inout, and Verilator takes no input of the bench for one.
WRAPPER = """module bench(input clk, input rst, input rx, output tx);
  wire clk_pin, rx_pin;
  assign clk_pin = clk;
  assign rx_pin = rx;
  {module} whole(.{clock}(clk_pin), .{rx}(rx_pin), .{tx}(tx));
endmodule
"""


def serial_ports(machine: Machine) -> tuple[str, str]:
    """The ports of a board's serial line, rx and tx, by the names that Amaranth gives them."""
    found = [
        [name for name in ports if name.endswith(end)]
        for ports, end in ((machine.inputs, "__rx__io"), (machine.outputs, "__tx__io"))
    ]
    if [len(names) for names in found] != [1, 1]:
        raise MachineError(f"{sum(found, [])} are not the two ports of one serial line")
    return found[0][0], found[1][0]


def netlist_verilog(netlist: Path, folder: Path) -> list[Path]:
    """The post-synthesis netlist, top.json, as Verilog, and the models of its cells."""
    make_folder(folder)
    write_bytes(folder / "top.json", netlist.read_bytes())
    script = "read_json top.json; delete t:$scopeinfo; write_verilog -noattr top.v"
    YOSYS.run(["-q", "-p", script], cwd=folder, log=folder / "yosys.log")
    models = LIBRARIES["ice40"].models(folder).read_text(encoding="utf-8")
    # A pin that nothing drives is 1 by the model's own default; Verilator has no such pins.
    write_text(folder / "cells.v", models.replace(UNDRIVEN, "CLOCK_ENABLE"))
    return [folder / "cells.v", folder / "top.v"]


def readback_verilog(readback: Path) -> list[Path]:
    """What a bitstream holds as Verilog that every simulator takes: icebox_vlog declares ports a
    second time, as wires."""
    text = readback.read_text(encoding="utf-8", errors="replace")
    ports = {*re.findall(r"(?:input|output|inout) (\w+)", text.partition(";")[0])}

    def declared(match: re.Match[str]) -> str:
        names = [name for name in match[2].split(", ") if name not in ports]
        return f"{match[1]} {', '.join(names)};" if names else ""

    path = readback.with_name("chip.v")
    write_text(path, re.sub(r"^(wire|reg) ([\w, ]+);", declared, text, flags=re.MULTILINE))
    return [path]


def simulate_board(
    build: dict[str, Any],
    recipe: Path,
    sources: Sequence[Path],
    pins: dict[str, str],
    folder: Path,
    count: int = VECTORS,
) -> Found:
    """Send PyTorch's vectors over the serial line; `pins` has the module's name and those of its
    ports: `module`, `clock`, `rx`, `tx`.

    `build` is build.json's value, `recipe` the folder of core.json and vectors.npz. Without a
    simulator the check is not run.
    """
    try:
        simulator = choose_simulator()
    except ToolNotFound as error:
        return Found(NOT_RUN, "cocotb", str(error))
    make_folder(folder)
    wrapper, answer = folder / "bench.v", folder / "answer.json"
    write_text(wrapper, WRAPPER.format(**pins))
    answer.unlink(missing_ok=True)
    core = load_core(recipe / "core.json")
    vectors = load_vectors(recipe / "vectors.npz", count, 0)
    board = build["board"]
    divisor = baud_divisor(board["clock_hz"], board["baud"])
    job = job_of(core, vectors, Path(answer.name), divisor)
    write_job(folder / "job.json", job)
    environment = {JOB_VARIABLE: str((folder / "job.json").resolve())}
    ports = ("clk", "rst", "rx", "tx")
    bench = Bench("sim.pins_bench", [*sources, wrapper], "bench", ports, environment)
    try:
        failures = run_bench(simulator, bench, folder, 0)
    except SimulationFailed as error:
        return Found(FAILED, f"cocotb, {simulator.version}", str(error))
    made = read_answer(answer)
    how = f"{len(vectors.rows)} requests on the serial line, cocotb, {simulator.version}"
    if made is None or failures or made.mismatches:
        fault = " ".join("; ".join(failures).split())
        return Found(FAILED, how, fault or "replies differ")
    return Found(SIMULATED, how)
