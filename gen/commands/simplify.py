"""`python -m gen simplify`: fewer gates, every step proved."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from gen.commands.sharing import add_sharing
from gen.console import seconds

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Simplify a melted graph. Writes sections.aig (cut at every activation: for questions),"
        " graph.aig (flat: for hardware) and ledger.json; every kept step is proved. What is"
        " finished is kept in simplify.parts/ until the end: an interrupted run goes on there."
    )
    parser.add_argument("--melted", type=Path, required=True, help="melted.aig of the melt step")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument(
        "--budget", type=seconds, default=300, help="seconds for a proof (default: %(default)s)"
    )
    add_sharing(parser, min(2, os.cpu_count() or 1))


def run(args: argparse.Namespace) -> None:
    """Simplify both forms and write them with the ledger."""
    from gen.console import say
    from gen.executor import executor, width
    from gen.files import write_json
    from gen.logic.aiger import read_aiger, write_aiger
    from gen.melt.sidecar import read_sidecar
    from gen.simplify.both import simplify_both
    from gen.simplify.checkpoint import Checkpoints
    from gen.simplify.ledger import format_rows
    from gen.simplify.proved import Workers

    melted = read_aiger(args.melted)
    sidecar, melted_cuts, states = read_sidecar(args.melted.with_suffix(".json"))
    checkpoints = Checkpoints(args.out / "simplify.parts")
    workers = Workers(args.processes, args.budget, checkpoints)
    if args.scheduler is None:  # ABC's own processes: nothing of ours runs beside them.
        sections, flat, ledger = simplify_both(melted, workers)
    else:
        with executor(args.scheduler) as elsewhere:
            far = replace(workers, processes=width(elsewhere), executor=elsewhere)
            sections, flat, ledger = simplify_both(melted, far)
    for name, graph in (("sections", sections), ("graph", flat)):
        cuts, registers = (melted_cuts, []) if name == "sections" else ([], states)
        write_aiger(graph, args.out / f"{name}.aig", registers)
        own = {"ands": graph.n_ands, "depth": graph.depth, "cuts": cuts}
        write_json(args.out / f"{name}.json", sidecar | own)
    ledger.write(args.out / "ledger.json")
    checkpoints.clear()
    print(format_rows(ledger.rows))
    figures = ledger.summary
    say(f"simplify: {figures['melted']:,} -> {figures['simplified']:,} AND gates, all proved")
