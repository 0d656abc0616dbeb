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
    _write_forms(args.out.parent, net, sections, outputs)
    more = {"checks": checks, "seconds": round(spent, 3)}
    write_timed(args.out.with_suffix(".json"), describe(net, sections, outputs) | more)


def _write_forms(folder: Path, net: "IntNet", sections: "Graph", outputs: Sequence[str]) -> None:
    """The other forms for mapping: counted.aig, and reduced.aig, narrow.npz and narrow.aig where
    there are any."""
    from gen.console import say
    from gen.intnet.files import save
    from gen.logic.aiger import write_aiger
    from gen.melt.forms import FILES, counted_form, narrow_form, reduced_form

    paths = [folder / name for name in FILES]
    for path in paths:
        path.unlink(missing_ok=True)
    reduced = reduced_form(net, sections, outputs)
    if reduced is not None:
        write_aiger(reduced[0], paths[0])
        say(f"  {reduced[1]}")
    write_aiger(counted_form(net, outputs), paths[3])
    narrow = narrow_form(net, sections, outputs)
    if isinstance(narrow, str):
        if narrow:
            say(f"  narrower codes: not taken, {narrow}")
        return
    save(narrow.net, paths[1])
    write_aiger(narrow.graph, paths[2])
    say(f"  narrower codes: a form of {narrow.graph.n_ands:,} ANDs for mapping; {narrow.how}")
