"""`python -m gen ask verify`: an answer in a file, checked without what found it."""

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.console import say

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.forward import Forward
    from gen.ask.network.logic import Logic

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Check an answer that was written with --json: its rows are run through the frozen PyTorch"
        " network of the build, its proofs (--certificates) go to an independent checker. Whatever"
        " does not hold ends it with a line and a status that is not 0."
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

    value = read_record(args.answer)
    answer, checked = _checked(args, value)
    if args.json:
        print(json.dumps({"verdict": answer.verdict, "checked": checked}))
        return
    print("\n".join(import_module(f"gen.commands.ask.{answer.kind}").text(answer)))
    for line in checked:
        say(line if line.startswith("not checked") else f"checked: {line}")


def _checked(args: argparse.Namespace, value: dict[str, Any]) -> tuple["Answer", list[str]]:
    from gen.ask.evidence.recorded import Reading, same_network
    from gen.ask.network.logic import Logic
    from gen.ask.network.states import RESET, check_inductive
    from gen.commands.ask import QUESTIONS
    from gen.data.care import care_clauses
    from gen.files import FileDamaged

    network, other = value["network"], value["question"].get("other")
    if value["question"].get("kind") not in QUESTIONS:
        raise FileDamaged(f"{args.answer}: {value['question'].get('kind')!r} is no question")
    folder = args.build or Path(str(network.get("build")))
    same_network(network, folder)
    step, steps = Logic.load(folder), network.get("steps")
    logic, forward = _over(step, steps)
    judge = None
    if isinstance(other, dict):
        second = args.other or Path(str(other.get("build")))
        same_network(other, second)
        _, judge = _over(Logic.load(second), steps)
    proofs = args.certificates or Path(str(value.get("folder")))
    answer = Reading(logic, proofs, judge).answer(value, args.answer)
    if answer.conditions.states:
        facts = [[pair for pair in one if pair[0] != RESET] for one in answer.conditions.states]
        check_inductive(step, facts)
    try:
        return answer, answer.verify(forward, care_clauses(logic.care))
    except (KeyError, IndexError) as error:
        raise FileDamaged(f"{args.answer}: names {error}, which the network has not") from None


def _over(logic: "Logic", steps: int | None) -> tuple["Logic", "Forward"]:
    """A network with its judge, over so many steps from reset where that was asked."""
    from gen.ask.network.unroll import unrolled, unrolled_forward
    from gen.commands.ask.by_torch import by_torch

    forward = by_torch(logic.net)
    if steps is None:
        return logic, forward
    return unrolled(logic, steps), unrolled_forward(logic, forward, steps)
