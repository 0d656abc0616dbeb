"""`python -m gen ask ablate`: cut activations, measure, and prove what remains."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer, Evidence
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
    from dataclasses import replace

    from gen.ask.network.budget import Budget
    from gen.ask.network.cuts import cut_of
    from gen.ask.network.names import AskError
    from gen.ask.questions.ablate import ablate

    names = _named(asked, args)
    to = None if args.to == "free" else int(args.to)
    certify = args.certificates is not None
    if not names and not args.kill:
        raise AskError("say what to cut (--cut, --section), or what to end (--kill class=NAME)")
    found: dict[str, Any] = {}
    evidence: tuple[Evidence, ...] = ()
    budget = asked.budget
    if not names:
        names, found, evidence, spent = _searched(asked, args, to, certify)
        if not names:
            return _none(asked, args, found, evidence, spent)
        budget = Budget(max(budget.seconds - spent, 1.0), budget.conflicts)
    cut = cut_of(asked.logic, names, to)
    answer = ablate(asked.logic, cut, args.kill, asked.conditions, budget, certify)
    if args.write:
        _write(asked, cut, args.write)
    seconds = asked.budget.seconds - budget.seconds + answer.seconds
    details = dict(answer.details) | ({"search": found} if found else {})
    smaller = found.get("complete") and not evidence and "that no smaller set does it"
    unchecked = "; ".join(one for one in (answer.unchecked, smaller) if one)
    answer = replace(answer, certificates=(*answer.certificates, *evidence), details=details)
    return replace(answer, budget=asked.budget, seconds=seconds, unchecked=unchecked)


def _named(asked: "Asked", args: argparse.Namespace) -> list[str]:
    from gen.ask.network.cuts import section_names

    names = [name for given in args.cut for name in given.split(",") if name]
    return names + (section_names(asked.logic.net, args.section) if args.section else [])


def _searched(
    asked: "Asked", args: argparse.Namespace, to: int | None, certify: bool
) -> tuple[list[str], dict[str, Any], "tuple[Evidence, ...]", float]:
    """The set, what is said of the search, evidence that none is smaller, and seconds."""
    from dataclasses import asdict

    from gen.ask.network.conditions import Region
    from gen.ask.network.cuts import cut_of
    from gen.ask.network.names import AskError
    from gen.ask.questions.smaller_cuts import no_smaller
    from gen.ask.search.smallest import smallest

    if to is None:
        raise AskError("--to free ends no behaviour: a cut is searched for with --to 0 or 1")
    logic, clock = asked.logic, asked.budget.start()
    among = [name for given in args.among for name in given.split(",") if name]
    among = among or [node.name for node in logic.net.activations]
    candidates = cut_of(logic, among).elements
    region = Region(logic, asked.conditions)
    found = smallest(logic, candidates, to, args.kill, args.tolerance, region, clock)
    evidence = no_smaller(logic, found, candidates, to, args.kill, region) if certify else ()
    described = asdict(found) | {"candidates": len(candidates), "tolerance": args.tolerance}
    described["elements"] = list(found.elements) if found.elements is not None else None
    del described["seen"]
    return list(found.elements or ()), described, evidence, clock.spent


def _none(
    asked: "Asked",
    args: argparse.Namespace,
    found: dict[str, Any],
    evidence: "tuple[Evidence, ...]",
    spent: float,
) -> "Answer":
    """The answer where there is nothing to cut: no set does it, or the empty one, or no time."""
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.conditions import Region
    from gen.ask.questions.can import never

    nothing = found["elements"] == []
    verdict = "never seen" if nothing else "none" if found["complete"] else "undecided"
    if nothing and args.certificates is not None:
        region = Region(asked.logic, asked.conditions)
        bits = [bit for name in args.kill for bit in asked.logic.targets(name)]
        evidence = tuple(one for bit in bits for one in never(asked.logic, region, bit))
    unchecked = {"never seen": "that it is never seen", "none": "that no set does it"}
    question = {"kind": "ablate", "cut": [], "to": args.to, "kill": args.kill}
    return Answer(
        question, verdict, "counterexamples", spent, asked.budget, asked.conditions, None,
        evidence, {"search": found}, "" if evidence else unchecked.get(verdict, ""),
    )  # fmt: skip


def _write(asked: "Asked", cut: "Cut", path: Path) -> None:
    from gen.console import say
    from gen.intnet.files import save

    save(cut.network(asked.logic.net, path.stem), path)
    say(f"ablate: {path}; build it with make synth RECIPE={path}")


def text(answer: "Answer") -> list[str]:
    """The cut, what was proved, and a line for each class whose figures changed."""
    lines, details = [], answer.details
    search = details.get("search")
    if search:
        lines.append(_search_line(search))
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


def _search_line(search: dict[str, Any]) -> str:
    found, least = search["elements"], search["least"]
    where = f"of {search['candidates']} elements, {search['tried']} sets tried"
    if found is None and search["complete"]:
        return f"no set {where} ends it within the tolerance"
    if found is None:
        return f"none found in the budget; fewer than {least} {where} cannot"
    if search["complete"]:
        return f"a smallest set: {len(found)} {where}"
    return f"a set of {len(found)} {where}; fewer than {least} cannot"


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
    import io

    import numpy as np

    from gen.ask.network.names import AskError
    from gen.style import DARK, LIGHT, figure, tidy

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
    stream = io.BytesIO()
    chart.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
