"""The `smelt` command: all steps, boards and simulations in one, and make.

`smelt train` is `python -m gen train`, `smelt talk` is `python -m boards talk`, and where two have
a command of one name, the first here is meant; the other is `smelt boards verify`, say.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module, metadata

from gen.console import main as console
from gen.make.installed import run_make

__all__ = ["PROGRAMS", "commands", "main"]

PROGRAMS = {
    "gen": "gen",
    "boards": "boards",
    "sim": "sim",
    "tools": "gen.tools",
}
"""Word -> package with a `__main__` whose `parser()` has its commands, in order of precedence."""
MAKE = "targets of the Makefile, as `smelt make synth RECIPE=my.toml`; `smelt make help` lists them"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    first = words[0] if words else "--help"
    if first == "make":
        return console(_make_parser(), ["make", "--", *words[1:]])
    if first in PROGRAMS:
        return console(_parser(first, f"smelt {first}"), words[1:])
    for name in PROGRAMS:
        if first in commands(name):
            return console(_parser(name, "smelt"), words)
    return console(_top(), words or ["--help"])


def commands(name: str) -> dict[str, str]:
    """The commands of a program, with a line on each."""
    parser = _parser(name, name)
    found = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return {one.dest: one.help or "" for action in found for one in action._choices_actions}


def _parser(name: str, called: str) -> argparse.ArgumentParser:
    """A program's parser, which calls itself by these words."""
    made: argparse.ArgumentParser = import_module(f"{PROGRAMS[name]}.__main__").parser(called)
    return made


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smelt", add_help=False)
    parser.add_argument("make")
    parser.add_argument("words", nargs="*")
    parser.set_defaults(run=lambda args: run_make(args.words))
    return parser


def _top() -> argparse.ArgumentParser:
    """A parser that knows all commands by name: for --help, and to refuse what is none."""
    parser = argparse.ArgumentParser(
        prog="smelt",
        description="From data or a network to logic, proofs and a bitstream."
        " `smelt COMMAND --help` says more of each.",
    )
    parser.add_argument("--version", action="version", version=f"smelt {_version()}")
    parser.set_defaults(run=lambda _: None)
    listed = parser.add_subparsers(required=True, metavar="COMMAND")
    listed.add_parser("make", help=MAKE)
    seen: set[str] = set()
    for name in PROGRAMS:
        for word, summary in commands(name).items():
            if word not in seen and word not in PROGRAMS:
                listed.add_parser(word, help=summary)
            seen.add(word)
    for name in PROGRAMS:
        listed.add_parser(name, help=f"its commands: {', '.join(commands(name))}")
    return parser


def _version() -> str:
    """Of the package that is installed; a checkout is none."""
    try:
        return metadata.version("smelt")
    except metadata.PackageNotFoundError:
        return "(a checkout)"


if __name__ == "__main__":
    sys.exit(main())
