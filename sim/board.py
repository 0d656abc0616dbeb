"""The virtual board: the top level in a simulator behind a pseudo-terminal.

The host client talks to it as to a board. `netlist` takes the top level as Yosys synthesizes it
for the core's family, link and all, in place of the sources.
"""

import contextlib
from pathlib import Path

from gen.console import hushed, say
from gen.files import make_folder, write_bytes
from gen.tools import YOSYS
from sim.description import Core
from sim.netlist import library_of
from sim.simulator import Bench, Simulator, run_bench
from sim.top import TOP_PORTS, write_top

__all__ = ["PORT_VARIABLE", "run_board"]

PORT_VARIABLE = "SMELT_BOARD_PORT"

SYNTHESIS = (
    "read_verilog -lib +/{family}/cells_sim.v; read_verilog core.v; read_verilog top.v;"
    " {synthesis} -top top; delete t:$scopeinfo; write_verilog -noattr top-netlist.v"
)


def run_board(
    core: Core, simulator: Simulator, folder: Path, clock_khz: int, netlist: bool = False
) -> None:
    """Run until interrupted; the port is `folder`/port. Raises SimulationFailed, ToolFailed."""
    make_folder(folder)
    top = write_top(core, folder, clock_khz)
    library = library_of(core)
    models = library.models(folder)
    sources = [models, core.verilog, top]
    if netlist:
        say(f"synthesizing the top level around {core.verilog}")
        write_bytes(folder / "core.v", core.verilog.read_bytes())
        script = SYNTHESIS.format(family=library.folder, synthesis=library.synthesis)
        YOSYS.run(["-q", "-p", script], folder, folder / "synth.log")
        sources = [models, folder / "top-netlist.v"]
    port = folder / "port"
    port.unlink(missing_ok=True)
    environment = {PORT_VARIABLE: str(port.absolute())}
    bench = Bench("sim.board_bench", sources, "top", TOP_PORTS, environment)
    say(f"starting a virtual board in {simulator.version}; Ctrl-C switches it off")
    with contextlib.suppress(KeyboardInterrupt), hushed():
        run_bench(simulator, bench, folder, 0)
    port.unlink(missing_ok=True)
    say("the virtual board is off")
