"""Commands run inside this process, as `python -m PROGRAM` runs them: no start, the same words.

Python, NumPy and the program's own modules take the larger part of a second to start; a test of
what a command says need not wait for them. That the programs start at all is tested by starting
them, once each.
"""

import argparse
import contextlib
import functools
import io
import subprocess
import sys
import warnings
from importlib import import_module
from typing import Any

from gen.console import main

__all__ = ["known_parser", "run"]

UNSHOWN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that Python shows nobody who starts a program."""


@functools.cache
def known_parser(program: str) -> argparse.ArgumentParser:
    """A program's parser, made once: that of all commands of `gen` takes as long as many a
    question of `ask`. It takes it that `main` adds --debug to it again each time."""
    made: argparse.ArgumentParser = import_module(f"{program}.__main__").parser()
    for holder in (made, made._optionals):
        holder.conflict_handler = "resolve"
    return made


def _shown(message: Warning | str, category: type[Warning], *where: Any) -> None:
    """A warning on stderr, as Python shows it, and not kept for pytest's summary."""
    sys.stderr.write(warnings.formatwarning(message, category, where[0], where[1]))


def run(program: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """`python -m PROGRAM WORDS`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("default")
        for category in UNSHOWN:
            warnings.simplefilter("ignore", category)
        warnings.showwarning = _shown
        try:
            status = main(known_parser(program), words)
        except SystemExit as end:
            status = int(end.code or 0)
    return subprocess.CompletedProcess((program, *words), status, out.getvalue(), err.getvalue())
