"""Mapping a graph to LUTs: several of ABC's area-oriented flows, the smallest result is kept.

No flow is best everywhere: on trained networks plain area mapping keeps the adders that melting
built, while `dch` finds smaller structure where there are comparators and multiplexers. All flows
are exact; which one won is recorded, and the result is proved anyway.
Flows: Mishchenko et al., "Improvements to technology mapping for LUT-based FPGAs", 2007 (`if`),
"Scalable don't-care-based logic optimization and resynthesis", 2011 (`mfs2`), "Boolean factoring
and decomposition of logic networks", 2008 (`lutpack`).
"""

from gen.console import progress
from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.logic.sections import cut_names
from gen.map.blif import parse_blif
from gen.map.join import join_sections
from gen.map.netlist import Netlist
from gen.tools.abc import prove_equal, transform
from gen.tools.tool import ToolFailed

__all__ = ["FLOWS", "MapError", "map_luts"]

MFS = "mfs2 -a -e -W 20 -M 100 -L 200"
FLOWS: tuple[tuple[str, ...], ...] = (
    ("if -K {k} -a",),
    ("if -K {k} -a", MFS, "lutpack -S 1"),
    ("dch", "if -K {k} -a", MFS, "lutpack -S 1"),
    ("dch", "if -K {k} -a -C 16 -F 4 -A 4", MFS, "lutpack -S 1"),
    ("dc2", "dc2", "dc2", "if -K {k} -a", MFS, "lutpack -S 1"),
)


class MapError(SmeltError):
    """No flow maps the graph, or the result could not be proved."""


def map_luts(flat: Graph, sections: Graph, k: int = 4, timeout: float = 300) -> tuple[Netlist, str]:
    """The smallest netlist that any flow makes of the flat or the sectioned graph, and its flow.

    Both graphs describe one network; a sectioned result is joined. A flow that fails or takes
    longer than `timeout` seconds is passed over. The result is proved equal to the flat graph;
    raises MapError where that proof fails.
    """
    tried: list[tuple[int, str, Netlist]] = []
    runs = [(graph, flow) for graph in (sections, flat) for flow in FLOWS]
    for graph, flow in progress(runs, label="mapping"):
        try:
            netlist = _map_once(graph, flow, k, timeout)
        except ToolFailed:
            continue
        form = "flat" if graph is flat else "by section"
        tried.append((len(netlist.cells), f"{form}: {'; '.join(flow).format(k=k)}", netlist))
    if not tried:
        raise MapError(f"none of ABC's {len(FLOWS)} mapping flows worked; see `make doctor`")
    _, how, netlist = min(tried, key=lambda one: one[0])
    if not prove_equal(aiger_bytes(netlist.to_graph(), False), aiger_bytes(flat, False)):
        raise MapError(f"the mapping ({how}) is not proved equal to its graph")
    return netlist, how


def _map_once(graph: Graph, flow: tuple[str, ...], k: int, timeout: float) -> Netlist:
    """One flow's netlist, joined where the graph is sectioned."""
    commands = [command.format(k=k) for command in flow]
    blif = transform(aiger_bytes(graph, False), commands, "out.blif", timeout).decode()
    netlist = parse_blif(blif, graph.input_names, graph.output_names, k)
    return join_sections(netlist) if cut_names(graph) else netlist
