"""Commands run inside this process, and what may come of one: a result, or one clear line."""

import contextlib
import io
import re
import resource
import shutil
import signal
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gen.console import main
from gen.tools.tool import Tool, ToolFailed
from tests.commands import known_parser

__all__ = ["Done", "complaint", "run", "without_tools"]

LONGEST = 30
"""Seconds of the processor for one command: none of these takes more than a few."""
ROOM = 6 << 30
"""Bytes of address space beyond what is taken: what asks for more gets MemoryError."""
UNSAID = re.compile(r"Traceback|unexpected \w+(Error|Exception|Iteration) at |Warning:|a file: ")


class Done(NamedTuple):
    """What a command left: its status, or the exception that came out, and what it said."""

    status: int | str
    out: str
    err: str


class TooLong(BaseException):
    """A command did not end."""


def _too_long(*_: object) -> None:
    raise TooLong


def run(module: str, argv: Sequence[str]) -> Done:
    """`python -m MODULE ARGV`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    status: int | str
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("always")
            status = main(known_parser(module.removesuffix(".__main__")), list(argv))
    except SystemExit as end:
        status = int(end.code or 0)
    except TooLong:
        status = f"no end after {LONGEST} s"
    except BaseException as error:
        status = f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return Done(status, out.getvalue(), err.getvalue())


def complaint(done: Done, names: Sequence[str] = ()) -> str:
    """What is wrong with how a command ended; nothing where it is as it should be.

    `names` are words of which the one line must hold one, where the command fails by itself.
    """
    if not isinstance(done.status, int):
        return done.status
    if UNSAID.search(done.err):
        return "something unforeseen"
    if done.status == 0:
        return ""
    lines = [line for line in done.err.splitlines() if line.startswith("smelt: error: ")]
    if done.status == 2:
        return "" if "error: " in done.err and not lines else "status 2 without usage"
    if len(lines) != 1 or done.err.splitlines()[-1] != lines[0]:
        return f"{len(lines)} lines of an error"
    if len(lines[0]) > 1500:
        return f"a line of {len(lines[0])} characters"
    if names and not any(name in lines[0] for name in names):
        return f"it names none of {', '.join(names)}"
    return ""


@contextlib.contextmanager
def without_tools() -> Iterator[None]:
    """No program is started, whether it is installed or not, and memory is bounded: a command that
    gets as far ends there."""

    def refused(self: Tool, *_: Any, **__: Any) -> None:
        raise ToolFailed(f"{self.names[0]}: stand-in for all files")

    kept = Tool.find, Tool.run, Tool.start, Tool.version
    Tool.find = lambda self: [self.names[0]]  # type: ignore[method-assign]
    Tool.run = Tool.start = refused  # type: ignore[assignment,method-assign]
    Tool.version = lambda self: "0"  # type: ignore[method-assign]
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        Tool.find, Tool.run, Tool.start, Tool.version = kept  # type: ignore[method-assign]


def copied(folder: Path, to: Path) -> Path:
    """A copy to damage."""
    shutil.copytree(folder, to)
    return to
