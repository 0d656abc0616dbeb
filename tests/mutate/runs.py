"""Tests run in a temporary copy of the tree, in processes forked from one that has the libraries.

Loading PyTorch and the rest takes longer than most mutants live, so it is done once. The work tree
is only read; the copy goes when the run ends, however it ends.
"""

import contextlib
import importlib
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import pytest

from tests.mutate.blocks import Chosen, Seen, telling

__all__ = ["ROOT", "Asked", "Copy", "load_libraries", "run"]

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    *("numpy", "torch", "scipy.optimize", "sklearn.datasets", "pysat.solvers", "aigverse", "dd"),
    *("amaranth.sim", "hypothesis"),
)
OURS = ("tests", "gen", "boards", "hw", "sim", "benchmarks")
MEMORY = 12 << 30
"""Bytes that a test may ask for: a mutant may ask for all there is."""
OTHERS = 60.0
"""Seconds of tests that do not reach a mutant, and are asked all the same."""


def load_libraries() -> None:
    """Import what tests import and what is not ours."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name in LIBRARIES:
        importlib.import_module(name)


class Copy:
    """A copy of the tree in which one source at a time is changed; `slow` tests run where asked."""

    def __init__(self, folder: Path, root: Path = ROOT, slow: bool = False) -> None:
        self.marks = "not long" if slow else "not long and not slow"
        self.root = folder / "tree"
        self.root.mkdir()
        for one in root.iterdir():
            if one.name in OURS:
                unused = shutil.ignore_patterns("__pycache__")
                shutil.copytree(one, self.root / one.name, ignore=unused)
            elif one.is_file():
                shutil.copyfile(one, self.root / one.name)
        self._compile()

    def _compile(self) -> None:
        """Sources are compiled once, and known by their content: never a stale one."""
        words = ["compileall", "-q", "--invalidation-mode", "checked-hash", str(self.root)]
        subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.DEVNULL)

    def pytest(self, words: Sequence[str], plugins: Sequence[object], log: Path) -> int:
        """Run pytest in this process, as if it had been started in the copy."""
        os.chdir(self.root)
        os.environ |= {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.path[:] = [str(self.root), *(p for p in sys.path if p and Path(p).resolve() != ROOT)]
        with log.open("ab", buffering=0) as file:
            for stream in (1, 2):
                os.dup2(file.fileno(), stream)
            own = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={log}.tmp"]
            quick = ["-m", self.marks, "--rootdir", str(self.root)]
            return int(pytest.main([*own, *quick, *words], plugins=list(plugins)))


def run(work: Callable[[], int], seconds: float) -> int | None:
    """The status of work done in a process of its own; None where it was ended, out of time."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            status = work()
        finally:
            os._exit(status)
    with contextlib.suppress(OSError):  # the child does it too, whichever is first
        os.setpgid(pid, pid)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        return None
    finally:
        _end(pid)


def _end(group: int) -> None:
    """End a process and what it started."""
    try:
        os.killpg(group, signal.SIGKILL)
        os.waitpid(group, 0)
    except (ProcessLookupError, ChildProcessError):
        return


class Asked:
    """The tests asked about some sources: which of them reach which block, and how fast."""

    def __init__(self, copy: Copy, sources: dict[str, str], tests: Sequence[str]) -> None:
        self.copy, self.tests = copy, [one for one in tests if (copy.root / one).exists()]
        for path, source in sources.items():
            (copy.root / path).write_text(telling(source, path), encoding="utf-8")
        log = copy.root.parent / "first.log"
        self.status = run(lambda: self._first(log), 3600)
        for path, source in sources.items():
            (copy.root / path).write_text(source, encoding="utf-8")
        kept = log.with_suffix(".pickle")
        if self.status not in (0, 1) or not kept.exists():
            raise SystemExit(f"mutate: the tests did not run: {log.read_text()[-2000:]}")
        self.seconds, self.failed, self.reached = pickle.loads(kept.read_bytes())

    def _first(self, log: Path) -> int:
        seen = Seen()
        status = self.copy.pytest(self.tests, [seen], log)
        told = dict(seen.seconds), seen.failed, dict(seen.reached)
        log.with_suffix(".pickle").write_bytes(pickle.dumps(told))
        return status

    def reaching(self, path: str, block: int) -> list[str]:
        """Tests that reach a block, the quickest first; all of them where no test is known to."""
        found = self.reached.get((path, block)) or list(self.seconds)
        return sorted(set(found) - set(self.failed), key=lambda name: self.seconds[name])

    def others(self, tests: Sequence[str]) -> list[str]:
        """The other tests of these tests' files, the quickest first."""
        files = {name.partition("::")[0] for name in tests}
        found = {name for name in self.seconds if name.partition("::")[0] in files}
        left = sorted(found - set(tests) - set(self.failed), key=lambda name: self.seconds[name])
        spent = list(accumulate(self.seconds[name] for name in left))
        return [name for name, end in zip(left, spent, strict=True) if end < OTHERS]

    def kill(self, tests: Sequence[str], log: Path) -> bool:
        """Whether one of these tests fails, or hangs, or the sources cannot even be imported."""
        files = sorted({name.partition("::")[0] for name in tests})
        seconds = 60 + 6 * sum(self.seconds[name] for name in tests)
        work = lambda: self.copy.pytest(["-x", *files], [Chosen(list(tests))], log)  # noqa: E731
        status = run(work, seconds) if tests else 0
        # 5: none was collected under its name, as where names come from what was changed.
        return status not in (0, 5)
