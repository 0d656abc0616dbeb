"""Link 3: the mapped netlist is core.v, read back through Yosys.

core.v is run symbolically for as many cycles as its latency, from any state whatever: what y then
says must be the netlist's function of the first cycle's x, whatever came later, and y_valid the
first cycle's x_valid, unless a reset came between. So every path crosses the pipeline's registers
in the right number. The states of a recurrent core are compared with the netlist's next states.
"""

import os
import re
from collections.abc import Mapping
from functools import reduce
from pathlib import Path

from gen.logic.graph import Builder, Signal
from gen.map.netlist import FALSE, TRUE, Netlist
from gen.proof.chain import FAILED, Found, Link, timed
from gen.proof.compare import Pair, compare_pairs, found
from gen.proof.machine import ONE, ZERO, Logic, Machine, MachineError, Net
from gen.proof.verilog import read_design

__all__ = ["check_rtl", "files", "mapped_machine"]


def files(build: Path, core: Path) -> list[str]:
    """What the link is about, relative to the folder of core.v."""
    folder = core.parent
    return [os.path.relpath(build / "mapped.json", folder), core.with_suffix(".v").name]


def check_rtl(build: Path, core: Path, budget: float = 300) -> Link:
    """Compare mapped.json of a recipe's build folder with a core.v; `budget` in seconds.

    Raises FileDamaged, NetlistError for a file that is missing or damaged; ToolFailed.
    """
    mapped = Netlist.read(build / "mapped.json")
    check = timed("mapped == core.v", lambda: _compared(core.with_suffix(".v"), mapped, budget))
    return Link(3, "rtl", (check,))


def mapped_machine(mapped: Netlist) -> Machine:
    """The combinational cells of a netlist; nets are signal numbers, those of inputs too."""
    machine = Machine()
    constants: dict[int, Net] = {FALSE: ZERO, TRUE: ONE}
    for at, name in enumerate(mapped.inputs):
        machine.inputs[name] = at
    for at, cell in enumerate(mapped.cells, mapped.n_inputs):
        machine.drive(at, cell.table, *cell.fan_in)
    for name, signal in mapped.outputs:
        machine.outputs[name] = constants.get(signal, signal)
    return machine


def _compared(verilog: Path, mapped: Netlist, budget: float) -> Found:
    try:
        core = read_design({"core.v": verilog}, "core")
        b, pairs = _pairs(core, mapped)
    except MachineError as error:
        return Found(FAILED, "reading core.v", str(error))
    cycles = f"{mapped.latency} cycle{'s' if mapped.latency > 1 else ''} from any state"
    return found(compare_pairs(b, pairs, budget), cycles)


def _pairs(core: Machine, mapped: Netlist) -> tuple[Builder, list[Pair]]:
    """What core.v says after its latency, beside what the netlist says."""
    b = Builder()
    n_in = mapped.n_inputs - len(mapped.registers)
    n_out = len(mapped.outputs) - len(mapped.registers)
    start: dict[Net, Signal] = {}
    for at, net in enumerate(core.registers):
        start[net] = b.input(min(core.registers[net].names, default=f"register {at}"))
    held, given, quiet = [start], [], []
    for cycle in range(mapped.latency + 1):
        ports = {
            name: b.input(f"{name} in cycle {cycle}") for name in core.inputs if name != core.clock
        }
        given.append(ports)
        last = Logic(b, core, held[-1] | {core.inputs[name]: bit for name, bit in ports.items()})
        held.append(_next(last, core))
        quiet.append(~ports["rst"] if "rst" in ports else b.true)
    first = given[0]
    states = _states(core, mapped, start)
    wanted = _netlist(b, mapped, [first[_bit("x", n_in, at)] for at in range(n_in)], states)
    pairs = [
        Pair(name, last.at(core.outputs[_bit("y", n_out, at)]), wanted[at])
        for at, (name, _) in enumerate(mapped.outputs[:n_out])
    ]
    kept = reduce(b.and_, quiet[: mapped.latency], first["x_valid"])
    pairs.append(Pair("y_valid", last.at(core.outputs["y_valid"]), kept))
    for at, (name, after, _) in enumerate(mapped.registers):
        net = _register(core, name)
        stepped = b.mux(first["x_valid"], wanted[n_out + at], start[net])
        # However many stages the answers take, states step in one cycle.
        pairs.append(Pair(after, held[1][net], stepped))
    return b, pairs


def _next(logic: Logic, core: Machine) -> dict[Net, Signal]:
    return {net: logic.at(register.next) for net, register in core.registers.items()}


def _bit(name: str, width: int, at: int) -> str:
    return name if width == 1 else f"{name}[{at}]"


def _netlist(b: Builder, mapped: Netlist, x: list[Signal], states: list[Signal]) -> list[Signal]:
    machine = mapped_machine(mapped)
    logic = Logic(b, machine, dict(enumerate([*x, *states])))
    return [logic.at(net) for net in machine.outputs.values()]


def _register(core: Machine, name: str) -> Net:
    """The register of core.v that holds a state: its Verilog name reads like the state's."""
    wanted = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")
    nets = [net for net, register in core.registers.items() if wanted in register.names]
    if len(nets) != 1:
        raise MachineError(f"core.v has {len(nets)} registers called {wanted}, for state {name}")
    return nets[0]


def _states(core: Machine, mapped: Netlist, start: Mapping[Net, Signal]) -> list[Signal]:
    return [start[_register(core, name)] for name, _, _ in mapped.registers]
