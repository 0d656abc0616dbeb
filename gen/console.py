"""What every command shares: progress, one-line errors, exit statuses, numbers as arguments."""

import argparse
import contextlib
import math
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence, Sized
from pathlib import Path
from typing import TypeVar

from gen.errors import SmeltError
from gen.files import READ, naming

__all__ = ["amount", "hushed", "main", "natural", "positive", "progress", "say", "seconds", "seed"]

Item = TypeVar("Item")
DEFECT = 70
"""The status of an error that nothing foresaw (EX_SOFTWARE of sysexits.h)."""
LONGEST = 1200
"""Characters of the one line about an error."""
QUIET = 20
"""Seconds after which a command that says nothing says that it goes on."""
OUTPUT = "standard output"
"""What an error of writing is about that names no file: all files of ours are named."""
MOST = 1 << 31
"""Numbers on a command line are below this."""


class _Last:
    """When a line was printed last, and how many `hushed` there are."""

    at = time.perf_counter()
    hushed = 0


def say(text: str) -> None:
    """Print one line of progress on stderr, so that stdout stays for results."""
    _Last.at = time.perf_counter()
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """Whenever nothing was said for QUIET seconds, a line says that it goes on."""
    start, done = time.perf_counter(), threading.Event()
    _Last.at = start

    def watch() -> None:
        while not done.wait(QUIET / 4):
            if time.perf_counter() - _Last.at >= QUIET and not _Last.hushed:
                say(f"  ... {time.perf_counter() - start:.0f} s")

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Where nothing need be said for long: beside a bar, or while a user is waited for."""
    _Last.hushed += 1
    try:
        yield
    finally:
        _Last.hushed -= 1


def progress(items: Iterable[Item], total: int | None = None, label: str = "") -> Iterator[Item]:
    """Pass `items` through with a bar on a terminal, or a plain line every ten seconds."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        with hushed():
            yield from tqdm(items, total=total, desc=label, leave=False)
        return
    if total is None and isinstance(items, Sized):
        total = len(items)
    last = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            say(f"{label}: {done} of {total if total is not None else '?'}")
        yield item


def main(parser: argparse.ArgumentParser, argv: Sequence[str] | None = None) -> int:
    """Parse, call the chosen command's `run(args)`, and turn errors into one line and a status.

    Returns the exit status: 0, the error's own `status` (1 unless its class says otherwise),
    2 for wrong usage (argparse), 70 for an error that nothing foresaw, 130 when interrupted.
    """
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    READ.clear()
    if any("\0" in word for word in arguments):
        parser.error("an argument holds a character 0, which no name has")
    args = parser.parse_args([word for word in arguments if word != "--debug"])
    try:
        with naming(OUTPUT), _heard():
            args.run(args)
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return 141
    except KeyboardInterrupt:
        say("smelt: interrupted; finished steps are kept, run the same command to go on")
        return 130
    except Exception as error:
        if debug:
            traceback.print_exc()
        say(f"smelt: error: {_shortened(' '.join(_line(error).split()))}")
        return error.status if isinstance(error, SmeltError) else 1 if _foreseen(error) else DEFECT
    return 0


def _shortened(line: str) -> str:
    """A line that a person can read: a value in it may be of any length."""
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 200]} ... {line[-190:]}"


def _foreseen(error: Exception) -> bool:
    return isinstance(error, (SmeltError, OSError, MemoryError)) or _names_no_file(error)


def _names_no_file(error: Exception) -> bool:
    """Whether pathlib was to make another file's name of "." or "/", which an argument was."""
    return isinstance(error, ValueError) and str(error).endswith("has an empty name")


def _line(error: Exception) -> str:
    """What a person reads of an error."""
    if isinstance(error, SmeltError):
        return str(error)
    if isinstance(error, OSError):
        if error.filename == OUTPUT:
            _drop_output()
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    if _names_no_file(error):
        given = re.sub(r"^\w*Path\('(.*)'\).*", r"\1", str(error))
        return f"{given}: is a folder; a file is meant there"
    about = f"{', '.join(READ)}: " if READ else ""
    if isinstance(error, MemoryError):
        return f"{about}more memory is needed than there is ({str(error) or 'MemoryError'})"
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"{about}unexpected {type(error).__name__}{at}: {str(error)[:200]}; make a file that was"
        " changed by hand again, else this is a defect of Smelt: --debug shows where"
    )


def _drop_output() -> None:
    """Standard output takes no more: Python need not say so again at the end."""
    with contextlib.suppress(OSError):  # One in memory has no number.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def positive(text: str) -> int:
    """A number of at least 1, for argparse."""
    return _whole(text, 1)


def natural(text: str) -> int:
    """A number of at least 0, for argparse."""
    return _whole(text, 0)


seed = natural
"""A seed, for argparse: all that draws takes numbers from 0 to 2^31 - 1."""


def _whole(text: str, least: int) -> int:
    value = int(text)
    if value < least:
        raise argparse.ArgumentTypeError(f"{text[:40]} is less than {least}")
    if value >= MOST:
        raise argparse.ArgumentTypeError(f"{text[:40]} is more than {MOST - 1}")
    return value


def amount(text: str) -> float:
    """A number above 0 that is not infinite, for argparse."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text[:40]} is no number above 0")
    return value


def seconds(text: str) -> float:
    """A time of at least 0, for argparse; `inf` is none."""
    value = float(text)
    if not 0 <= value <= MOST:
        raise argparse.ArgumentTypeError(f"{text[:40]} is no number of seconds")
    return value
