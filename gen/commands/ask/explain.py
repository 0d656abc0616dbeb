"""`python -m gen ask explain`: which inputs of a sample alone decide its class."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.logic import Logic
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "picture", "spelt", "text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "Features that fix a sample's class whatever the others are, none of which can be left out;"
        " with --claim, whether given ones do, or an input that shows they do not."
    )
    parser.add_argument(
        "--sample",
        required=True,
        help="a row of the held-out data, or a file of input bits, or of named columns",
    )
    parser.add_argument("--bits", action="store_true", help="single bits instead of features")
    parser.add_argument(
        "--claim", action="append", metavar="NAME", help="check these inputs instead (repeat it)"
    )


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from gen.ask.network.samples import data_of
    from gen.ask.questions.explain import check_explanation, explain
    from gen.commands.ask.common import sample_of

    sample, certify = sample_of(asked.logic, args.sample), args.certificates is not None
    common = asked.conditions, asked.budget
    if args.claim:
        return check_explanation(asked.logic, sample, args.claim, *common, certify)
    unit = "bits" if args.bits else "features"
    return explain(asked.logic, sample, *common, unit, data_of(asked.logic), certify)


def text(answer: "Answer") -> list[str]:
    """The explanation in a line or two."""
    found = answer.details
    bare = " (not checked)" if answer.verdict.endswith("not checked") else ""
    if "claimed" in answer.question:
        said = {"true": "decide", "false": "do not decide", "undecided": "may decide"}
        word = said[answer.verdict.partition(",")[0]]
        line = (
            f"{', '.join(answer.question['claimed']) or 'no inputs'} {word} {found['name']}{bare}"
        )
        same = f"  {found['becomes']}, and the same there: {found['row']}"
        return [line, same] if found["row"] else [line]
    kept, unit = found["kept"], answer.question["unit"]
    few = f"{found['name']}: {len(kept)} of {found['of']} {unit} decide it, whatever the others"
    lines = [few + bare, f"  {', '.join(kept)}"]
    if found["undecided"]:
        lines.append(f"  {len(found['undecided'])} of them may be too many: give more seconds")
    return lines


def spelt(answer: "Answer", logic: "Logic") -> list[str]:
    """The values of what decides, as far as columns are known."""
    from gen.ask.network.classifier import values_of

    names = answer.details.get("kept") or answer.question.get("claimed") or []
    said = values_of(logic, answer.question["sample"], names)
    return [f"  that is: {', '.join(said)}"] if said else []


def picture(answer: "Answer", asked: "Asked") -> bytes:
    """PNG bytes: the sample, with what decides its class marked."""
    from gen.ask.questions.pictures import draw_explanation

    return draw_explanation(answer, asked.logic)
