"""The arguments by which a command's work is shared out."""

import argparse

from gen.console import positive

__all__ = ["add_sharing"]


def add_sharing(parser: argparse.ArgumentParser, processes: int = 1) -> None:
    """Declare `--processes` and `--scheduler`, as `gen.executor.executor` takes them."""
    parser.add_argument(
        "--processes",
        type=positive,
        default=processes,
        help="how many processes of this machine do the work (default: %(default)s)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="have a Dask cluster do the work, tcp://HOST:8786 (docs/sweep.md)",
    )
