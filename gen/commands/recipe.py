"""`python -m gen recipe`: data of one's own to a first recipe."""

import argparse
import re
from pathlib import Path

from gen.console import positive

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Look at data of one's own and write a first recipe for it that works: encoders for its"
        " columns, and a size that fits the board with its link. The recipe says why."
    )
    parser.add_argument(
        "data",
        type=Path,
        help="a table (.csv, .tsv, .parquet), arrays (.npz with x and y, or x_test and y_test too),"
        " or a folder of images with a folder for each class",
    )
    parser.add_argument("--label", help="the column of a table that is to be told, or its number")
    parser.add_argument(
        "--board", default="icebreaker", help="as `make boards` lists them (default: %(default)s)"
    )
    parser.add_argument(
        "--steps", type=positive, default=1, help="steps that a sequence is read in"
    )
    parser.add_argument(
        "--test", help="a share of the rows to test on (default: 0.25), a second file, or a column"
    )
    parser.add_argument("--group", help="a column of which no value is trained and tested on")
    parser.add_argument("--drop", action="append", default=[], help="a column not to be looked at")
    parser.add_argument(
        "--where",
        choices=("host", "chip"),
        default="host",
        help="where values become bits: on the chip, sensors' integers are read (default: host)",
    )
    parser.add_argument("--out", type=Path, help="recipe to write (default: beside the data)")
    parser.add_argument("--force", action="store_true", help="write over a recipe that is there")


def run(args: argparse.Namespace) -> None:
    """Look, choose, and write the recipe; nothing is written where anything is wrong."""
    from gen.files import write_text
    from gen.first import FirstError, Wish, find_board, first_recipe
    from gen.make.words import check_name

    board = find_board(args.board)
    target = args.out or args.data.with_name(f"{_stem(args.data)}.toml")
    if target.suffix != ".toml":
        raise FirstError(f"{target}: the name of a recipe ends in .toml")
    check_name(target.stem, f"--out {target}")
    if target.exists() and not args.force:
        raise FirstError(f"{target}: is there already; --force writes over it, --out names another")
    given = args.data, args.label, args.steps, _test(args.test), args.group, tuple(args.drop)
    wish = Wish(*given, chip=args.where == "chip")
    text, recipe, size = first_recipe(wish, board, target)
    write_text(target, text)
    layer = recipe.to_dict()["layers"][0]
    print(
        f"{target}: {layer['units']} {layer['kind']} units; about {size.luts:,} LUT4, with the link"
        f" {size.whole:,} of {board.capacity:,} {board.kind.unit} of {board.name}"
    )
    print(f"next: make synth RECIPE={target} BOARD={args.board}")


def _stem(data: Path) -> str:
    """The data's name as one that a build folder can have."""
    return re.sub(r"^[^\w]+|[^\w.+@-]", "-", data.stem.strip()).strip("-") or "data"


def _test(said: str | None) -> float | str | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return said
