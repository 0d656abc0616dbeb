"""`python -m gen freeze`: a trained model to the integer network net.npz."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--model", type=Path, required=True, help="model.json of a trained model")
    parser.add_argument("--out", type=Path, help="file to write (default: net.npz beside it)")


def run(args: argparse.Namespace) -> None:
    """Freeze, compare with the trained network, and write the integer network."""
    from gen.files import about
    from gen.intnet.files import save
    from gen.nets.freezing.freeze import freeze
    from gen.nets.store import load_model

    with about(args.model):
        net = freeze(load_model(args.model))
    path = args.out or args.model.with_name("net.npz")
    save(net, path)
    print(
        f"{path}: {net.n_inputs} input bits, {len(net.nodes)} nodes, equal to the trained network"
    )
