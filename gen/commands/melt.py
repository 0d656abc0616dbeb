"""`python -m gen melt`: integer network to gates."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.intnet.network import IntNet
    from gen.logic.graph import Graph

__all__ = ["add_arguments", "run"]

FEWEST = 0.01
"""Share of neurons that are constant, equal or complements for which a form without them is
melted: for one of 6,400 that took as long as the melting itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Lower an integer network to an And-Inverter Graph, cut at every activation, and check it."
    )
    parser.add_argument("--net", type=Path, required=True, help="integer network, net.npz")
    parser.add_argument("--out", type=Path, required=True, help="graph to write, melted.aig")
    parser.add_argument("--vectors", type=Path, help="vectors.npz that PyTorch wrote, to check on")
    parser.add_argument(
        "--outputs",
        default="all",
        help="what the hardware gives, of the network's outputs: class, or class,score, or all"
        " (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    """Melt, check, and write the graph and its sidecar."""
    from gen.console import say
    from gen.files import about
    from gen.intnet.files import load
    from gen.logic.aiger import write_aiger
    from gen.melt.melt import chosen_outputs, melt
    from gen.melt.proof.check import check_melted
    from gen.melt.sidecar import describe
    from gen.times import write_timed

    net = load(args.net)
    outputs = chosen_outputs(net, args.outputs.split(","))
    start = time.monotonic()
    with about(args.net):
        sections = melt(net, outputs)
    spent = time.monotonic() - start
    say(f"melt: {sections.n_ands:,} AND gates in {spent:.2f} s")
    checks = check_melted(net, sections, args.vectors, outputs)
    for check in checks:
        say(f"  {check['what']}: {check['how']} ({check['seconds']:.2f} s)")
    write_aiger(sections, args.out)
    _write_reduced(args.out.with_name("reduced.aig"), net, sections, outputs)
    _write_narrow(args.out.parent, net, sections, outputs)
    more = {"checks": checks, "seconds": round(spent, 3)}
    write_timed(args.out.with_suffix(".json"), describe(net, sections, outputs) | more)


def _write_reduced(path: Path, net: "IntNet", sections: "Graph", outputs: Sequence[str]) -> None:
    """Another form of the graph for mapping, where neurons are constant, equal or complements.

    None where a sum then needs fewer bits: its outputs would not be those of `sections`. Questions
    about activations go to the network as it is; the two are joined and proved equal.
    """
    from gen.console import say
    from gen.intnet.reduce import reduce_net
    from gen.logic.aiger import write_aiger
    from gen.melt.melt import melt

    reduced, counts = reduce_net(net)
    path.unlink(missing_ok=True)
    changed = counts.constant + counts.duplicate + counts.complementary
    if changed and changed >= FEWEST * sum(node.size for node in net.activations):
        graph = melt(reduced, outputs, net.reached(outputs))
        if graph.output_names != sections.output_names:
            return
        write_aiger(graph, path)
        say(f"  before bits: {counts}; a form of {graph.n_ands:,} ANDs for mapping")


def _write_narrow(folder: Path, net: "IntNet", sections: "Graph", outputs: Sequence[str]) -> None:
    """A network of narrower codes, and its graph, for mapping: narrow.npz and narrow.aig.

    No solver proves the sums of the two graphs equal. It is shown of the networks instead, and the
    graph is compared with its own; where that is not decided in time, there is no such form.
    """
    from gen.console import say
    from gen.intnet.files import save
    from gen.intnet.narrow import narrow_net
    from gen.logic.aiger import write_aiger
    from gen.melt.melt import melt
    from gen.melt.proof.narrow import show_narrow

    paths = folder / "narrow.npz", folder / "narrow.aig"
    for path in paths:
        path.unlink(missing_ok=True)
    narrow = narrow_net(net)
    if narrow is None:
        return
    graph = melt(narrow, outputs, narrow.reached(outputs))
    shown = show_narrow(net, narrow, graph, sections, outputs)
    if shown.why:
        say(f"  narrower codes: not taken, {shown.why}")
        return
    save(narrow, paths[0])
    write_aiger(graph, paths[1])
    say(f"  narrower codes: a form of {graph.n_ands:,} ANDs for mapping; {shown.how}")
