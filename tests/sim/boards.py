"""Virtual boards as processes."""

import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT

__all__ = ["switched_on"]


def switched_on(core: Path, folder: Path, *options: str) -> subprocess.Popen[str]:
    """A virtual board of a core, in a process group of its own; its port is `folder`/port, and is
    there when this returns."""
    command = [sys.executable, "-m", "sim", "board", "--core", str(core), "--folder", str(folder)]
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 180
    while not (folder / "port").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return process
