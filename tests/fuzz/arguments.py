"""Every subcommand of every program, with arguments that make sense and ones that do not."""

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

__all__ = ["PROGRAMS", "commands", "drawn"]

PROGRAMS = ("gen", "gen.tools", "boards", "sim", "benchmarks")
NUMBERS = ("0", "1", "-1", "2", "7", "1000000000000", "9" * 60, "9" * 5000, "nan", "inf", "-inf",
           "1e999", "0.5", "", "x", "1_0", "٣", " 1 ", "0x10", "1,5", "None", "\0")  # fmt: skip
WORDS = ("", "x", "class", "score", "all", "class,score", ",", "digits", "cancer-lut", "icebreaker",
         "ulx3s-25f", "no-such", "-", "--", "a b", "a'b", 'a"b', "x" * 300, "x" * 5000, "ä", "\0",
         "a\0b", "..", "auto", "nan", "a@b", "a;b", "$(x)", "\n", "iCE40UP5K", "none")  # fmt: skip


def commands(program: str) -> list[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """The words and the parser of every command of a program, of those under others too."""
    return list(_inner((), import_module(f"{program}.__main__").parser()))


def _inner(
    words: tuple[str, ...], parser: argparse.ArgumentParser
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    yield words, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, one in action.choices.items():
                yield from _inner((*words, name), one)


def drawn(
    parser: argparse.ArgumentParser,
    paths: Sequence[str],
    good: Mapping[str, str],
    draw: random.Random,
) -> Iterator[str]:
    """Arguments for a parser: all that are needed, some that are not, some nonsense. `paths` are
    files and folders, whole, damaged and missing ones, `good` what fits an argument by name."""
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        if draw.random() < (0.03 if _needed(action) else 0.75):
            continue
        if action.option_strings:
            yield draw.choice(action.option_strings)
        if action.dest in good and draw.random() < 0.7:
            yield good[action.dest]
        else:
            yield from _values(action, paths, draw)


def _needed(action: argparse.Action) -> bool:
    return action.required or not action.option_strings and action.nargs not in ("?", "*")


def _values(action: Any, paths: Sequence[str], draw: random.Random) -> Iterator[str]:
    if action.nargs == 0:
        return
    count = draw.choice((0, 1, 2)) if action.nargs in ("*", "+") else 1
    for _ in range(count):
        if action.choices is not None and draw.random() < 0.9:
            yield str(draw.choice(list(action.choices)))
        elif action.type is not None and action.type.__name__ != "Path" and draw.random() < 0.95:
            yield draw.choice(NUMBERS)
        elif draw.random() < (0.95 if action.type is not None else 0.3):
            yield draw.choice(paths)
        else:
            yield draw.choice(WORDS)
