"""`python -m gen invariant`: what always holds of a recurrent network's states."""

import argparse
from pathlib import Path

from gen.console import seconds, seed

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Find clauses that the registers of a recurrent network satisfy after every step of every"
        " sequence, and prove them by induction: constants, equal and opposite bits, implications,"
        " one-hot groups. Writes invariant.json, which `gen map --care` verifies and uses."
    )
    parser.add_argument(
        "--graph", type=Path, required=True, help="graph.aig of a recurrent network, or melted.aig"
    )
    parser.add_argument(
        "--out", type=Path, help="file to write (default: invariant.json beside the graph)"
    )
    parser.add_argument(
        "--seconds", type=seconds, default=60, help="to search for (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help="of the sequences simulated (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> None:
    """Search, verify with a fresh solver, write."""
    from gen.logic.aiger import read_aiger
    from gen.logic.graph import GraphError
    from gen.logic.invariant import find_invariant
    from gen.logic.sections import cut_names, flatten
    from gen.melt.sidecar import read_sidecar
    from gen.valid import machine_and_inputs

    graph = read_aiger(args.graph)
    sidecar, _, states = read_sidecar(args.graph.with_suffix(".json"))
    if not states:
        raise GraphError(f"{args.graph}: not recurrent: it has no registers to say anything about")
    flat = flatten(graph) if cut_names(graph) else graph
    machine, inputs = machine_and_inputs(flat, sidecar, states, args.seed)
    found = find_invariant(machine, inputs, args.seconds, args.seed)
    if not found.verify(machine):
        raise GraphError(f"{args.graph}: the invariant found does not hold; this is a defect")
    path = args.out or args.graph.with_name("invariant.json")
    found.write(path)
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.counts().items() if count)
    print(
        f"{path}: {len(found.facts)} clauses over {machine.n_states} state bits proved inductive"
        f" ({kinds or 'none'}) in {found.seconds:.1f} s"
        + (f"; {found.undecided} undecided" if found.undecided else "")
        + ("" if found.complete else "; out of time: wider clauses are not tried")
    )
