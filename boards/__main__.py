"""`python -m boards`: build for a board, report, program, talk to it, list the boards."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from boards.bits.commands import add_commands
from boards.host.talk import add_talk
from gen.console import amount, main, positive

BOARD_HELP = "name of the board, or the path of a file that defines one (boards/table/own.py)"
CLOCK_HELP = "of the core: board (the default), MHz of the PLL, or auto (the fastest that is met)"
BUILD_HELP = "the board's build folder, such as build/digits/icebreaker"


def parser(prog: str = "python -m boards") -> argparse.ArgumentParser:
    """The command line. Rooms that take long to import are imported by the command that runs."""
    result = argparse.ArgumentParser(prog=prog, description=__doc__)
    commands = result.add_subparsers(dest="command", required=True, metavar="command")
    _add_synth(commands)
    _add_report(commands)
    _add_all(commands)
    _add_baselines(commands)
    add_talk(commands)
    text = "write the bitstream to a board"
    command = commands.add_parser("prog", help=text, description=f"{text.capitalize()}.")
    command.add_argument("--board", required=True, help=BOARD_HELP)
    command.add_argument("--build", type=Path, required=True, help=BUILD_HELP)
    command.set_defaults(run=run_prog)
    add_commands(commands, BUILD_HELP)
    text = "whether a network can fit a board at all"
    room = commands.add_parser("room", help=text, description=f"{text.capitalize()}.")
    room.add_argument("--board", required=True, help=BOARD_HELP)
    room.add_argument("file", type=Path, help="melted.json, or core.json of the shared form")
    room.set_defaults(run=run_room)
    text = "list the boards, or check that one is known"
    boards = commands.add_parser("list", help=text, description=f"{text.capitalize()}.")
    boards.add_argument("--board", help="show this one only; unknown names are an error")
    boards.add_argument("--json", action="store_true", help="print JSON")
    boards.add_argument("--make", action="store_true", help="print what the Makefile needs to know")
    boards.set_defaults(run=run_list)
    return result


def _add_synth(commands: Any) -> None:
    text = "core.v -> top.bin and its report"
    synth = commands.add_parser(
        "synth",
        help=text,
        description=f"{text}. Exit status 3: no seed reaches the board's clock.",
    )
    synth.add_argument("--board", required=True, help=BOARD_HELP)
    synth.add_argument("--core", type=Path, required=True, help="core.json or core.v of hdl")
    synth.add_argument("--out", type=Path, help="build folder (the board's name beside --core)")
    synth.add_argument("--seeds", type=positive, default=5, help="seeds of place and route (5)")
    synth.add_argument(
        "--timeout", type=amount, default=1200, help="most seconds for one run of a tool (1200)"
    )
    synth.add_argument("--baud", type=positive, help="of the serial line (the board's: 115200)")
    synth.add_argument("--comb", type=Path, help="the core's logic without registers, measured too")
    synth.add_argument(
        "--no-self-test", action="store_true", help="leave the self-test out (40 to 60 cells)"
    )
    synth.add_argument("--clock", default="board", help=CLOCK_HELP)
    synth.add_argument(
        "--fmax", type=amount, metavar="MHZ", help="what the core was cut for: say so if missed"
    )
    synth.add_argument("--json", action="store_true", help="print the result as JSON")
    _add_inputs(synth)
    synth.set_defaults(run=run_synth)


def _add_report(commands: Any) -> None:
    text = "make a build's report again and print it"
    report = commands.add_parser("report", help=text, description=f"{text.capitalize()}.")
    report.add_argument("build", type=Path, help=BUILD_HELP)
    report.add_argument("--json", action="store_true", help="print report.json")
    _add_inputs(report)
    report.set_defaults(run=run_report)


def _add_all(commands: Any) -> None:
    text = "build a recipe for every board and compare"
    every = commands.add_parser("all", help=text, description=f"{text.capitalize()}.")
    every.add_argument("--recipe", type=Path, required=True, help="build/<recipe>, with its cores")
    every.add_argument("--seeds", type=positive, default=5, help="seeds of place and route (5)")
    every.add_argument("--boards", nargs="+", help=f"only these: {BOARD_HELP}")
    every.add_argument(
        "--timeout", type=amount, default=1200, help="most seconds for one run of a tool (1200)"
    )
    every.add_argument("--clock", default="board", help=CLOCK_HELP)
    every.add_argument("--json", action="store_true", help="print boards.json")
    every.set_defaults(run=run_all, model=None, ledger=None, vectors=None, sim=())


def _add_baselines(commands: Any) -> None:
    text = "compare a recipe's cells with the agreed ones"
    command = commands.add_parser("baselines", help=text, description=f"{text.capitalize()}.")
    command.add_argument("--recipe", type=Path, required=True, help="build/<recipe>")
    command.add_argument("--boards", nargs="+", help=f"only these: {BOARD_HELP}")
    command.add_argument("--update", action="store_true", help="take today's figures as agreed")
    command.set_defaults(run=run_baselines)


def _add_inputs(command: argparse.ArgumentParser) -> None:
    beside = "(the one in the recipe's build folder)"
    command.add_argument("--model", type=Path, help=f"model.json {beside}")
    command.add_argument("--ledger", type=Path, help=f"ledger.json {beside}")
    command.add_argument("--vectors", type=Path, help=f"vectors.npz {beside}")
    command.add_argument(
        "--sim",
        type=Path,
        nargs="*",
        default=(),
        help="sim.json files (sim/*/sim.json in the recipe's build folder)",
    )


def run_room(args: argparse.Namespace) -> None:
    """Say how large a network is and what the board has, or refuse."""
    from boards.build.room import check_room
    from boards.table.entries import find_board
    from gen.console import say

    say(f"room: {check_room(find_board(args.board), args.file)}")


def run_synth(args: argparse.Namespace) -> None:
    """Build, publish, and say in a few lines what came out."""
    from boards.build.run import TimingNotMet
    from boards.build.synth import Options, making_build, recipe_folder, synthesize
    from boards.table.entries import find_board

    board = find_board(args.board)
    recipe = recipe_folder(args.core.parent, board.family)
    folder = args.out or recipe / board.name
    options = Options(
        args.seeds, args.timeout, args.baud, args.comb, not args.no_self_test, args.clock
    )
    try:
        with making_build(board, args.core, folder, options):
            build = synthesize(board, args.core, folder, options)
            report = _publish(args, recipe, folder, build)
    except TimingNotMet as error:
        if args.json:
            print(json.dumps(error.result(), indent=1))
        raise
    if args.json:
        bitstream = str(folder / board.kind.bitstream)
        print(json.dumps({"status": "built", "bitstream": bitstream, **report}))
    else:
        print(_closing(report, folder))
    _say_if_missed(report["fmax_mhz"]["best"], args.fmax)


def _say_if_missed(reached: float, asked: float | None) -> None:
    """An Fmax that was asked for is an estimate by depth; the clock itself is met in any build."""
    from gen.console import say

    if asked is not None and reached < asked:
        say(
            f"FMAX={asked:g} was asked for and {reached:.2f} MHz reached: the estimate was too"
            f" hopeful for this network; FMAX={asked * asked / reached:.0f} cuts it as much deeper"
        )


def _publish(
    args: argparse.Namespace, recipe_folder: Path, folder: Path, build: dict[str, Any]
) -> dict[str, Any]:
    from boards.bits.commands import links_of
    from boards.build.synth import core_beside
    from boards.report.inputs import find_inputs, read_inputs
    from boards.report.publish import publish
    from gen.made import check

    beside = core_beside(recipe_folder, build)
    sims = args.sim or sorted(beside.glob("sim/*/sim.json"))
    paths = find_inputs(recipe_folder, args.model, args.ledger, args.vectors, sims)
    for path in (paths.model, paths.ledger, paths.vectors, paths.melted, paths.mapped, *sims):
        if path is not None and path.is_file():
            check(path)
    core = build["core_description"]
    core_json = beside / "core.json" if (beside / "core.json").is_file() else None
    first, bits = core["outputs"][0]
    inputs = read_inputs(paths, bits if "[" not in first else 0, core_json, core.get("digest", ""))
    links = links_of(build, beside, folder)
    return publish(folder, build, replace(inputs, links=links))


def _closing(report: dict[str, Any], folder: Path) -> str:
    top, fmax = report["top"], report["fmax_mhz"]
    return (
        f"{top['used']:,} of {top['capacity']:,} {top['unit']}"
        f" ({top['used'] / top['capacity']:.0%}), Fmax {fmax['best']:.1f} MHz best,"
        f" {fmax['median']:.1f} median for a clock of {fmax['constraint']:.1f}, latency"
        f" {report['latency_cycles']} cycles: {folder / report['bitstream_file']},"
        f" {folder / 'report.html'}"
    )


def run_all(args: argparse.Namespace) -> None:
    """Build for every board, print the comparison, and fail where a board that fits has none."""
    from functools import partial

    from boards.build.every import BuildsFailed, build_every, failed
    from boards.build.synth import Options
    from boards.report.comparison import markdown, write_comparison
    from boards.table.entries import BOARDS, find_board

    boards = [find_board(name) for name in args.boards or BOARDS]
    options = Options(args.seeds, args.timeout, clock=args.clock)
    value = build_every(boards, args.recipe, options, partial(_publish, args))
    write_comparison(args.recipe, value)
    print(json.dumps(value, indent=1) if args.json else markdown(value))
    if failed(value):
        raise BuildsFailed(
            f"no build for {', '.join(failed(value))}; {args.recipe / 'boards.json'} says why"
        )


def run_baselines(args: argparse.Namespace) -> None:
    """Measure, and update the baselines or fail where one is exceeded."""
    from boards.report.baselines import AreaGrew, compare, measure_boards, read_baselines, update
    from boards.table.entries import BOARDS, find_board

    boards = [find_board(name) for name in args.boards or BOARDS]
    measured = measure_boards(boards, args.recipe, args.recipe / "baselines")
    if args.update:
        update(args.recipe.name, measured)
        return
    tolerance, recipes = read_baselines()
    grown = compare(measured, recipes.get(args.recipe.name, {}), tolerance)
    if grown:
        raise AreaGrew(f"{'; '.join(grown)} (tolerance {tolerance:.0%}); --update agrees to it")
    print(f"{len(boards)} boards within {tolerance:.0%} of their baselines")


def run_report(args: argparse.Namespace) -> None:
    """Make report.* again from build.json, with checks that ran since, and print it."""
    from boards.build.synth import load_build
    from boards.report.render import terminal_table

    build = load_build(args.build)
    report = _publish(args, args.build.parent, args.build, build)
    print(json.dumps(report, indent=1) if args.json else terminal_table(report))


def run_prog(args: argparse.Namespace) -> None:
    """Write the flash memory of a board."""
    from boards.host.program import program
    from boards.table.entries import find_board

    board = find_board(args.board)
    name = program(board, args.build)
    print(f"{args.build / board.kind.bitstream} written with {name}")


def run_list(args: argparse.Namespace) -> None:
    """Print the table of boards."""
    from boards.table.entries import BOARDS, find_board
    from boards.table.listing import describe, make_lines, table_lines

    boards = [find_board(args.board)] if args.board else list(BOARDS.values())
    if args.json:
        print(json.dumps([describe(board) for board in boards], indent=1))
        return
    own = Path(args.board) if str(args.board).endswith(".py") else None
    lines = make_lines(boards[0], own) if args.make else table_lines(boards)
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main(parser()))
