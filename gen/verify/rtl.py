"""Link 3: the mapped netlist is core.v, read back through Yosys, and core.json describes it.

core.v is run symbolically for as many cycles as its latency, from any state whatever: what y then
says must be the netlist's function of the first cycle's x, whatever came later, and y_valid the
first cycle's x_valid, unless a reset came between. So every path crosses the pipeline's registers
in the right number. From power-up on, y_valid is 0 until the first answer. The states of a
recurrent core are compared with the netlist's next states. Inputs that core.json does not call live
are 0 in all of this, as the gateware leaves them.
"""

import os
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from gen.files import read_json
from gen.logic.graph import Builder, Signal
from gen.map.description import FAMILIES, FORMAT, describe_core, state_identifiers
from gen.map.netlist import FALSE, TRUE, Netlist
from gen.proof.chain import FAILED, PROVED, Found, Link, timed
from gen.proof.compare import Class, Pair, compare_machines, compare_pairs, found
from gen.proof.machine import ONE, ZERO, Logic, Machine, MachineError, Net
from gen.proof.verilog import read_design
from gen.verify.described import differing

__all__ = ["check_rtl", "compare_core", "described", "files", "mapped_machine"]


def files(build: Path, core: Path) -> list[str]:
    """What the link is about, relative to the folder of core.v."""
    folder = core.parent
    own = [core.with_suffix(end).name for end in (".v", ".il", ".json")]
    return [os.path.relpath(build / "mapped.json", folder), *own]


def check_rtl(build: Path, core: Path, budget: float = 300) -> Link:
    """Compare mapped.json of a recipe's build folder with a core.v, the core.il that it was written
    from and core.json; `budget` in seconds.

    Raises FileDamaged, NetlistError for a file that is missing or damaged; ToolFailed.
    """
    path = build / "mapped.json"
    mapped, value = Netlist.read(path), read_json(core.with_suffix(".json"), FORMAT)
    live = value.get("live_inputs")
    verilog, rtlil = core.with_suffix(".v"), core.with_suffix(".il")
    checks = (
        timed("core.json describes the netlist", lambda: described(path, mapped, value)),
        timed("mapped == core.v", lambda: compare_core(verilog, mapped, live, budget)),
        timed("core.v == core.il", lambda: _same_rtl(verilog, rtlil, budget)),
    )
    return Link(3, "rtl", checks)


def described(path: Path, mapped: Netlist, value: dict[str, Any]) -> Found:
    """All of core.json follows from the netlist, but which family and what name were asked for."""
    family, recipe = value.get("family"), value.get("recipe")
    wanted = describe_core(mapped, path, str(family), str(recipe))
    fault = "" if family in FAMILIES else f"core.json: family {family!r} is unknown; make it again"
    fault = fault or differing("core.json", value, wanted)
    return Found(FAILED if fault else PROVED, f"{len(wanted)} entries made anew", fault)


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


def compare_core(
    path: Path,
    mapped: Netlist,
    live: Sequence[int] | None = None,
    budget: float = 300,
    top: str = "core",
    macros: Sequence[str] = (),
) -> Found:
    """Compare a core.v, or a core.il, with the netlist; `live` are the inputs that it is sent, None
    means all, `top` is the module, and `macros` are defined. Raises ToolFailed."""
    try:
        core = read_design({f"core{path.suffix}": path}, top, macros)
        _check_ports(core, mapped)
        b, pairs = _pairs(core, mapped, live)
    except MachineError as error:
        return Found(FAILED, f"reading {path.name}", str(error))
    cycles = f"{mapped.latency} cycle{'s' if mapped.latency > 1 else ''} from any state"
    return found(compare_pairs(b, pairs, budget), cycles)


def _same_rtl(verilog: Path, rtlil: Path, budget: float) -> Found:
    """core.il is what core.v was written from, with the names of all registers."""
    try:
        one = read_design({"core.v": verilog}, "core")
        other = read_design({"core.il": rtlil}, "core")
        places = {name: net for net, made in other.registers.items() for name in made.names}
        classes = [
            Class(name, (net,), (places[name],))
            for net, made in one.registers.items()
            for name in sorted(made.names & places.keys())[:1]
        ]
        made = compare_machines(one, other, classes, seconds=budget)
    except MachineError as error:
        return Found(FAILED, "reading core.il", str(error))
    return found(made, f"induction over {len(classes)} registers by name")


def _check_ports(core: Machine, mapped: Netlist) -> None:
    """core.v has the netlist's inputs and answers, bit for bit, and nothing else."""
    n_in, n_out = (len(ends) - len(mapped.registers) for ends in (mapped.inputs, mapped.outputs))
    wanted = (
        {"clk", "rst", "x_valid", *_word("x", n_in)},
        {"y_valid", *_word("y", n_out)},
    )
    for what, names, expected in zip(
        ("inputs", "outputs"), (core.inputs, core.outputs), wanted, strict=True
    ):
        wrong = sorted(names.keys() ^ expected)
        if wrong:
            raise MachineError(
                f"core.v has {len(names)} bits of {what}, the netlist needs {len(expected)}:"
                f" {wrong[0]} is in one of them only"
            )
    if core.clock not in ("", "clk"):
        raise MachineError(f"core.v has the clock {core.clock}, which should be clk")


def _word(name: str, width: int) -> list[str]:
    """The bits of a port, lowest first."""
    return [name] if width == 1 else [f"{name}[{at}]" for at in range(width)]


def _pairs(
    core: Machine, mapped: Netlist, live: Sequence[int] | None = None
) -> tuple[Builder, list[Pair]]:
    """What core.v says after its latency, beside what the netlist says."""
    b = Builder()
    n_in = mapped.n_inputs - len(mapped.registers)
    n_out = len(mapped.outputs) - len(mapped.registers)
    x, y = _word("x", n_in), _word("y", n_out)
    dead = set() if live is None else set(x) - {x[at] for at in live if 0 <= at < n_in}
    start: dict[Net, Signal] = {}
    for at, net in enumerate(core.registers):
        start[net] = b.input(min(core.registers[net].names, default=f"register {at}"))
    held, given, quiet = [start], [], []
    for cycle in range(mapped.latency + 1):
        ports = {
            name: b.false if name in dead else b.input(f"{name} in cycle {cycle}")
            for name in core.inputs
            if name != "clk"
        }
        given.append(ports)
        last = Logic(b, core, held[-1] | {core.inputs[name]: bit for name, bit in ports.items()})
        held.append({net: last.at(one.next) for net, one in core.registers.items()})
        quiet.append(~ports["rst"])
    first = given[0]
    states = {name: _register(core, name) for name in state_identifiers(mapped)}
    bits = [
        b.input(f"{name} (nowhere)") if net is None else start[net] for name, net in states.items()
    ]
    free = [b.input(f"{name} (not sent)") if name in dead else first[name] for name in x]
    wanted = _netlist(b, mapped, [*free, *bits])
    pairs = [Pair(mapped.outputs[at][0], last.at(core.outputs[y[at]]), wanted[at])
             for at in range(n_out)]  # fmt: skip
    kept = reduce(b.and_, quiet[: mapped.latency], first["x_valid"])
    pairs.append(Pair("y_valid", last.at(core.outputs["y_valid"]), kept))
    for at, net in enumerate(states.values()):
        if net is not None:
            # However many stages the answers take, states step in one cycle.
            stepped = b.mux(first["x_valid"], wanted[n_out + at], start[net])
            pairs.append(Pair(mapped.registers[at][1], held[1][net], stepped))
    return b, [*pairs, *_from_power_up(b, core, given)]


def _from_power_up(b: Builder, core: Machine, given: Sequence[Mapping[str, Signal]]) -> list[Pair]:
    """No answer is announced before the first one can be there, whatever comes in."""
    needed = _sequential_cone(core, core.outputs["y_valid"])
    held = {net: b.constant(core.registers[net].init) for net in needed}
    pairs = []
    for cycle, ports in enumerate(given[:-1]):
        logic = Logic(b, core, held | {core.inputs[name]: bit for name, bit in ports.items()})
        valid = logic.at(core.outputs["y_valid"])
        pairs.append(Pair(f"y_valid in cycle {cycle} from power-up", valid, b.false))
        held = {net: logic.at(core.registers[net].next) for net in needed}
    return pairs


def _sequential_cone(core: Machine, end: Net) -> list[Net]:
    """The registers that a net depends on, now or later."""
    stack, seen = [end], set()
    while stack:
        net = stack.pop()
        if net not in seen:
            seen.add(net)
            stack += core.cells[net].inputs if net in core.cells else ()
            stack += [core.registers[net].next] if net in core.registers else []
    return [net for net in core.registers if net in seen]


def _netlist(b: Builder, mapped: Netlist, given: Sequence[Signal]) -> list[Signal]:
    machine = mapped_machine(mapped)
    logic = Logic(b, machine, dict(enumerate(given)))
    return [logic.at(net) for net in machine.outputs.values()]


def _register(core: Machine, name: str) -> Net | None:
    """The register of core.v that holds a state, by its name; None where there is none, and what
    the state holds must not matter."""
    nets = [net for net, register in core.registers.items() if name in register.names]
    if len(nets) > 1:
        raise MachineError(f"core.v has {len(nets)} registers called {name}")
    return nets[0] if nets else None
