"""What all questions share on the command line: the build, conditions, budget, evidence."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gen.console import natural, positive, say
from gen.errors import SmeltError
from gen.files import FileDamaged, replacing

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.network.budget import Budget
    from gen.ask.network.conditions import Conditions
    from gen.ask.network.logic import Logic

__all__ = [
    "Asked",
    "add_common",
    "answer_lines",
    "answered",
    "asked_of",
    "build_folder",
    "other_of",
    "sample_of",
    "say_answer",
    "say_checked",
]


MOST = 12
"""Lines about what was checked that are printed."""
HOW = "; --certificates FOLDER writes proofs, and has them checked"


@dataclass(frozen=True, eq=False)
class Asked:
    """What every question gets: the network's logic, where it is asked, and its budget."""

    folder: Path
    logic: "Logic"
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
    where.add_argument("--radius", type=natural, default=1, help="bits that may differ from SAMPLE")
    where.add_argument(
        "--any-code", action="store_true", help="all inputs, also those that no encoder gives"
    )
    where.add_argument(
        "--invariant", type=Path, metavar="JSON", help="only states that satisfy this invariant"
    )
    where.add_argument(
        "--steps",
        type=positive,
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
        "--certificates",
        type=Path,
        metavar="FOLDER",
        help="prove what needs it, and write each proof as .aig, .cnf and .drat",
    )


def build_folder(recipe: str) -> Path:
    """The build folder of a recipe, or the folder itself."""
    folder = Path(recipe)
    return folder if folder.is_dir() else Path("build") / folder.stem


def answered(question: ModuleType, args: argparse.Namespace) -> None:
    """Ask, verify, print and write what was asked for."""
    from gen.ask.evidence.recorded import identity, record
    from gen.commands.ask.by_torch import case_by_torch

    asked = _asked(args)
    answer: Answer = question.ask(asked, args)
    case = case_by_torch(asked.logic, answer.conditions, other_of(answer.question))
    checked = answer.verify(case)
    value = record(answer, case, identity(asked.folder, args.steps), args.certificates)
    if args.picture:
        draw = getattr(question, "picture", None)
        if draw is None:
            raise SmeltError(f"--picture: there is none of {answer.kind}")
        with replacing(args.picture, "wb") as stream:
            stream.write(draw(answer, asked))
    if args.json:
        print(json.dumps(value | {"means": _means(asked.logic, value), "checked": checked}))
        return
    say_answer(question, answer, asked.logic)
    say(f"{answer.run.method}; {answer.run.seconds:.2f} s")
    say_checked(checked)


def say_answer(question: ModuleType, answer: "Answer", logic: "Logic") -> None:
    """Print an answer's lines."""
    print("\n".join(answer_lines(question, answer, logic)))


def answer_lines(question: ModuleType, answer: "Answer", logic: "Logic") -> list[str]:
    """An answer's lines; inputs with what they mean, and values where it has some."""
    from gen.ask.network.meanings import with_meanings

    spelt = getattr(question, "spelt", None)
    lines = with_meanings(question.text(answer), logic.meanings)
    return [*lines, *(spelt(answer, logic) if spelt else ())]


def _means(logic: "Logic", value: Mapping[str, Any]) -> dict[str, str]:
    """What the inputs that an answer names mean."""
    from gen.ask.network.meanings import names_in

    named = names_in(json.dumps([value["question"], value["details"]]))
    return {name: logic.meanings[name] for name in named if name in logic.meanings}


def say_checked(checked: Sequence[str]) -> None:
    """What was checked, a line each, the first of them."""
    for line in checked[:MOST]:
        say(f"checked: {line}" if not line.startswith("not checked") else f"{line}{HOW}")
    if len(checked) > MOST:
        say(f"checked: {len(checked) - MOST} more (--json has all)")


def other_of(question: Mapping[str, Any], folder: Path | None = None) -> "Logic | None":
    """The second network of a question, where it is about one: from `folder`, or as it says.

    Raises AnswerWrong where that folder has another network by now.
    """
    from gen.ask.evidence.recorded import known_network, same_network
    from gen.ask.network.logic import Logic
    from gen.ask.network.unroll import unrolled
    from gen.intnet.files import load

    if question.get("other") is None:
        return None
    known = known_network(question["other"])
    where = folder or Path(known["build"])
    same_network(known, where)
    logic, steps = Logic.melted(load(where / "net.npz")), known["steps"]
    return logic if steps is None else unrolled(logic, steps)


def _asked(args: argparse.Namespace) -> Asked:
    from gen.ask.network.logic import Logic

    folder = build_folder(args.recipe)
    return asked_of(args, folder, Logic.load(folder))


def asked_of(args: argparse.Namespace, folder: Path, logic: "Logic") -> Asked:
    """What the common arguments say, of a build's logic."""
    from gen.ask.network.budget import Budget
    from gen.ask.network.conditions import Conditions
    from gen.ask.network.states import reachable_states
    from gen.ask.network.unroll import unrolled

    budget = Budget(args.seconds, args.conflicts)
    if args.steps is not None:
        logic = unrolled(logic, args.steps)
    sample = () if args.around is None else sample_of(logic, args.around)
    states = reachable_states(logic, args.invariant) if args.invariant else ()
    conditions = Conditions(
        sample=sample,
        radius=args.radius if sample else 0,
        codes=not args.any_code and logic.care is not None,
        states=states,
    )
    return Asked(folder, logic, _fixed(logic, conditions, args.fix), budget)


def _fixed(logic: "Logic", conditions: "Conditions", given: Sequence[str]) -> "Conditions":
    from gen.ask.network.conditions import fixed_bits
    from gen.ask.network.names import AskError

    for one in given:
        name, _, value = one.rpartition("=")
        if not name or not value.lstrip("-").isdecimal():
            raise AskError(f"--fix {one}: expected NAME=VALUE with a whole number")
        conditions = conditions.with_fixed(fixed_bits(logic, name, int(value)))
    return conditions


def sample_of(logic: "Logic", given: Any) -> tuple[int, ...]:
    """The bits of a row of the held-out data by number, or of a file of one row: of bits, or of
    a table's columns with their names above; what is no text are bits or features themselves."""
    import numpy as np

    from gen.arrays import read_table
    from gen.ask.network.forced import check_bits
    from gen.ask.network.given import given_bits
    from gen.ask.network.names import AskError
    from gen.ask.network.samples import held_out
    from gen.data.own.tables import has_header

    if not isinstance(given, str):
        (bits,) = given_bits(logic, [given])
        return tuple(check_bits(logic, bits[None])[0].tolist())
    if given.isdecimal():
        return held_out(logic, int(given))
    path = Path(given)
    if path.is_file() and logic.net.meta.get("columns") and has_header(path):
        return _encoded(logic, path)
    try:
        row = np.atleast_1d(read_table(path, None).squeeze())
    except FileDamaged as error:
        raise AskError(f"sample {given}: neither a row's number nor a file ({error})") from None
    if row.ndim != 1 or not np.isin(row, (0, 1)).all():
        raise AskError(f"sample {given}: expected one row of bits, 0 or 1")
    return tuple(row.astype(int).tolist())


def _encoded(logic: "Logic", path: Path) -> tuple[int, ...]:
    """The bits of the one row of a table of columns."""
    from gen.ask.network.names import AskError
    from gen.data.encode import encoder_from_dict
    from gen.data.own.rows import read_rows

    rows = read_rows(path, logic.net.meta).features
    if len(rows) != 1:
        raise AskError(f"sample {path}: expected one row, it has {len(rows)}")
    return tuple(encoder_from_dict(logic.net.meta["encoder"]).encode(rows)[0].tolist())
