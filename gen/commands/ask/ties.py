"""`python -m gen ask ties`: can two classes have the same, highest score."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "Can two classes both have the highest score, so that only their order decides: an input"
        " for each two, or a proof."
    )
    parser.add_argument(
        "--class", dest="classes", action="append", default=[], metavar="NAME",
        help="between these classes; default: any two",
    )  # fmt: skip


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.questions.ties import ties

    names = [f"class={name}" for name in args.classes]
    certify = args.certificates is not None
    return ties(asked.logic, names, asked.conditions, asked.budget, certify)


def text(answer: "Answer") -> list[str]:
    """Two classes to a line."""
    return [
        f"{' and '.join(pair['classes'])}: {pair['verdict']}" for pair in answer.details["pairs"]
    ]
