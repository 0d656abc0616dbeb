"""A netlist behind cells that make any input a valid one, for tools that know nothing of these.

A bit of a thermometer code is taken together with all below it; of a one-hot code the first that is
1 is kept. A valid input stays what it is, so two netlists that are equal behind such cells are
equal on valid inputs.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from gen.files import write_text
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Builder, Graph, Signal
from gen.map.assemble import Assembler, Wire
from gen.map.blif import format_blif, parse_blif
from gen.map.netlist import TRUE, Netlist, NetlistError
from gen.map.recipes import LIBRARY, commands, library
from gen.tools.abc import prove_equal, run_abc
from gen.tools.tool import ToolFailed

__all__ = ["Groups", "by_abc", "equal_on_valid", "projected", "valid_inputs"]

Groups: TypeAlias = Sequence[tuple[str, Sequence[int]]]
"""A kind, "thermometer" or "onehot", and its input bits, lowest threshold first."""

MFS = "mfs2 -a -e -W 20 -M 200 -L 200 -D 1000"
FLOW = (MFS, "lutpack -S 1", MFS)
BOTH, EITHER, NOT_FIRST = 0b1000, 0b1110, 0b0100
"""Tables of two inputs."""


def projected(netlist: Netlist, groups: Groups) -> Netlist:
    """The netlist behind cells that make inputs valid; of a group the bits that it reads."""
    read = {one for cell in netlist.cells for one in cell.fan_in}
    read |= {end for _, end in netlist.outputs}
    assembler = Assembler(netlist.inputs)
    wires: dict[int, Wire] = {at: (at, False) for at in range(-2, netlist.n_inputs)}
    for kind, group in groups:
        used = [bit for bit in group if bit in read]
        if kind == "thermometer":
            for low, high in zip(used, used[1:], strict=False):
                wires[high] = assembler.add([wires[low], wires[high]], BOTH)
        elif used:
            _first_of(assembler, wires, used, len(used) == len(group))
    for at, cell in enumerate(netlist.cells, netlist.n_inputs):
        wires[at] = assembler.add([wires[one] for one in cell.fan_in], cell.table)
    return assembler.finish({name: wires[end] for name, end in netlist.outputs}, netlist.k)


def _first_of(
    assembler: Assembler, wires: dict[int, Wire], used: Sequence[int], whole: bool
) -> None:
    """Of bits keep the first that is 1; where they are the `whole` group, the last if none is."""
    if whole and len(used) == 1:
        wires[used[0]] = TRUE, False
    before = wires[used[0]]
    for bit in used[1:]:
        own = wires[bit]
        last = whole and bit == used[-1]
        wires[bit] = (before[0], not before[1]) if last else assembler.add([before, own], NOT_FIRST)
        before = assembler.add([before, own], EITHER)


def by_abc(netlist: Netlist, groups: Groups, seconds: float) -> Netlist:
    """What ABC makes of the netlist behind such cells, which are still in it; the same where it
    fails or takes longer."""
    behind = projected(netlist, groups)
    with tempfile.TemporaryDirectory(prefix="smelt-abc-") as name:
        folder = Path(name)
        write_text(folder / "in.blif", format_blif(behind))
        write_text(folder / LIBRARY, library(netlist.k))
        steps = ["read_blif in.blif", *commands(FLOW, netlist.k), "write_blif out.blif"]
        try:
            run_abc(steps, folder, seconds)
            text = (folder / "out.blif").read_text(encoding="utf-8")
            outputs = [one for one, _ in netlist.outputs]
            return parse_blif(text, netlist.inputs, outputs, netlist.k)
        except (ToolFailed, NetlistError, OSError):
            return netlist


def valid_inputs(b: Builder, inputs: Sequence[Signal], groups: Groups) -> list[Signal]:
    """Signals that are a valid input whatever `inputs` are, and the same where these are one."""
    made = list(inputs)
    for kind, group in groups:
        before = b.true if kind == "thermometer" else b.false
        for bit in group:
            own = inputs[bit]
            if kind == "thermometer":
                made[bit] = before = b.and_(before, own)
            else:
                last = bit == group[-1]
                made[bit] = ~before if last else b.and_(~before, own)
                before = b.or_(before, own)
    return made


def equal_on_valid(first: Graph, second: Graph, groups: Groups, seconds: float) -> bool:
    """Whether ABC proves two graphs of one interface equal on valid inputs in so many seconds."""
    sides = []
    for graph in (first, second):
        b = Builder()
        inputs = valid_inputs(b, [b.input(name) for name in graph.input_names], groups)
        for name, end in zip(graph.output_names, b.import_graph(graph, inputs), strict=True):
            b.output(name, end)
        sides.append(aiger_bytes(b.graph(), False))
    return prove_equal(sides[0], sides[1], seconds)
