"""`python -m gen share`: a network in its time-shared form, for a chip that it does not fit."""

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Write a core that computes the network's neurons in turn on one adder: a few hundred"
        " logic cells whatever the network's size, and many cycles for an answer."
    )
    parser.add_argument("--net", type=Path, required=True, help="net.npz, frozen or imported")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for core.v, core.il and core.json"
    )
    parser.add_argument(
        "--outputs", default="all", help="class, or class,score, or all (default: %(default)s)"
    )
    parser.add_argument(
        "--weights",
        choices=("ram", "logic"),
        default="ram",
        help="where the program is: block RAM, or LUTs (default: %(default)s)",
    )
    parser.add_argument("--recipe", help="name of the recipe (the name of --net's folder)")


def run(args: argparse.Namespace) -> None:
    """Write the three files and say what they hold."""
    from gen.commands.hdl import write_host_form
    from gen.console import say
    from gen.files import about
    from gen.sharing.core import write_shared

    recipe = args.recipe or args.net.resolve().parent.name
    outputs = args.outputs.split(",")
    with about(args.net):
        core = write_shared(args.net, args.out, recipe, outputs, args.weights == "ram")
    program = core["program"]
    lanes = f", {program['lanes']} at a time" if program["lanes"] > 1 else ""
    say(
        f"shared: {program['weights']:,} weights{lanes}, {program['bits']:,} bits of program in"
        f" {program['in']}, {core['latency']:,} cycles for an answer -> {args.out / 'core.v'}"
    )
    write_host_form(args.net, core, args.out)
