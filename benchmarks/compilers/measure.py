"""A network by every other compiler: each in a process of its own, for so many seconds at most.

What a compiler writes is synthesized with carry chains and without, and the better one counts. Each
way is kept as it is measured, one that did not end too.
"""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.compilers.traced import WAYS, BenchmarkError
from benchmarks.kept import kept
from boards.measured.measure import measure_core
from gen.console import say
from gen.files import make_folder
from gen.tools.tool import tail

__all__ = ["SECONDS", "compare_compilers"]

SECONDS = 300.0
"""Wall time that a compiler is given for a network, tracing and checking included."""
MODULE = "benchmarks.compilers.traced"


def compare_compilers(
    name: str, net_path: Path, folder: Path, seconds: float = SECONDS
) -> dict[str, Any]:
    """Measure every way on the network called `name`; files go to `folder`.

    A way that is no good is `{"no_end_s": seconds}`. Raises BenchmarkError where a compiler is
    missing, is not exact, or the network is not of linear layers and levels.
    """
    make_folder(folder)
    rows = {}
    for way in WAYS:
        stem = way.replace(", ", "-").replace(" ", "-")
        measure = partial(_measure, net_path, way, folder / f"{stem}.v", seconds)
        rows[way] = kept(folder / f"{stem}.json", measure)
    return {"network": name, "ways": rows}


def _measure(net_path: Path, way: str, verilog: Path, seconds: float) -> dict[str, Any]:
    """Cells of the better synthesis of what one way writes."""
    if not _written(net_path, way, verilog, seconds):
        say(f"  {way}: did not end in {seconds:g} s")
        return {"no_end_s": seconds}
    found = [
        measure_core(verilog, "smelted", verilog.with_suffix("") / kind, flags)
        for kind, flags in (("default", ()), ("nocarry", ("-nocarry",)))
    ]
    return min(found, key=lambda one: int(one["lc"]))


def _written(net_path: Path, way: str, verilog: Path, seconds: float) -> bool:
    """Whether the way ended in time; it and all that it started are stopped where it did not.

    Raises BenchmarkError, in the words of the process, where that failed.
    """
    command = [sys.executable, "-m", MODULE, str(net_path), "--way", way, "--out", str(verilog)]
    log = verilog.with_suffix(".log")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if status:
        raise BenchmarkError(f"{way}: {tail(log, 1).removeprefix('smelt: error: ')}")
    return True
