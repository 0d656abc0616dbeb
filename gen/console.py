"""What every command shares: progress, one-line errors, exit statuses."""

import argparse
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import TypeVar

from gen.errors import SmeltError

__all__ = ["main", "positive", "progress", "say"]

Item = TypeVar("Item")


def say(text: str) -> None:
    """Print one line of progress on stderr, so that stdout stays for results."""
    print(text, file=sys.stderr, flush=True)


def progress(items: Iterable[Item], total: int | None = None, label: str = "") -> Iterator[Item]:
    """Pass `items` through with a bar on a terminal, or a plain line every ten seconds."""
    if sys.stderr.isatty():
        from tqdm import tqdm

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
    2 for wrong usage (argparse), 130 when interrupted.
    """
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    args = parser.parse_args([word for word in arguments if word != "--debug"])
    try:
        args.run(args)
    except SmeltError as error:
        if debug:
            traceback.print_exc()
        say(f"smelt: error: {' '.join(str(error).split())}")
        return error.status
    except BrokenPipeError:
        return 141
    except OSError as error:
        if debug:
            traceback.print_exc()
        say(f"smelt: error: {error.filename or 'a file'}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        say("smelt: interrupted; finished steps are kept, run the same command to go on")
        return 130
    return 0


def positive(text: str) -> int:
    """A number of at least 1, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value
