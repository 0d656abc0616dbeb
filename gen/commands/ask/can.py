"""`python -m gen ask can`: can a class be the answer at all."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = "Is a class the answer for any input that counts: an input, or a proof."
    parser.add_argument(
        "--class", dest="classes", action="append", default=[], metavar="NAME",
        help="this class; default: every one",
    )  # fmt: skip


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.network.samples import data_of
    from gen.ask.questions.can import can

    names, certify = [f"class={name}" for name in args.classes], args.certificates is not None
    data = data_of(asked.logic)
    return can(asked.logic, names, asked.conditions, asked.budget, data, certify)


def text(answer: "Answer") -> list[str]:
    """A class to a line."""
    return [f"{name}: {one['verdict']}" for name, one in answer.details["classes"].items()]
