"""That the graph of narrower codes or other counts, where a netlist was made of it, has the
network's answers.

From the files alone: net.npz and narrow.npz are compared at every address of every table that only
sums read, and the graph with narrow.npz, each function between its cuts; with net.npz where there
is no narrow.npz. That net.npz is the melted graph is link 1's.
"""

from collections.abc import Callable
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

__all__ = ["beside", "melted_of", "named_in", "narrowed", "networks"]

SECONDS = 120.0


def beside(build: Path, mapped: Path, file: str) -> Path:
    """Where the graph in this file of gen.map.proofs.SHOWN lies that a netlist was made of: that of
    narrower codes in the build folder, which has one; those of other counts beside the netlist."""
    return (build if file == SHOWN[NARROW] else mapped.parent) / file


def networks(build: Path, file: str) -> tuple[IntNet, IntNet]:
    """The network, and the one that the graph in this file of gen.map.proofs.SHOWN was made of."""
    net, other = load(build / "net.npz"), build / "narrow.npz"
    return net, load(other) if file == SHOWN[NARROW] or other.exists() else net


def narrowed(build: Path, mapped: Path, file: str, melted: Graph) -> Found:
    """Show it of the graph that a netlist was made of; `melted` is the value of melted.aig."""

    def read() -> tuple[IntNet, IntNet, Graph]:
        return *networks(build, file), read_aiger(beside(build, mapped, file))

    return _shown(read, melted, "sums at every address, each function between cuts")


def melted_of(build: Path, melted: Graph) -> Found:
    """Show that a melted graph is the network of a build folder."""

    def read() -> tuple[IntNet, IntNet, Graph]:
        net = load(build / "net.npz")
        return net, net, melted

    return _shown(read, melted, "each function between cuts")


def _shown(read: Callable[[], tuple[IntNet, IntNet, Graph]], melted: Graph, how: str) -> Found:
    """That the graph of a second network has the answers of the first, whose melted graph that
    is."""
    try:
        net, other, graph = read()
        shown = show_narrow(net, other, graph, melted, outputs_of(net, melted), SECONDS)
    except SmeltError as error:
        return Found(FAILED, how, str(error))
    if shown.why:
        return Found(FAILED if shown.differs else UNDECIDED, how, shown.why)
    return Found(PROVED, shown.how)


def named_in(build: Path, mapped: Path, file: str) -> tuple[Graph, tuple[str, ...]]:
    """The sections, in this file, that a netlist's activations are compared in, and those that may
    be named: not of tables whose codes are others there. Raises SmeltError for files of two
    networks."""
    net, narrow = networks(build, file)
    graph, known = read_aiger(beside(build, mapped, file)), {node.name for node in net.nodes}
    others = known if difference(net, narrow) else recoded(net, narrow)
    return graph, tuple(name for name in cut_names(graph) if layer_of(name) not in others)
