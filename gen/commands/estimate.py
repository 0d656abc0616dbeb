"""`python -m gen estimate`: what a recipe will take, before it is trained."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.estimate.estimate import Estimate, Training

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Say in seconds, and before training, how many LUT4 a recipe is expected to take, on which"
        " boards that fits with the link, and how many minutes training will take here. Nothing is"
        " written, and no data is downloaded."
    )
    parser.add_argument(
        "recipe", help="name of a shipped recipe, a .toml file, or a network that is there (.npz)"
    )
    parser.add_argument(
        "--board", help="a board to name first, as `make boards` lists it, or one's own (.py)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    """Estimate and print."""
    from gen.estimate import estimate_network, estimate_recipe
    from gen.first import all_boards
    from gen.nets.recipe import find_recipe

    boards = all_boards(args.board)
    path = Path(args.recipe)
    if path.suffix == ".npz":
        from gen.intnet.files import load

        found = estimate_network(load(path), path.stem, boards)
    else:
        found = estimate_recipe(find_recipe(args.recipe), boards)
    print(json.dumps(found.to_dict()) if args.json else "\n".join(_lines(found)))


def _lines(found: "Estimate") -> list[str]:
    lines = [
        f"{found.name}: about {found.luts:,} LUT4, in nine of ten cases {found.low:,} to"
        f" {found.high:,} (by {found.way}, in {found.seconds:.1f} s)",
        f"  with the core's registers and about {found.link:,} cells of link and self-test"
        f" ({found.read:,} bits read, {found.answered:,} answered):",
        *_board_lines(found),
    ]
    if found.training is not None:
        lines.append(f"  training: about {_training(found.training)}")
    return [*lines, *(f"  note: {note}" for note in found.notes)]


def _training(told: "Training") -> str:
    steps = []
    if told.epochs:
        steps.append(
            f"{told.epochs:,} epochs of {told.batches:,} batches, {told.batch_ms:.1f} ms each"
        )
    if told.sweeps:
        steps.append(f"{told.sweeps:,} sweeps over the tables, {told.sweep_s:.1f} s each")
    steps.append(
        f"{told.twin_epochs:,} epochs of the float twin, {told.twin_ms:.1f} ms for a batch"
    )
    return f"{told.minutes:.1f} minutes here: {'; '.join(steps)}"


def _board_lines(found: "Estimate") -> list[str]:
    words = {"yes": "fits", "no": "does not fit", "perhaps": "may or may not fit"}
    width = max(len(one.board) for one in found.boards)
    return [
        f"  {one.board.ljust(width)}  {words[one.fits]}: {one.cells:,} of {one.capacity:,}"
        f" {one.unit} ({one.cells / one.capacity:.0%})"
        for one in found.boards
    ]
