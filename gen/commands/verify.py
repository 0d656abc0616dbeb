"""`python -m gen verify`: the links of the chain from PyTorch to the RTL."""

import argparse
from pathlib import Path

from gen.console import seconds

LINKS = ("frozen", "graphs", "rtl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Check that PyTorch, integer network and melted graph (frozen), melted, simplified and"
        " mapped graph (graphs), and mapped netlist and core.v (rtl) are the same; of a time-shared"
        " core, which has no graphs, integer network and core.v (rtl). Judged are the files that"
        " lie there now. Each link's outcome, with digests of what was read, goes to"
        " verify/<link>.json; exit status 1 where one does not hold."
    )
    parser.add_argument(
        "links", nargs="*", metavar="LINK", help=f"of {', '.join(LINKS)} (default: all)"
    )
    parser.add_argument("--build", type=Path, required=True, help="such as build/digits")
    parser.add_argument("--core", type=Path, help="core.json of hdl (default: the build's)")
    parser.add_argument(
        "--budget", type=seconds, default=300, help="seconds for a proof (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> None:
    """Run the links, write what they found, and print the table."""
    from gen.console import say
    from gen.files import about
    from gen.proof.chain import check_chosen, close, digests, finish, table
    from gen.verify import frozen, graphs, rtl
    from gen.verify.shared import link as shared

    core = args.core or args.build / "core.json"
    runs = {
        "frozen": (
            lambda: frozen.check_frozen(args.build),
            lambda: frozen.files(args.build),
        ),
        "graphs": (
            lambda: graphs.check_graphs(args.build, args.budget),
            lambda: graphs.files(args.build),
        ),
        "rtl": (
            lambda: rtl.check_rtl(args.build, core, args.budget),
            lambda: rtl.files(args.build, core),
        ),
    }
    if shared.is_shared(core):
        del runs["graphs"]
        runs["frozen"] = (
            lambda: frozen.check_frozen(args.build, melted=False),
            lambda: frozen.files(args.build, melted=False),
        )
        runs["rtl"] = (
            lambda: shared.check_shared(args.build, core, args.budget),
            lambda: shared.files(args.build, core),
        )
    found = []
    for name in check_chosen(args.links, tuple(runs)):
        say(f"verify: {name}")
        check, files = runs[name]
        folder = core.parent if name == "rtl" else args.build
        with about(args.build):
            read = digests(folder, files())
            found.append(finish(folder, check(), read))
    print(table(found))
    close(found)
