"""Mapping a graph to LUTs: several of ABC's area-oriented flows, the smallest result is kept.

No flow is best everywhere: on trained networks plain area mapping keeps the adders that melting
built, while `dch` finds smaller structure where there are comparators and multiplexers. All flows
are exact; which one won is recorded, and the result is proved anyway.
Flows: Mishchenko et al., "Improvements to technology mapping for LUT-based FPGAs", 2007 (`if`),
"Scalable don't-care-based logic optimization and resynthesis", 2011 (`mfs2`), "Boolean factoring
and decomposition of logic networks", 2008 (`lutpack`).
"""

from collections.abc import Iterable

from gen.console import progress
from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.map.blif import parse_blif
from gen.map.netlist import Netlist
from gen.tools.abc import blif_size, prove_equal, transform
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


def map_luts(graphs: Iterable[Graph], k: int = 4, timeout: float = 300) -> tuple[Netlist, str]:
    """The smallest netlist that any flow makes of any of these equivalent graphs, and its flow.

    A flow that fails or takes longer than `timeout` seconds is passed over. The result is proved
    equal to the first graph; raises MapError where that proof fails.
    """
    graphs = list(graphs)
    tried: list[tuple[int, str, str]] = []
    runs = [(graph, flow) for graph in graphs for flow in FLOWS]
    for graph, flow in progress(runs, label="mapping"):
        commands = [command.format(k=k) for command in flow]
        try:
            blif = transform(aiger_bytes(graph, False), commands, "out.blif", timeout).decode()
        except ToolFailed:
            continue
        tried.append((blif_size(blif), "; ".join(commands), blif))
    if not tried:
        raise MapError(f"none of ABC's {len(FLOWS)} mapping flows worked; see `make doctor`")
    _, flow_text, blif = min(tried)
    netlist = parse_blif(blif, graphs[0].input_names, graphs[0].output_names, k)
    if not prove_equal(aiger_bytes(netlist.to_graph(), False), aiger_bytes(graphs[0], False)):
        raise MapError(f"the mapping by `{flow_text}` is not proved equal to its graph")
    return netlist, flow_text
