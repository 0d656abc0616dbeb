"""That the graph of narrower codes, where a netlist was made of it, has the network's answers.

From the files alone: net.npz and narrow.npz are compared at every address of every table that only
sums read, and narrow.aig with narrow.npz, each function between its cuts. That net.npz is the
melted graph is link 1's.
"""

from pathlib import Path

from gen.errors import SmeltError
from gen.intnet.files import load
from gen.intnet.narrow import difference, recoded
from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.logic.named import layer_of
from gen.logic.sections import cut_names
from gen.melt.melt import output_names
from gen.melt.proof.narrow import show_narrow
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Found

__all__ = ["named_in", "narrowed"]

SECONDS = 120.0


def narrowed(build: Path, melted: Graph) -> Found:
    """Show it of a build folder; `melted` is the value of its melted.aig."""
    how = "sums at every address, each function between cuts"
    try:
        net, narrow = load(build / "net.npz"), load(build / "narrow.npz")
        graph = read_aiger(build / "narrow.aig")
        given = {*melted.output_names}
        chosen = [name for name in net.outputs if given & {*sum(output_names(net, name), [])}]
        shown = show_narrow(net, narrow, graph, melted, chosen, SECONDS)
    except SmeltError as error:
        return Found(FAILED, how, str(error))
    if shown.why:
        return Found(FAILED if shown.differs else UNDECIDED, how, shown.why)
    return Found(PROVED, shown.how)


def named_in(build: Path) -> tuple[Graph, tuple[str, ...]]:
    """The sections that a netlist's activations are compared in, and those that may be named: not
    of tables whose codes are others there. Raises SmeltError for files of two networks."""
    net, narrow = load(build / "net.npz"), load(build / "narrow.npz")
    graph, known = read_aiger(build / "narrow.aig"), {node.name for node in net.nodes}
    others = known if difference(net, narrow) else recoded(net, narrow)
    return graph, tuple(name for name in cut_names(graph) if layer_of(name) not in others)
