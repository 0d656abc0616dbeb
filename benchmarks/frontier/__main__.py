"""`python -m benchmarks.frontier`: the tables printed, the pictures drawn."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.frontier.plot import plot_task
from benchmarks.frontier.points import Published, read_published
from benchmarks.frontier.references import KEPT, read_references
from benchmarks.frontier.runs import RESULTS, Ours, measured
from benchmarks.frontier.table import frontier_section
from gen.console import main, say
from gen.files import make_folder, read_text, write_bytes, write_text

PICTURE = "mnist"
"""The task whose picture the README shows."""


def run(args: argparse.Namespace) -> None:
    """Print all tables, write a picture for each task, and the README's; nothing is written where
    a point is wrong."""
    published, ours = read_published(), measured(args.results)
    references = read_references(args.references)
    section = frontier_section(published, ours, references)
    page = put_section(read_text(args.table), section) if args.table else ""
    pictures = _pictures(published, ours, references)
    print(section)
    make_folder(args.out)
    if args.table:
        write_text(args.table, page)
    for task, drawn in pictures.items():
        write_bytes(args.out / f"{task}.png", drawn)
        say(f"{args.out / task}.png")
        if task == PICTURE and args.picture:
            write_bytes(args.picture, drawn)


def _pictures(
    published: Published, ours: Sequence[Ours], references: Mapping[str, Mapping[str, Any]]
) -> dict[str, bytes]:
    """The picture of each task that has points."""
    found = {}
    for task, title in published.tasks.items():
        mine = [one for one in ours if one.task == task]
        rivals = [one for one in published.rivals if one.task == task]
        drawn = plot_task(title, mine, rivals, references.get(task, {}))
        if drawn is not None:
            found[task] = drawn
    return found


def put_section(page: str, section: str) -> str:
    """A page with this section in the place of the one with the same heading, or at its end."""
    heading = section.split("\n", 1)[0] + "\n"
    before, found, rest = page.partition(heading)
    after = rest.partition("\n## ")[1:] if found else ()
    return before.rstrip("\n") + f"\n\n{section}\n" + "".join(after)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.frontier", description=__doc__)
    top.add_argument("--out", type=Path, default=Path("build/frontier"), help="folder of pictures")
    top.add_argument("--results", type=Path, default=RESULTS, help="our measured points")
    top.add_argument("--references", type=Path, default=KEPT, help="what other models answer")
    top.add_argument("--picture", type=Path, help=f"where the picture of {PICTURE} goes as well")
    top.add_argument("--table", type=Path, help="a page whose section is made anew")
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
