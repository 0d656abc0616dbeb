"""`python -m gen ask depends`: does one bit affect another."""

import argparse
from typing import TYPE_CHECKING, Any

from gen.commands.sharing import add_sharing

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "picture", "text"]

MOST = 40
"""Pairs that are printed one by one."""
FLAT = "in the flat graph"
"""The remark on what simplification made of activations."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "Does A affect B: two inputs that differ in A only and give B two values, or a proof that"
        " there are none. Without A and B, all input bits against all output bits."
    )
    parser.add_argument("a", nargs="?", help="input, activation, element or feature[N]")
    parser.add_argument("b", nargs="?", help="activation, output, or class=NAME")
    parser.add_argument(
        "--from", dest="sources", action="append", default=[], metavar="NAME",
        help="all bits of this name, against all of --to",
    )  # fmt: skip
    parser.add_argument(
        "--to", dest="targets", action="append", default=[], metavar="NAME",
        help="all bits of this name",
    )  # fmt: skip
    parser.add_argument(
        "--features", action="store_true", help="features instead of input bits, each as a whole"
    )
    add_sharing(parser)


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.questions.depends import depends
    from gen.executor import Here, executor

    logic, names = asked.logic, asked.logic.names
    sources = [args.a] if args.a else list(names.all_bits(args.sources))
    targets = [args.b] if args.b else [bit for one in args.targets for bit in logic.targets(one)]
    if args.features and not sources:
        sources = logic.features()
    certify = args.certificates is not None
    given = logic, sources, targets, asked.conditions, asked.budget, certify
    with executor(args.scheduler, args.processes) as found:
        return depends(*given, executor=None if isinstance(found, Here) else found)


def text(answer: "Answer") -> list[str]:
    """A pair to a line where they are few, else how many of each verdict."""
    pairs, details = answer.details["pairs"], answer.details
    if len(pairs) <= MOST:
        lines = [f"{one['from']} -> {one['to']}: {one['verdict']}" for one in pairs]
    else:
        found = details["verdicts"].items()
        lines = [f"{len(pairs):,} pairs: " + ", ".join(f"{n:,} {what}" for what, n in found)]
        lines += _by_target(pairs)
    if len(pairs) == 1 and "row" in pairs[0]:
        lines += _rows(pairs[0])
    lines += [f"in the flat graph, {said}" for said in answer.run.notes.get(FLAT, ())]
    if details["undecided"]:
        lines.append(f"{details['undecided']} pairs undecided within the budget: give more seconds")
    return lines


def _by_target(pairs: list[dict[str, Any]]) -> list[str]:
    """A line for each target, where they are few: what it depends on."""
    found: dict[str, list[dict[str, Any]]] = {}
    for pair in pairs:
        found.setdefault(pair["to"], []).append(pair)
    most = max(4, MOST // len(found))
    few = found.items() if len(found) <= MOST else ()
    return [_of_target(name, mine, most) for name, mine in few]


def _of_target(name: str, pairs: list[dict[str, Any]], most: int) -> str:
    names = [pair["from"] for pair in pairs if pair["verdict"] == "depends"]
    shown = ", ".join(names[:most]) + (f" and {len(names) - most} more" if names[most:] else "")
    return f"  {name} depends on {shown or 'none'} ({len(names)} of {len(pairs)})"


def _rows(pair: dict[str, Any]) -> list[str]:
    """The input that shows a dependence, and what changes."""
    first, second = pair["values"]
    return [f"  {pair['from']}: {first} -> {second} changes {pair['bit']} on", f"  {pair['row']}"]


def picture(answer: "Answer", asked: "Asked") -> bytes:
    """PNG bytes: sources down, targets across, a colour for each verdict."""
    import numpy as np
    from matplotlib.colors import ListedColormap

    from gen.style import DARK, FREE, LIGHT, LINK_COLOUR, figure, png, tidy

    pairs = answer.details["pairs"]
    rows = list(dict.fromkeys(pair["from"] for pair in pairs))
    columns = list(dict.fromkeys(pair["to"] for pair in pairs))
    verdicts = ["independent", "cannot change", "depends", "undecided"]
    table = np.zeros((len(rows), len(columns)), dtype=int)
    for pair in pairs:
        at = rows.index(pair["from"]), columns.index(pair["to"])
        table[at] = verdicts.index(pair["verdict"].partition(",")[0])
    chart, axes = figure(f"What affects what, {asked.folder.name}", 6.4, 6.4)
    colours = ListedColormap([FREE, LIGHT, DARK, LINK_COLOUR])
    axes.imshow(table, cmap=colours, vmin=0, vmax=3, aspect="auto", interpolation="nearest")
    counts = answer.details["verdicts"]
    said = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    known = asked.logic.meanings
    if len(rows) <= MOST:
        axes.set_yticks(range(len(rows)), [known.get(name, name) for name in rows], fontsize=7)
    if len(columns) <= MOST:
        axes.set_xticks(range(len(columns)), columns, fontsize=7, rotation=90)
    tidy(axes, f"{columns[0]} to {columns[-1]}  ({said})", f"{rows[0]} to {rows[-1]}")
    return png(chart)
