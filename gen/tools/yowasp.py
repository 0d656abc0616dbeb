"""YoWASP's programs without the 0.2 s that each start takes: forks of a process of our own.

That process is started with the first run, keeps the programs loaded, and lives as long as this
one; see `gen.tools.fork_server`. It is in a process group of its own: Ctrl-C reaches this
process and its runs, and whatever ends this one ends all runs.
"""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL

__all__ = ["Run", "is_yowasp", "start"]

SERVER = Path(__file__).with_name("fork_server.py")


def is_yowasp(argv: Sequence[str]) -> bool:
    """Whether a command is a program of YoWASP in the environment of this Python, without more."""
    path = Path(argv[0])
    return path.name.startswith("yowasp-") and path.parent == Path(sys.executable).parent


class Run:
    """A run, with as much of the face of `subprocess.Popen` as is used here."""

    def __init__(self, reply: socket.socket) -> None:
        self.returncode: int | None = None
        self._reply = reply

    def poll(self) -> int | None:
        """The exit status, -N where signal N ended it, None where it has not ended."""
        return self._ask(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises subprocess.TimeoutExpired after `timeout` seconds."""
        status = self._ask(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("yowasp", timeout or 0)
        return status

    def kill(self) -> None:
        """End it at once."""
        if self.returncode is None:
            try:
                self._reply.shutdown(socket.SHUT_WR)
            except OSError:
                return  # It has ended.

    def _ask(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._reply], [], [], timeout)[0]:
            try:
                answer = self._reply.recv(64)
            except ConnectionResetError:
                answer = b""
            # No answer: the process that forks was killed, and its runs with it.
            self.returncode = int(answer) if answer else -SIGKILL
            self._reply.close()
        return self.returncode


class _Server:
    """The process that forks, as seen from here."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair()
        with theirs:
            # -P: this folder is not where its modules are looked for.
            self.process = subprocess.Popen(
                [sys.executable, "-P", str(SERVER), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )

    def start(self, request: Mapping[str, object], output: int) -> Run:
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self.channel, [b"!"], [theirs.fileno(), output])
        ours.sendall(json.dumps(request).encode() + b"\n")
        return Run(ours)

    def close(self) -> None:
        self.channel.close()
        self.process.wait()


_servers: list[_Server] = []
_lock = threading.Lock()


def start(argv: Sequence[str], cwd: Path, output: int, env: Mapping[str, str] | None = None) -> Run:
    """Start a program of YoWASP in `cwd`, its output to a descriptor; raises OSError."""
    if not cwd.is_dir():
        raise NotADirectoryError(20, os.strerror(20), str(cwd))
    request = {
        "program": Path(argv[0]).name,
        "args": list(argv[1:]),
        "cwd": str(cwd.absolute()),
        "env": dict(os.environ if env is None else env),
        "group": os.getpgrp(),
    }
    with _lock:
        if not _servers:
            _servers.append(_Server())
        try:
            return _servers[0].start(request, output)
        except OSError:  # It is no more: somebody killed it.
            _close()
            _servers.append(_Server())
            return _servers[0].start(request, output)


@atexit.register
def _close() -> None:
    while _servers:
        _servers.pop().close()


def _forget() -> None:
    """In a fork of this process: the server is the other one's."""
    global _lock
    _lock = threading.Lock()
    for server in _servers:
        server.channel.close()
    _servers.clear()


os.register_at_fork(after_in_child=_forget)
