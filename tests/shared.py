"""Builds that tests share: made once a run, by the first test that needs one, in whichever process.

`make test` runs tests in several processes, which have the parent of their temporary folders in
common. A build lies there under the digest of what it is made of, and is locked while it is made.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["Shared", "common_folder"]


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this run of the tests have in common."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


class Shared:
    """Folders by the digest of what they are made of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, make: Callable[[Path], object], *of: str | bytes | Path) -> Path:
        """The folder that `make` fills, given it empty; tests read it, and copy it to change it.

        `of` says everything that decides what is in it: words, bytes, and files, whose content
        counts. Where another process makes the same just now, this waits for it. What fails is
        put aside, and tried again by the next test that asks.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / _digest(make, *of)
        done = made.with_suffix(".done")
        with made.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                _put_aside(made)
                made.mkdir()
                make(made)
                done.touch()
        return made


def _digest(make: Callable[[Path], object], *of: str | bytes | Path) -> str:
    digest = hashlib.sha256(f"{make.__module__}.{make.__qualname__}".encode())
    for one in of:
        data = one.read_bytes() if isinstance(one, Path) else one
        data = data.encode() if isinstance(data, str) else data
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]


def _put_aside(made: Path) -> None:
    """Keep what an attempt that failed, or was killed, left there, for a look."""
    if made.exists():
        before = len(list(made.parent.glob(f"{made.name}.failed*")))
        made.rename(made.with_name(f"{made.name}.failed{before}"))
