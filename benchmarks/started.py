"""Programs that a measurement starts, whose failure is one line."""

import shlex
import subprocess
from collections.abc import Sequence
from typing import IO

from gen.errors import SmeltError

__all__ = ["Stopped", "start"]


class Stopped(SmeltError):
    """A program that a measurement needs did not end well."""


def start(command: Sequence[str], stdout: int | IO[bytes] = subprocess.DEVNULL) -> None:
    """Run a command; raises Stopped where it cannot be started or fails. What it says on standard
    error is shown, or goes where a file is given for `stdout`."""
    stderr = None if isinstance(stdout, int) else subprocess.STDOUT
    try:
        status = subprocess.run(command, stdout=stdout, stderr=stderr, check=False).returncode
    except OSError as error:
        raise Stopped(f"{command[0]} cannot be started: {error.strerror}") from None
    if status:
        raise Stopped(f"`{shlex.join(command)}` failed with status {status}; run it by itself")
