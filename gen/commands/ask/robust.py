"""`python -m gen ask robust`: the least change that gives another class, of one sample or all."""

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
        "The exact least number of input bits (in a thermometer code: levels) whose change alters"
        " a sample's class. Without --sample, of every row of the held-out data, and the certified"
        " accuracy at every radius."
    )
    parser.add_argument(
        "--sample", help="a row of the held-out data, or a file of input bits, or of named columns"
    )
    parser.add_argument("--rows", type=int, help="only so many rows of the held-out data")
    parser.add_argument("--features", action="store_true", help="features changed, not bits")
    parser.add_argument("--becomes", metavar="NAME", help="of a sample: what gives it this class")
    parser.add_argument("--most", type=int, help="look no farther than this")


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer."""
    from dataclasses import replace

    from gen.ask.network.names import AskError
    from gen.ask.network.samples import data_of
    from gen.ask.questions.certified_accuracy import certified_accuracy
    from gen.ask.questions.robust import smallest_change
    from gen.commands.ask.common import sample_of

    unit = "features" if args.features else "bits"
    for what in ("most", "rows"):
        if getattr(args, what) is not None and getattr(args, what) < 1:
            raise AskError(f"--{what} {getattr(args, what)}: give 1 or more, or leave it out")
    certify = args.certificates is not None
    if args.sample is not None:
        sample = sample_of(asked.logic, args.sample)
        given = asked.conditions, asked.budget, unit, args.most, certify
        becomes = f"class={args.becomes}" if args.becomes else None
        return smallest_change(asked.logic, sample, *given, becomes)
    if args.becomes:
        raise AskError("--becomes is asked of one sample; give --sample")
    data = data_of(asked.logic)
    if data is None:
        raise AskError("the network records no data; give --sample with a file of input bits")
    some = replace(data, bits=data.bits[: args.rows], labels=data.labels[: args.rows])
    given = asked.conditions, asked.budget, unit, args.most, certify
    return certified_accuracy(asked.logic, some, *given)


def text(answer: "Answer") -> list[str]:
    """One sample's answer in a line; of all rows, a line for every radius."""
    found, asked = answer.details, answer.question
    if "radii" in found:
        return _of_rows(answer)
    bare = " (not checked)" if answer.verdict.endswith("not checked") else ""
    name, least, word = found["name"], found["least"], answer.verdict.partition(",")[0]
    if word == "nowhere":
        said = "no input that counts is " + asked["becomes"] if asked["becomes"] else ""
        return [f"{name}: {said or 'every input that counts has it'}{bare}"]
    unit = asked["unit"].removesuffix("s") + "s" * (least != 1)
    if word == "at least":
        what = f"makes it {asked['becomes']}" if asked["becomes"] else "alters it"
        return [
            f"{found['name']}: no change of fewer than {least} {unit} {what}{bare}; not settled"
        ]
    changed = ", ".join(found["changed"])
    return [
        f"{found['name']}: {least} {unit} at least{bare}; {changed} makes it {found['becomes']}"
    ]


def _of_rows(answer: "Answer") -> list[str]:
    found, asked = answer.details, answer.question
    lines = [f"{asked['rows']} rows, {found['right']} of the right class; {answer.verdict}"]
    for row in found["radii"]:
        line = f"  {row['radius']:3} {asked['unit']} changed: {row['certified']:7.2%} certified"
        more = [f", {row[what]:.2%} {what}" for what in ("not checked", "undecided") if row[what]]
        lines.append(line + "".join(more))
    return lines


def spelt(answer: "Answer", logic: "Logic") -> list[str]:
    """The values of what changed, before and after, as far as columns are known."""
    from gen.ask.network.classifier import values_of

    found, names = answer.details, answer.details.get("changed") or []
    if not names or not found.get("row"):
        return []
    rows = answer.question["sample"], found["row"]
    before, after = (values_of(logic, row, names) for row in rows)
    return [f"  {one} -> {other}" for one, other in zip(before, after, strict=True)]


def picture(answer: "Answer", asked: "Asked") -> bytes:
    """PNG bytes: certified accuracy by radius, or the sample beside its nearest other."""
    from gen.ask.questions.pictures import draw_change, draw_radii

    if "radii" in answer.details:
        return draw_radii(answer, asked.folder.name)
    return draw_change(answer, asked.logic)
