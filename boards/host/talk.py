"""`python -m boards talk`: a host for a board with a core, real or virtual."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.console import natural, positive, say, seed
from hw.signature import LARGEST_LOG16

if TYPE_CHECKING:
    from boards.host.session import Session

__all__ = ["add_talk"]

COMMANDS = {
    "identify": "what the board says it is, compared with the build",
    "classify": "classify a row of the test set, a picture, or rows of your own",
    "accuracy": "send the whole test set and count right answers",
    "self-test": "run vectors at full speed on the chip and compare the signature",
    "generate": "let a recurrent network write: each class is its next input, on the chip",
    "throughput": "vectors per second of the core and of the link",
}
STIMULI = (
    "The stimuli come from a shift register and leave the core's care set (they are no thermometer"
    " codes); the signature is computed on what the logic does there."
)


def add_talk(commands: Any) -> None:
    """Add the command and those under it."""
    text = "talk to a board: " + ", ".join(COMMANDS)
    talk = commands.add_parser("talk", help=text, description=text[0].upper() + text[1:])
    talk.add_argument("--port", help="serial port, such as /dev/ttyUSB1 (none: lists those here)")
    talk.add_argument(
        "--build", type=Path, help="build folder, such as build/digits", required=True
    )
    talk.add_argument("--baud", type=positive, default=115_200, help="of the serial line (115200)")
    talk.add_argument(
        "--timeout", type=_seconds, default=5.0, help="longest wait for a reply in seconds (5)"
    )
    json_help = "print JSON"
    talk.add_argument("--json", action="store_true", help=json_help)
    what = talk.add_subparsers(dest="what", required=True, metavar="what")
    made = {
        name: what.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
        for name, help_ in COMMANDS.items()
    }
    for one in made.values():  # after the action, too
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=json_help)
    made["classify"].add_argument("--row", type=natural, help="row of the test set, or sequence")
    made["classify"].add_argument("--picture", type=Path, help="a PNG file")
    made["classify"].add_argument(
        "--rows",
        type=Path,
        help="rows like those that were trained on: a table with the same columns in any order,"
        " .npz with x, a folder of images; prints a class and its scores to a line",
    )
    made["classify"].add_argument(
        "--unseen",
        action="store_true",
        help="take a text that is no category of its column as none of them; else it is refused",
    )
    made["classify"].add_argument(
        "--invert", action="store_true", help="the picture is dark on light"
    )
    made["accuracy"].add_argument(
        "--limit", type=positive, help="the first so many rows, or sequences (all)"
    )
    for name, shown in (
        ("self-test", "a second's worth, 65,536 at most"),
        ("throughput", "a second's worth"),
    ):
        made[name].add_argument(
            "--log16",
            type=int,
            choices=range(LARGEST_LOG16 + 1),
            metavar="K",
            help=f"16^K vectors, K up to {LARGEST_LOG16} ({shown}; a virtual board takes seconds"
            " for 2)",
        )
    made["self-test"].epilog = STIMULI
    made["self-test"].add_argument("--seed", type=seed, default=1, help="of the first vector (1)")
    made["generate"].add_argument("--start", default="", help="first letters, sent as steps")
    made["generate"].add_argument(
        "--steps", type=_steps, default=15, help="steps that the chip takes by itself (15)"
    )
    talk.set_defaults(run=run_talk)


def _seconds(text: str) -> float:
    """A time above 0, for argparse."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time to wait")
    return value


def _steps(text: str) -> int:
    """A number of steps for argparse."""
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 1 to 100000 steps")
    return int(text)


def run_talk(args: argparse.Namespace) -> None:
    """Open the port, see that it is the right board, and do what was asked."""
    from boards.host import session

    found = session.Session.open(args.build, args.port, args.baud, args.timeout)
    actions = {
        "identify": lambda: found.describe(),
        "classify": lambda: _classified(found, args),
        "accuracy": lambda: found.accuracy(args.limit),
        "self-test": lambda: found.self_test(args.log16, args.seed),
        "generate": lambda: found.generate(args.start, args.steps),
        "throughput": lambda: found.throughput(args.log16),
    }
    value = actions[args.what]()
    if args.json:
        print(json.dumps(value))
    elif getattr(args, "rows", None):
        _print_rows(value)
    else:
        for name, entry in value.items():
            print(f"{name.replace('_', ' ')}: {session.shown(entry)}")
    wrong = value["rows"] - value["equal_to_pytorch"] if args.what == "accuracy" else 0
    if wrong:
        raise session.AnswersDiffer(
            f"{wrong} of {value['rows']} answers are not PyTorch's: the chip computes wrong; try"
            " `self-test`, or a slower clock"
        )


def _classified(found: "Session", args: argparse.Namespace) -> dict[str, Any]:
    from boards.host.client import HostError

    given = [one for one in ("row", "picture", "rows") if getattr(args, one) is not None]
    if len(given) != 1:
        raise HostError("classify takes one of --row N, --picture FILE and --rows FILE")
    if args.rows is not None:
        return found.classify_rows(args.rows, args.unseen)
    return found.classify(args.row, args.picture, args.invert)


def _print_rows(value: dict[str, Any]) -> None:
    """A row to a line: its class and scores; then how many are right, where labels are known."""
    from gen.data.own.rows import right_said

    scores = value.get("scores", [[]] * value["rows"])
    for name, row in zip(value.get("class", []), scores, strict=True):
        print("\t".join([name, *map(str, row)]))
    if "right" in value:
        say(right_said(value["right"], value["rows"]))
