"""`python -m gen ask verify`: an answer in a file, checked without what found it."""

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.logic import Logic

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Check an answer that was written with --json. From question and network it is derived anew"
        " what must be shown; rows are run through the frozen PyTorch network of the build, proofs"
        " (--certificates) go to an independent checker. Whatever is not as derived ends it with a"
        " line and a status that is not 0."
    )
    parser.add_argument("answer", type=Path, metavar="ANSWER.json")
    parser.add_argument(
        "--build", type=Path, metavar="FOLDER", help="the network's build (default: as recorded)"
    )
    parser.add_argument(
        "--other", type=Path, metavar="FOLDER", help="likewise, of the second network"
    )
    parser.add_argument(
        "--certificates", type=Path, metavar="FOLDER", help="where the proofs are now"
    )
    parser.add_argument("--json", action="store_true", help="print verdict and checks as JSON")


def run(args: argparse.Namespace) -> None:
    """Read, check, and print what was claimed and how it was checked."""
    from gen.ask.evidence.recorded import read_record
    from gen.commands.ask.common import say_answer, say_checked

    answer, logic, checked = _checked(args, read_record(args.answer))
    if args.json:
        print(json.dumps({"verdict": answer.verdict, "checked": checked}))
        return
    say_answer(import_module(f"gen.commands.ask.{answer.kind}"), answer, logic)
    say_checked(checked)


def _checked(
    args: argparse.Namespace, value: dict[str, Any]
) -> tuple["Answer", "Logic", list[str]]:
    from dataclasses import replace

    from gen.ask.evidence.recorded import answer_of, same_network
    from gen.commands.ask.by_torch import case_by_torch
    from gen.commands.ask.common import other_of

    network = value["network"]
    folder = args.build or Path(network["build"])
    same_network(network, folder)
    logic = _logic(folder, network["steps"])
    _same_meanings(logic, value.get("means", {}))
    answer = answer_of(value, args.answer, args.certificates)
    other = other_of(answer.question, args.other)
    case = case_by_torch(logic, answer.conditions, other)
    checked = answer.verify(case)
    # What was said of how it was found is not checked, so it is not shown either.
    return replace(answer, run=replace(answer.run, method="", notes={})), logic, checked


def _same_meanings(logic: "Logic", said: object) -> None:
    """Raise AnswerWrong where inputs are said to mean what they do not."""
    from gen.ask.evidence.case import AnswerWrong

    known = logic.meanings.items()
    if not isinstance(said, dict) or not all(pair in known for pair in said.items()):
        raise AnswerWrong("what the answer's inputs are said to mean is not what the network says")


def _logic(folder: Path, steps: int | None) -> "Logic":
    """The network of a build, from its net.npz alone."""
    from gen.ask.network.logic import Logic
    from gen.ask.network.unroll import unrolled
    from gen.intnet.files import load

    logic = Logic.melted(load(folder / "net.npz"))
    return logic if steps is None else unrolled(logic, steps)
