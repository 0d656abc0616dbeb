"""One writer of a build folder at a time: a lock that the kernel keeps, and lets go by itself.

It is held by whoever has the file open: make, and every step that it starts. However they end,
interrupted or killed, nothing stale is left. The file lies beside the folder, which may be moved.
"""

import fcntl
import os
from pathlib import Path

from gen.console import say

__all__ = ["hold", "lock_path", "release", "writer"]


def lock_path(folder: Path) -> Path:
    """The lock of a build folder."""
    return folder.parent / f".{folder.name}.lock"


def hold(folder: Path) -> int:
    """Wait until nobody else writes `folder`; the lock is held while the file's number is open.

    Programs that are started inherit it.
    """
    path = lock_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"smelt: {folder} is being written by process {_written(number)}; waiting for it")
        fcntl.flock(number, fcntl.LOCK_EX)
    os.ftruncate(number, 0)
    os.pwrite(number, str(os.getpid()).encode(), 0)
    os.set_inheritable(number, True)
    return number


def release(number: int) -> None:
    """Let go of a lock."""
    os.close(number)


def writer(path: Path) -> str | None:
    """The process that holds the lock file `path`; None where nobody does."""
    number = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(number)
    finally:
        os.close(number)
    return None


def _written(number: int) -> str:
    return os.pread(number, 20, 0).decode(errors="replace") or "?"
