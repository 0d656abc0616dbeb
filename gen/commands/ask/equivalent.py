"""`python -m gen ask equivalent`: do two networks give the same class for every input."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "Have two networks the same class for every input that counts: a proof, or an input and on"
        " what share of inputs they differ."
    )
    parser.add_argument("--other", required=True, help="the other recipe or build folder")


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.evidence.recorded import identity
    from gen.ask.network.logic import Logic
    from gen.ask.network.samples import data_of
    from gen.ask.network.unroll import unrolled
    from gen.ask.questions.equivalent import equivalent
    from gen.commands.ask.common import build_folder

    folder = build_folder(args.other)
    other = Logic.load(folder)
    if args.steps is not None:
        other = unrolled(other, args.steps)
    certify = args.certificates is not None
    given = asked.conditions, asked.budget, data_of(asked.logic), certify
    return equivalent(asked.logic, other, *given, identity(folder, args.steps))


def text(answer: "Answer") -> list[str]:
    """The verdict, and the shares."""
    found = answer.details
    lines = [answer.verdict]
    if not answer.verdict.startswith("equivalent"):
        lines.append(f"  they differ on {found['differ']:,} of {found['inputs']:,} inputs:")
        low, high = found.get("interval", [found["share"]] * 2)
        sure = "exactly" if found["exact"] else f"{low:.4%} to {high:.4%} with 99 % confidence:"
        lines[-1] = f"  {sure} {found['share']:.4%} of inputs ({found['inputs']:,} looked at)"
    if "data" in found:
        data = found["data"]
        lines.append(f"  {data['differ']:,} of {data['rows']:,} rows of {data['name']} differ")
    return lines
