"""`python -m boards verify` and `faults`: what is asked of a bitstream, on the command line."""

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gen.console import natural, positive, seconds, seed
from gen.proof.chain import Link

__all__ = ["add_commands", "links_of"]


def add_commands(commands: Any, build_help: str) -> None:
    """Add both commands to those of `boards`."""
    _add_verify(commands, build_help)
    _add_faults(commands, build_help)


def _add_verify(commands: Any, build_help: str) -> None:
    text = "prove that a build's netlist and bitstream are its RTL"
    verify = commands.add_parser(
        "verify",
        help=text,
        description=f"{text.capitalize()}: links netlist (RTL == netlist) and bitstream (netlist =="
        " bitstream). Judged are the files that lie there now. Each link's outcome, with digests of"
        " what was read, goes to verify/<link>.json; exit status 1 where one does not hold.",
    )
    verify.add_argument("links", nargs="*", metavar="LINK", help="netlist, bitstream (both)")
    verify.add_argument("--build", type=Path, required=True, help=build_help)
    verify.add_argument("--board", help="its name, or the file that defines it (the build's name)")
    verify.add_argument("--budget", type=seconds, default=300, help="seconds for a proof (300)")
    verify.set_defaults(run=run_verify)


def _add_faults(commands: Any, build_help: str) -> None:
    text = "flip bits of a bitstream's tables: does the proof see every one?"
    faults = commands.add_parser("faults", help=text, description=text.capitalize())
    faults.add_argument("--build", type=Path, required=True, help=build_help)
    faults.add_argument("--count", type=positive, default=200, help="bits to flip (200)")
    faults.add_argument("--seed", type=seed, default=0, help="seed of the draw (0)")
    faults.add_argument(
        "--long-way", type=natural, default=5, help="faults that are packed and read back too (5)"
    )
    faults.add_argument(
        "--lanes", type=natural, default=4096, help="most vectors to simulate, 0 for none (4096)"
    )
    faults.add_argument("--json", action="store_true", help="print every fault as JSON")
    faults.set_defaults(run=run_faults)


def links_of(build: dict[str, Any], core: Path, folder: Path) -> list[dict[str, Any]]:
    """The links that hold of a build: of its recipe, of its family's core, and of the board.

    `build` is build.json's value; the folders are the core's and the build's.
    """
    from boards.build.core import is_shared
    from boards.build.synth import recipe_folder
    from gen.proof.chain import read_links

    # A time-shared core lies in a folder of the recipe's, as one of another family does.
    shared = is_shared(build["core_description"])
    recipe = core.parent if shared else recipe_folder(core, build["board"]["family"])
    places = ((recipe, (1, 2)), (core, (3,)), (folder, (4, 5)))
    return [link for place, own in places for link in read_links(place) if link["link"] in own]


def run_verify(args: argparse.Namespace) -> None:
    """Run links 4 and 5, write what they found, and print the chain as far as it is known."""
    from boards.bits.links import BITSTREAM_FILES, NETLIST_FILES, check_bitstream, check_netlist
    from boards.build.core import is_shared
    from boards.build.synth import core_beside, load_build
    from gen.console import say
    from gen.proof.chain import check_chosen, close, digests, finish, table, whole_chain

    build = load_build(args.build)
    runs: dict[str, tuple[Callable[..., Link], tuple[str, ...]]] = {
        "netlist": (partial(check_netlist, board=args.board), NETLIST_FILES),
        "bitstream": (check_bitstream, BITSTREAM_FILES),
    }
    found = []
    for name in check_chosen(args.links, tuple(runs)):
        say(f"verify: {name}")
        check, files = runs[name]
        read = digests(args.build, files)
        found.append(finish(args.build, check(args.build, build, args.budget), read))
    core = core_beside(args.build.parent, build)
    links = links_of(build, core, args.build)
    print(table(whole_chain(links, is_shared(build["core_description"]))))
    close(found)


def run_faults(args: argparse.Namespace) -> None:
    """Try faults, and say how many the proof and the vectors saw."""
    from boards.bits.faults import Board, try_faults
    from boards.bits.serial import serial_of
    from boards.build.synth import load_build
    from gen.console import say

    build = load_build(args.build)
    say("faults: reading the bitstream back")
    board = Board(args.build)
    serial = None
    if args.lanes:
        say("faults: PyTorch's vectors on the serial line")
        serial = serial_of(board.machine, build, args.build.parent, args.lanes)
    value = try_faults(board, serial, args.count, args.seed, args.long_way)
    print(json.dumps(value, indent=1) if args.json else _faults_text(value))


def _faults_text(value: dict[str, Any]) -> str:
    simulated = (
        f"; {value['vectors']:,} vectors on the serial line catch {value['caught_by_vectors']}"
        f" of the {value['rejected']}"
    )
    return (
        f"{value['tried']} bits flipped in {value['tables']:,} tables: {value['rejected']} rejected"
        f" by proof, {value['equivalent']} proved equivalent ({value['not_addressed']} of all at"
        f" addresses that no connected input reaches), {value['undecided']} undecided"
        + (simulated if value["vectors"] else "")
        + f"; {value['long_way']} went through icepack and back, with the same verdicts"
    )
