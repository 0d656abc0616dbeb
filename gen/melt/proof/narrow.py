"""That a graph of narrower codes or other counts has the answers of the network: shown of networks,
then of graphs.

The two networks are compared by `gen.intnet.narrow.difference`, at every address of every table;
the graph with its own network, each function between cuts, as any melted one is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gen.intnet.narrow import difference
from gen.intnet.network import IntNet
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import MeltError
from gen.melt.proof.prove import SIMULATED, decide

__all__ = ["Shown", "show_narrow"]

SECONDS = 60.0


@dataclass(frozen=True)
class Shown:
    """How it was shown, or why it was not; and whether the two were found to differ."""

    how: str = ""
    why: str = ""
    differs: bool = False


def show_narrow(
    net: IntNet,
    narrow: IntNet,
    graph: Graph,
    sections: Graph,
    outputs: Sequence[str],
    seconds: float = SECONDS,
) -> Shown:
    """Show that `graph`, the melted `narrow`, has the answers of `net`, whose melted graph is
    `sections`; the proofs take `seconds` of the processor."""
    fault = difference(net, narrow)
    if fault:
        return Shown(why=fault, differs=True)
    ours, theirs = flatten(graph), flatten(sections)
    if (ours.input_names, ours.output_names) != (theirs.input_names, theirs.output_names):
        return Shown(why="its answers have other widths")
    try:
        rows = decide(narrow, graph, outputs, seconds)
    except MeltError as error:
        return Shown(why=str(error), differs=True)
    open_ = [one.function.label for one in rows if one.verdict == SIMULATED]
    if open_:
        return Shown(why=f"{open_[0]} and {len(open_) - 1} more not proved in {seconds:g} s")
    return Shown(f"sums the same at every address, {len(rows)} functions exhaustive or proved")
