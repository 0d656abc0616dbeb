"""`python -m gen ask ablate`: cut activations, measure, and prove what remains."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.cuts import Cut
    from gen.commands.ask.common import Asked

__all__ = ["add_arguments", "ask", "picture", "text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question's arguments."""
    parser.description = (
        "Cut activations (hold them at 0 or 1, or let them go) and measure every class before and"
        " after. With --kill, prove that a behaviour is gone on all inputs and that the rest does"
        " not depend on what was cut; without --cut and --section, find a smallest cut that does"
        " it."
    )
    parser.add_argument(
        "--cut", action="append", default=[], metavar="NAMES",
        help="activations, elements or layers, as layer1[3],layer1[5]",
    )  # fmt: skip
    parser.add_argument("--section", metavar="NAME", help="a section that training made")
    parser.add_argument("--to", choices=("0", "1", "free"), default="0", help="(default: 0)")
    parser.add_argument(
        "--kill", action="append", default=[], metavar="BEHAVIOUR",
        help="class=NAME, or an output's bit, that must never be seen again",
    )  # fmt: skip
    parser.add_argument(
        "--tolerance", type=float, default=0.01, metavar="PART",
        help="part of the other rows that a cut that is searched for may cost (default: 0.01)",
    )  # fmt: skip
    parser.add_argument(
        "--among", action="append", default=[], metavar="NAMES",
        help="search among these only (default: all activations)",
    )  # fmt: skip
    parser.add_argument(
        "--write", type=Path, metavar="NPZ",
        help="write the network after the cut; `make synth RECIPE=NPZ` builds it",
    )  # fmt: skip


def ask(asked: "Asked", args: argparse.Namespace) -> "Answer":
    """The answer; a cut is searched for where none is named."""
    from gen.ask.network.cuts import cut_of
    from gen.ask.network.names import AskError
    from gen.ask.questions.ablate import ablate
    from gen.ask.questions.smallest_cut import smallest_cut

    names = _named(asked, args)
    to = None if args.to == "free" else int(args.to)
    given = asked.conditions, asked.budget, args.certificates is not None
    if not names and not args.kill:
        raise AskError("say what to cut (--cut, --section), or what to end (--kill class=NAME)")
    if names:
        answer = ablate(asked.logic, cut_of(asked.logic, names, to), args.kill, *given)
    elif to is None:
        raise AskError("--to free ends no behaviour: a cut is searched for with --to 0 or 1")
    else:
        among = [name for one in args.among for name in one.split(",") if name]
        answer = smallest_cut(asked.logic, args.kill, to, among, args.tolerance, *given)
    if args.write and answer.question["cut"]:
        _write(asked, cut_of(asked.logic, answer.question["cut"], to), args.write)
    return answer


def _named(asked: "Asked", args: argparse.Namespace) -> list[str]:
    from gen.ask.network.cuts import section_names

    names = [name for given in args.cut for name in given.split(",") if name]
    return names + (section_names(asked.logic.net, args.section) if args.section else [])


def _write(asked: "Asked", cut: "Cut", path: Path) -> None:
    from gen.console import say
    from gen.intnet.files import save

    save(cut.network(asked.logic.net, path.stem), path)
    say(f"ablate: {path}; build it with make synth RECIPE={path}")


def text(answer: "Answer") -> list[str]:
    """The cut, what was proved, and a line for each class whose figures changed."""
    lines, details = [], answer.details
    if "search" in details:
        lines.append(_search_line(answer, details["search"]))
    if "after" not in details:
        return [*lines, answer.verdict]
    question, ands = answer.question, details["ands"]
    shown = ", ".join(question["cut"][:12]) + (", ..." if len(question["cut"]) > 12 else "")
    lines.append(f"cut to {question['to']}: {len(question['cut'])} elements ({shown})")
    lines += [f"  {bit} was {what} already" for bit, what in details["became"].items()]
    lines += _figures(details["before"], details["after"])
    lines.append(f"AND gates: {ands['before']:,} -> {ands['after']:,}, before simplifying")
    if question["kill"]:
        lines.append(f"{', '.join(question['kill'])}: {answer.verdict}")
    return lines + [f"  {one['claim']}: {one['verdict']}" for one in _short(details["claims"])]


def _short(claims: list[dict[str, str]]) -> list[dict[str, str]]:
    """Bits of one element that say the same are one claim."""
    import re

    found = [one | {"claim": re.sub(r"\]\.\d+ ", "] ", one["claim"])} for one in claims]
    return [one for at, one in enumerate(found) if one not in found[:at]]


def _search_line(answer: "Answer", search: dict[str, Any]) -> str:
    least, cut = search["least"], answer.question["cut"]
    where = f"of {search['candidates']} elements"
    said = search["verdict"].removeprefix("none smaller")
    if answer.verdict.startswith("none"):
        return f"no set {where} ends it within the tolerance{said}"
    if not cut:
        return f"none found in the budget; fewer than {least} {where} cannot{said}"
    if search["smallest"]:
        return f"a smallest set: {len(cut)} {where}{said}"
    return f"a set of {len(cut)} {where}; fewer than {least} cannot{said}"


def _figures(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What was measured, side by side."""
    lines = [f"measured on {before['rows']:,} rows: {before['on']}"]
    if "rest" in before:
        lines.append(f"  the behaviour is seen on {before['says']} -> {after['says']} rows")
        lines.append(f"  the rest is right on {before['rest']:.2%} -> {after['rest']:.2%}")
    if "accuracy" in before:
        lines.append(f"  accuracy {before['accuracy']:.2%} -> {after['accuracy']:.2%}")
    for old, new in zip(before.get("classes", ()), after.get("classes", ()), strict=True):
        if old != new:
            right = f"right {old['right']} -> {new['right']} of {old['rows']}"
            lines.append(f"  class {old['class']}: {right}, said {old['said']} -> {new['said']}")
    return lines


def picture(answer: "Answer", asked: "Asked") -> bytes:
    """PNG bytes: how often each class is right, before and after."""
    import numpy as np

    from gen.ask.network.names import AskError
    from gen.style import DARK, LIGHT, figure, png, tidy

    before, after = (answer.details.get(when, {}) for when in ("before", "after"))
    if "classes" not in before or "classes" not in after:
        raise AskError("--picture: there is one only of a cut of a network with classes")
    chart, axes = figure(f"What {asked.folder.name} can do, before and after the cut")
    for shift, found, colour, label in (
        (-0.2, before, LIGHT, "before"),
        (0.2, after, DARK, "after"),
    ):
        values = [100 * one["right"] / max(one["rows"], 1) for one in found["classes"]]
        axes.bar(np.arange(len(values)) + shift, values, 0.38, color=colour, label=label)
    axes.set_xticks(range(len(values)), [one["class"] for one in before["classes"]])
    axes.legend(frameon=False, fontsize=8.5, ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    tidy(axes, "class", "right, % of its rows")
    return png(chart)
