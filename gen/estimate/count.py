"""LUT4 of a network by a quick mapping: the whole flow's first steps, and nothing proved.

The graph is melted as always. It is then mapped once as a whole and once by section, with ABC's
area mapping, where the flow simplifies in proved passes and tries four mappings on each of several
graphs. The smaller is taken. What the flow finds beyond that is a matter of calibration.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gen.intnet.network import IntNet
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten
from gen.map.blif import parse_blif
from gen.map.join import join_sections
from gen.map.netlist import Netlist
from gen.melt.melt import melt, registers
from gen.tools.abc import transform

__all__ = ["Count", "count"]

WHOLE = ("strash", "if -K 4 -a")
PARTS = ("if -K 4 -a", "mfs2 -a -e -W 20 -M 100 -L 200")
PACKED = (*PARTS, "lutpack -S 1")
SMALL = 6000
"""AND gates up to which LUTs are packed as well: of 10,000 that took 18 s, of 4,000 one second."""
TIMEOUT = 60.0


@dataclass(frozen=True)
class Count:
    """LUT4, inputs that are read, bits that are answered, and bits of state."""

    luts: int
    read: int
    answered: int
    states: int


def count(net: IntNet) -> Count:
    """What a network takes. Raises ToolFailed where that takes longer than a minute."""
    sections = melt(net)
    states = len(registers(net))
    flat = flatten(sections)
    parted = PACKED if sections.n_ands <= SMALL else PARTS
    with ThreadPoolExecutor(max_workers=2) as pool:
        whole, parts = pool.map(_mapped, (flat, sections), (WHOLE, parted))
    live = {signal for cell in whole.cells for signal in cell.fan_in}
    inputs = sum(0 <= signal < len(whole.inputs) - states for signal in live)
    answered = len(flat.output_names) - states
    return Count(min(len(whole.cells), len(parts.cells)), inputs, answered, states)


def _mapped(graph: Graph, commands: tuple[str, ...]) -> Netlist:
    blif = transform(aiger_bytes(graph, False), commands, "out.blif", TIMEOUT).decode()
    netlist = parse_blif(blif, graph.input_names, graph.output_names, 4)
    return join_sections(netlist) if cut_names(graph) else netlist
