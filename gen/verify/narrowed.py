"""That the graph of narrower codes, or of counts for LUT6, where a netlist was made of it, has the
network's answers.

From the files alone: net.npz and narrow.npz are compared at every address of every table that only
sums read, and the graph with narrow.npz, each function between its cuts; with net.npz where there
is no narrow.npz. That net.npz is the melted graph is link 1's.
"""

from pathlib import Path

from gen.errors import SmeltError
from gen.intnet.files import load
from gen.intnet.narrow import difference, recoded
from gen.intnet.network import IntNet
from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.logic.named import layer_of
from gen.logic.sections import cut_names
from gen.map.proofs import NARROW, SHOWN
from gen.melt.melt import outputs_of
from gen.melt.proof.narrow import show_narrow
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Found

__all__ = ["named_in", "narrowed", "networks"]

SECONDS = 120.0


def networks(build: Path, file: str) -> tuple[IntNet, IntNet]:
    """The network, and the one that the graph in this file of gen.map.proofs.SHOWN was made of."""
    net, other = load(build / "net.npz"), build / "narrow.npz"
    return net, load(other) if file == SHOWN[NARROW] or other.exists() else net


def narrowed(build: Path, file: str, melted: Graph) -> Found:
    """Show it of a file of a build folder; `melted` is the value of its melted.aig."""
    how = "sums at every address, each function between cuts"
    try:
        net, narrow = networks(build, file)
        graph, chosen = read_aiger(build / file), outputs_of(net, melted)
        shown = show_narrow(net, narrow, graph, melted, chosen, SECONDS)
    except SmeltError as error:
        return Found(FAILED, how, str(error))
    if shown.why:
        return Found(FAILED if shown.differs else UNDECIDED, how, shown.why)
    return Found(PROVED, shown.how)


def named_in(build: Path, file: str) -> tuple[Graph, tuple[str, ...]]:
    """The sections, in this file, that a netlist's activations are compared in, and those that may
    be named: not of tables whose codes are others there. Raises SmeltError for files of two
    networks."""
    net, narrow = networks(build, file)
    graph, known = read_aiger(build / file), {node.name for node in net.nodes}
    others = known if difference(net, narrow) else recoded(net, narrow)
    return graph, tuple(name for name in cut_names(graph) if layer_of(name) not in others)
