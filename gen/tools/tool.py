"""One external program: finding it, asking its version, running it with a checked status."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, TypeAlias

from gen.errors import SmeltError
from gen.files import make_folder
from gen.tools import yowasp

__all__ = ["Process", "Tool", "ToolFailed", "ToolNotFound", "ToolTimedOut"]

LOG_TAIL = 4

Process: TypeAlias = "subprocess.Popen[bytes] | yowasp.Run"
"""A program that runs, or has ended: poll(), wait(timeout), kill()."""


class ToolNotFound(SmeltError):
    """A program is neither beside this Python nor on PATH."""


class ToolFailed(SmeltError):
    """A program ended with an error."""


class ToolTimedOut(ToolFailed):
    """A program ran past its time."""


@dataclass(frozen=True)
class Tool:
    """A program with an identity.

    `variable` is the environment variable that overrides where it is; `names` are looked for
    beside this Python interpreter, then on PATH, in order; `install` is the line that installs it.
    `distribution` names the Python package whose version is the tool's, unless it is overridden.
    """

    variable: str
    names: tuple[str, ...]
    install: str
    version_args: tuple[str, ...] | None = ("--version",)
    distribution: str | None = None

    def find(self) -> list[str]:
        """Return the argument list that starts the program; raises ToolNotFound."""
        override = os.environ.get(self.variable)
        if override:
            return self._from_override(override)
        beside = str(Path(sys.executable).parent)
        for name in self.names:
            found = shutil.which(name, path=beside) or shutil.which(name)
            if found:
                return [found]
        raise ToolNotFound(
            f"{' / '.join(self.names)} not found beside {sys.executable} or on PATH;"
            f" install it with `{self.install}` or set {self.variable}"
        )

    def _from_override(self, override: str) -> list[str]:
        try:
            words = shlex.split(override)
        except ValueError:
            words = []
        beside = str(Path(sys.executable).parent)
        found = words and (shutil.which(words[0], path=beside) or shutil.which(words[0]))
        if not found:
            raise ToolNotFound(
                f"{self.variable}={override}: no such program; unset it or point it at one"
            )
        return [found, *words[1:]]

    def present(self) -> bool:
        """Whether `find` succeeds."""
        try:
            self.find()
        except ToolNotFound:
            return False
        return True

    def version(self) -> str:
        """The version in the program's own words, one line; "unknown" where it has none."""
        argv = self.find()
        if self.distribution is not None and not os.environ.get(self.variable):
            return metadata.version(self.distribution)
        if self.version_args is None:
            return "unknown"
        answer = subprocess.run(
            [*argv, *self.version_args], capture_output=True, text=True, timeout=600, check=False
        )
        lines = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()]
        wanted = [line for line in lines if re.search(r"\d+\.\d+", line)]
        return re.sub(r"\s*\(.*", "", (wanted or lines or ["unknown"])[0]).strip('" ')

    def run(
        self,
        args: Sequence[str],
        cwd: Path,
        log: Path,
        timeout: float | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run the program in `cwd`, its output in `log`.

        YoWASP programs see only relative paths below `cwd`. Raises ToolNotFound, and ToolFailed
        on a non-zero status or after `timeout` seconds, with the log's last lines and path.
        """
        process = self.start(args, cwd, log, env)
        try:
            status = process.wait(timeout)
        except BaseException as error:
            process.kill()
            process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            what = f"{self.names[0]} failed (no end after {timeout:g} s)"
            raise ToolTimedOut(f"{what}: {tail(log)}; log: {log}") from None
        if status != 0:
            what = f"{self.names[0]} failed ({describe(status)})"
            raise ToolFailed(f"{what}: {tail(log)}; log: {log}")

    def start(
        self, args: Sequence[str], cwd: Path, log: Path, env: Mapping[str, str] | None = None
    ) -> Process:
        """Start the program in `cwd`, its output in `log`, and do not wait for it.

        `env` is set besides the environment of this process. Raises ToolNotFound, and ToolFailed
        where it cannot be started.
        """
        argv = [*self.find(), *args]
        make_folder(log.parent)
        with log.open("wb") as stream:
            try:
                return _start(argv, cwd, stream, {**os.environ, **(env or {})})
            except OSError as error:
                raise self._unstartable(argv, error) from None

    def _unstartable(self, argv: Sequence[str], error: OSError) -> ToolFailed:
        return ToolFailed(
            f"{argv[0]} cannot be started ({error.strerror});"
            f" set {self.variable} to another program or unset it"
        )


def _start(argv: Sequence[str], cwd: Path, output: IO[bytes], env: Mapping[str, str]) -> Process:
    if yowasp.is_yowasp(argv):
        return yowasp.start(argv, cwd, output.fileno(), env)
    return subprocess.Popen(
        argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )


def describe(status: int) -> str:
    """Say what an exit status means."""
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def tail(log: Path, lines: int = LOG_TAIL) -> str:
    """The last non-empty lines of a log, on one line."""
    text = log.read_text(encoding="utf-8", errors="replace")
    written = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(written[-lines:]) or "nothing was printed"
