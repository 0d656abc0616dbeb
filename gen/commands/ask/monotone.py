"""`python -m gen ask monotone`: does the answer only rise, or only fall, as a feature rises."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "As a feature rises and all else stays, can class=NAME become true, can it become false:"
        " two inputs for each, or a proof."
    )
    parser.add_argument("--feature", required=True, help="feature[N], or an input bit")
    parser.add_argument("--class", dest="target", required=True, metavar="NAME", help="the class")


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.questions.monotone import monotone

    target, certify = f"class={args.target}", args.certificates is not None
    return monotone(asked.logic, args.feature, target, asked.conditions, asked.budget, certify)


def text(answer: "Answer") -> list[str]:
    """The verdict, and both directions."""
    question, found = answer.question, answer.details
    return [
        f"{question['target']} is {answer.verdict} in {question['feature']}:"
        f" becomes true as it rises: {found['rises']['verdict']}, becomes false:"
        f" {found['falls']['verdict']}"
    ]
