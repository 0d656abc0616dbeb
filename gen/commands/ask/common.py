"""What all questions share on the command line: the build, conditions, budget, evidence."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gen.console import say
from gen.errors import SmeltError
from gen.files import replacing

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.budget import Budget
    from gen.ask.network.conditions import Conditions
    from gen.ask.network.forward import Forward
    from gen.ask.network.logic import Logic

__all__ = ["Asked", "add_common", "answered", "build_folder", "sample_of"]


MOST = 12
"""Lines about what was checked that are printed."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What every question gets: the network's logic, where it is asked, and its budget."""

    folder: Path
    logic: "Logic"
    forward: "Forward"
    conditions: "Conditions"
    budget: "Budget"


def add_common(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that all questions have."""
    parser.add_argument(
        "recipe", help="a recipe that was built, or its build folder; names follow, then options"
    )
    where = parser.add_argument_group("where it is asked")
    where.add_argument(
        "--fix",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an input bit, element or feature[N] has this value (a feature: thresholds reached)",
    )
    where.add_argument(
        "--around", metavar="SAMPLE", help="a row of the held-out data, or a file of input bits"
    )
    where.add_argument("--radius", type=int, default=1, help="bits that may differ from SAMPLE")
    where.add_argument(
        "--any-code", action="store_true", help="all inputs, also those that no encoder gives"
    )
    where.add_argument(
        "--invariant", type=Path, metavar="JSON", help="only states that satisfy this invariant"
    )
    where.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="of a recurrent network, N steps from reset; names end in @STEP, from 0",
    )
    spent = parser.add_argument_group("budget")
    spent.add_argument("--seconds", type=float, default=60.0, help="for all of it (default: 60)")
    spent.add_argument("--conflicts", type=int, default=200_000, help="of one SAT question")
    out = parser.add_argument_group("answer")
    out.add_argument(
        "--json", action="store_true", help="print the whole answer as JSON, for `ask verify`"
    )
    out.add_argument("--picture", type=Path, metavar="PNG", help="draw it, where a picture helps")
    out.add_argument(
        "--certificates", type=Path, metavar="FOLDER", help="write proofs as .cnf and .drat"
    )


def build_folder(recipe: str) -> Path:
    """The build folder of a recipe, or the folder itself."""
    folder = Path(recipe)
    return folder if folder.is_dir() else Path("build") / folder.stem


def answered(question: ModuleType, args: argparse.Namespace) -> None:
    """Ask, verify, print and write what was asked for."""
    from gen.ask.evidence.recorded import identity, record
    from gen.data.care import care_clauses

    asked = _asked(args)
    answer: Answer = question.ask(asked, args)
    checked = answer.verify(asked.forward, care_clauses(asked.logic.care))
    value = record(answer, identity(asked.folder, args.steps), args.certificates)
    if args.picture:
        draw = getattr(question, "picture", None)
        if draw is None:
            raise SmeltError(f"--picture: there is none of {answer.kind}")
        with replacing(args.picture, "wb") as stream:
            stream.write(draw(answer, asked))
    if args.json:
        print(json.dumps(value | {"checked": checked}))
        return
    print("\n".join(question.text(answer)))
    say(f"{answer.method}; {answer.seconds:.2f} s")
    for line in checked[:MOST]:
        say(f"checked: {line}" if not line.startswith("not checked") else line)
    if len(checked) > MOST:
        say(f"checked: {len(checked) - MOST} more (--json has all)")


def _asked(args: argparse.Namespace) -> Asked:
    from gen.ask.network.budget import Budget
    from gen.ask.network.conditions import Conditions
    from gen.ask.network.logic import Logic
    from gen.ask.network.states import reachable_states
    from gen.ask.network.unroll import unrolled, unrolled_forward
    from gen.commands.ask.by_torch import by_torch

    budget = Budget(args.seconds, args.conflicts)
    folder = build_folder(args.recipe)
    logic = Logic.load(folder)
    forward = by_torch(logic.net)
    if args.steps is not None:
        forward = unrolled_forward(logic, forward, args.steps)
        logic = unrolled(logic, args.steps)
    sample = sample_of(logic, args.around) if args.around else ()
    states = reachable_states(logic, args.invariant) if args.invariant else ()
    conditions = Conditions(
        sample=sample,
        radius=args.radius if sample else 0,
        codes=not args.any_code and logic.care is not None,
        states=states,
    )
    return Asked(folder, logic, forward, _fixed(logic, conditions, args.fix), budget)


def _fixed(logic: "Logic", conditions: "Conditions", given: Sequence[str]) -> "Conditions":
    from gen.ask.network.conditions import fixed_bits
    from gen.ask.network.names import AskError

    for one in given:
        name, _, value = one.rpartition("=")
        if not name or not value.lstrip("-").isdecimal():
            raise AskError(f"--fix {one}: expected NAME=VALUE with a whole number")
        conditions = conditions.with_fixed(fixed_bits(logic, name, int(value)))
    return conditions


def sample_of(logic: "Logic", given: str) -> tuple[int, ...]:
    """The bits of a row of the held-out data by number, or of a file of one row."""
    import numpy as np

    from gen.arrays import ARCHIVE_ERRORS
    from gen.ask.network.names import AskError
    from gen.ask.network.samples import held_out

    if given.isdecimal():
        return held_out(logic, int(given))
    path = Path(given)
    try:
        load: Any = np.load if path.suffix == ".npy" else np.loadtxt
        row = np.atleast_1d(load(path).squeeze())
    except ARCHIVE_ERRORS as error:
        raise AskError(f"sample {given}: neither a row's number nor a file ({error})") from None
    if row.ndim != 1 or not np.isin(row, (0, 1)).all():
        raise AskError(f"sample {given}: expected one row of bits, 0 or 1")
    return tuple(row.astype(int).tolist())
