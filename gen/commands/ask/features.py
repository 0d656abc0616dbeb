"""`python -m gen ask features`: what every activation hears and serves."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "picture", "text"]

MOST = 20
"""Activations that are printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "Which features each activation depends on and which classes depend on it, how much is"
        " shared, and which activations are constant, equal or opposite to another."
    )
    parser.add_argument("layers", nargs="*", help="layers or activations (default: all)")


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.questions.features import features

    certify = args.certificates is not None
    return features(asked.logic, args.layers, asked.conditions, asked.budget, certify)


def text(answer: "Answer") -> list[str]:
    """A line for each activation, the first of them; then how much is shared."""
    from gen.ask.evidence.answer import NOT_CHECKED

    rows, details = answer.details["activations"], answer.details
    lines = [_line(row) for row in rows[:MOST]]
    if len(rows) > MOST:
        lines.append(f"... {len(rows) - MOST} more (--json has all)")
    for what in ("features per activation", "activations per feature", "classes per activation"):
        found = details["shared"][what]
        lines.append(f"{what}: {found['mean']} ({found['least']} to {found['most']})")
    lines.append(
        f"features to activations: {details['paths']:,} paths as melted,"
        f" {details['dependences']:,} real dependences"
    )
    special = [row for row in rows if row["twin"] or row["constant"] is not None]
    lines.append(
        f"{len(special)} activations are constant, or equal or opposite to another, for every input"
    )
    lines += [f"  {_fate(row)}" for row in special[:MOST]]
    bare = sum(pair["verdict"].endswith(NOT_CHECKED) for pair in _pairs(details))
    if bare:
        lines.append(f"{bare} independent pairs not checked: --certificates adds proofs")
    if details["undecided"]:
        lines.append(f"{details['undecided']} pairs undecided within the budget: give more seconds")
    return lines


def _pairs(details: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*details["heard"], *details["served"]]


def _line(row: dict[str, Any]) -> str:
    features = ", ".join(row["features"]) or "nothing"
    classes = ", ".join(row["classes"]) or "nothing"
    return f"{row['name']}: hears {features}; serves {classes}"


def _fate(row: dict[str, Any]) -> str:
    mark = row["fate"].removeprefix("constant").removeprefix("twin")
    if row["constant"] is not None:
        return f"{row['name']} is always {row['constant']}{mark}"
    name, opposite = row["twin"]
    return f"{row['name']} is {'the complement of' if opposite else 'equal to'} {name}{mark}"


def picture(answer: "Answer", asked: "Asked") -> bytes:
    """PNG bytes: how many features, and how many classes, share each activation."""
    from collections import Counter

    from matplotlib.figure import Figure

    from gen.style import MIDDLE, png, tidy

    rows = answer.details["activations"]
    chart = Figure(figsize=(6.4, 2.8), dpi=130, layout="constrained")
    left, right = chart.subplots(1, 2, sharey=True)
    for axes, key in ((left, "features"), (right, "classes")):
        counts = Counter(len(row[key]) for row in rows)
        axes.bar(list(counts), list(counts.values()), color=MIDDLE)
    tidy(left, "features heard by an activation", "activations")
    tidy(right, "classes served by an activation")
    chart.suptitle(f"What activations share, {asked.folder.name}", x=0.01, ha="left", fontsize=10)
    return png(chart)
