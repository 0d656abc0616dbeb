"""`python -m gen import`: take an integer network from elsewhere into a build folder."""

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Read an integer network (net.npz, or the simple w1/T/w2/b2 format), check it, compare it"
        " with the scores recorded in it, if any, and write it as net.npz."
    )
    parser.add_argument("--net", type=Path, required=True, help="file to read")
    parser.add_argument("--out", type=Path, required=True, help="net.npz to write")


def run(args: argparse.Namespace) -> None:
    """Import, check against recorded scores, and write."""
    from gen.console import say
    from gen.files import about
    from gen.intnet.files import load, save
    from gen.intnet.recorded import check_recorded

    net = load(args.net)
    with about(args.net):
        found = check_recorded(net)
    save(net, args.out)
    size = f"{net.n_inputs} inputs, {net.n_classes} classes"
    say(f"import: {args.net}: {size}; {found or 'no recorded scores'}")
