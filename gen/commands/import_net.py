"""`python -m gen import`: a model from elsewhere becomes an integer network in a build folder."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gen.console import natural, seed

if TYPE_CHECKING:
    from gen.imports.said import Said

__all__ = ["add_arguments", "run", "target"]

CHECKED = 1000
"""Random rows that are compared, where nothing else is said."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Read a model from elsewhere, compare every score with what the model's own tool answers,"
        " and write it as net.npz. docs/import.md says what is read."
    )
    parser.add_argument(
        "model",
        help="net.npz, model.onnx, net.py:make, ...; or a .toml with an [import] table about one",
    )
    parser.add_argument("--out", type=Path, help="file to write (default: build/NAME/net.npz)")
    parser.add_argument(
        "--check", type=Path, help="npz of x (and y, the classes): rows to compare, its test set"
    )
    parser.add_argument(
        "--random",
        type=natural,
        default=CHECKED,
        help="random rows to compare (default: %(default)s)",
    )
    parser.add_argument("--seed", type=seed, help="their seed (default: 0)")


def _said(args: argparse.Namespace) -> "Said":
    """What the command line and the description say of the model."""
    from dataclasses import replace

    from gen.imports.said import plain

    said = plain(args.model)
    check = said.check if args.check is None else args.check
    return replace(said, check=check, seed=said.seed if args.seed is None else args.seed)


def target(args: argparse.Namespace) -> Path:
    """The file to write."""
    from gen.imports.said import parted

    return args.out or Path("build") / Path(parted(args.model)[0]).stem / "net.npz"


def run(args: argparse.Namespace) -> None:
    """Import, compare with the model's own answers, and write."""
    from gen.console import say
    from gen.files import about
    from gen.imports.checked import checked
    from gen.imports.readers import read
    from gen.intnet.files import save

    said = _said(args)
    with about(said.file, *said.described):
        imported = read(said)
        if imported.runtime is not None:
            say("import: comparing with the model's own answers")
        net, compared = checked(imported, said, args.random)
    for note in imported.notes:
        say(f"import: {note}")
    save(net, target(args))
    size = f"{net.n_inputs} inputs, {net.n_classes} classes"
    say(f"import: {said.file}: {size}; {compared}")
