"""`python -m gen vectors`: inputs and what PyTorch says the outputs are."""

import argparse
from pathlib import Path

from gen.console import natural, seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--net", type=Path, required=True, help="net.npz, frozen or imported")
    parser.add_argument("--out", type=Path, help="file to write (default: vectors.npz beside it)")
    parser.add_argument(
        "--part",
        choices=("test", "train"),
        default="test",
        help="which part of the data set comes first (default: %(default)s)",
    )
    parser.add_argument("--random", type=natural, default=2000, help="random ones (default: 2000)")
    parser.add_argument("--seed", type=seed, default=0, help="their seed (default: 0)")
    parser.add_argument(
        "--outputs",
        default="all",
        help="what the hardware gives, of the network's outputs: class, or class,score, or all"
        " (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    """Run the frozen network in PyTorch and write what it says."""
    from gen.files import about
    from gen.intnet.files import load
    from gen.nets.freezing.vectors import make_vectors, save_vectors

    outputs = args.outputs.split(",")
    with about(args.net):
        vectors = make_vectors(load(args.net), args.random, args.seed, outputs, args.part)
    path = args.out or args.net.with_name("vectors.npz")
    save_vectors(vectors, path)
    print(f"{path}: {len(vectors.labels)} {args.part} and {args.random} random vectors")
