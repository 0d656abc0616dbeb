"""`python -m gen ip`: a build's core as a part for someone else's design."""

import argparse
from pathlib import Path

from gen.console import seconds

__all__ = ["add_arguments", "name_of", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Write the core of a build under a name of its own: as iCE40 cells and as plain Verilog,"
        " with a wrapper for AXI4-Stream, a data sheet, templates, vectors, benches and a FuseSoC"
        " description. Every form is proved equal to the logic graph, the wrapper to lose nothing."
    )
    parser.add_argument("--build", type=Path, required=True, help="such as build/digits")
    parser.add_argument("--out", type=Path, help="folder to write (default: the build's ip/)")
    parser.add_argument("--name", help="of the module (default: the recipe's name)")
    parser.add_argument("--recipe", help="name of the recipe (the name of --build's folder)")
    parser.add_argument(
        "--lut",
        type=int,
        help="6: tables of six inputs too, from lut6/mapped.json (`gen map --k 6` writes it)",
    )
    parser.add_argument(
        "--budget", type=seconds, default=300, help="seconds for a proof (default: %(default)s)"
    )
    parser.add_argument(
        "--no-measure", action="store_true", help="leave area and Fmax out of the data sheet"
    )


def recipe_of(args: argparse.Namespace) -> str:
    """The recipe's name."""
    name: str = args.recipe or args.build.resolve().name
    return name


def name_of(args: argparse.Namespace) -> str:
    """What the core is to be called; raises NameWrong."""
    from gen.ip.names import check_name, module_name

    return check_name(args.name) if args.name is not None else module_name(recipe_of(args))


def run(args: argparse.Namespace) -> None:
    """Write the folder and say what is in it."""
    from gen.console import say
    from gen.ip.write import write_ip

    out, name = args.out or args.build / "ip", name_of(args)
    made = write_ip(
        args.build, out, name, recipe_of(args), args.lut, args.budget, not args.no_measure
    )
    say(
        f"ip: {name}: {len(made['inputs'])} inputs, latency {made['latency']},"
        f" {len(made['files'])} files, every form proved -> {out / 'datasheet.md'}"
    )
