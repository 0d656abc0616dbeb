"""A process that keeps YoWASP's programs loaded, and forks for each run of one.

Started alone, a WebAssembly program of YoWASP takes 0.2 s before its first instruction: Python
imports wasmtime, reads 69 MB and hashes them to find the machine code that an earlier start
compiled. Here that is done once for all runs that a process wants (see `gen.tools.yowasp`), and a
run is a fork of this one. It sees the folders that `yowasp_runtime.run_wasm` would show it.

Run as a script with the descriptor of a socket. Each request is one byte there with two
descriptors: a socket of its own, and where output goes. On its own socket comes a line of JSON
(program, args, cwd, env, and the process group to be in), and there the exit status is answered, as
`os.waitstatus_to_exitcode` gives it. Where the other side shuts that socket, or ends, the run is
killed; Linux kills it where this process is.
"""

import contextlib
import ctypes
import hashlib
import importlib.resources
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import platformdirs
import wasmtime
import yowasp_runtime

_run_wasm = yowasp_runtime.run_wasm

PR_SET_PDEATHSIG = 1
"""Of Linux's prctl: the signal that a process gets where the one that forked it ends."""


@dataclass(frozen=True)
class Call:
    """What a program asks of YoWASP's runtime."""

    package: str
    wasm: str
    argv: Sequence[str]
    resources: Sequence[str]


class _Asked(Exception):
    """Ends a program's own Python once it is known what it calls."""


def call_of(program: str, args: Sequence[str]) -> Call:
    """What the console script `program` hands to the runtime; LookupError where that is nothing."""
    found: list[Call] = []

    def record(
        package: str, wasm: str, *, argv: Sequence[str], resources: Sequence[str] = ()
    ) -> NoReturn:
        found.append(Call(package, wasm, list(argv), list(resources)))
        raise _Asked

    yowasp_runtime.run_wasm, sys.argv = record, [program, *args]
    try:
        _entry(program)()
    except _Asked:
        return found[0]
    finally:
        yowasp_runtime.run_wasm = _run_wasm
    raise LookupError(program)


@cache
def _entry(program: str) -> Callable[[], Any]:
    (entry,) = metadata.entry_points(group="console_scripts", name=program)
    made: Callable[[], Any] = entry.load()
    return made


_modules: dict[tuple[str, str], wasmtime.Module] = {}


def loaded(call: Call, env: Mapping[str, str]) -> wasmtime.Module | None:
    """The program's machine code, where an earlier start left it.

    None where there is none yet: compiling takes threads, and what has threads is not to be forked.
    """
    key = call.package, call.wasm
    if key not in _modules:
        binary = importlib.resources.files(call.package).joinpath(call.wasm).read_bytes()
        cache = env.get("YOWASP_CACHE_DIR") or platformdirs.user_cache_dir(
            "YoWASP", appauthor=False
        )
        path = Path(cache) / call.package / call.wasm / hashlib.sha1(binary).hexdigest()
        try:
            _modules[key] = wasmtime.Module.deserialize_file(_engine(), str(path))
        except wasmtime.WasmtimeError:
            return None
    return _modules[key]


@cache
def _engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    config.wasm_exceptions = True
    return wasmtime.Engine(config)


def run(call: Call, module: wasmtime.Module | None, temporary: str) -> int:
    """Run a program to its end in this process; its exit status."""
    if module is None or "YOWASP_MOUNT" in os.environ:
        return _run_wasm(call.package, call.wasm, resources=call.resources, argv=call.argv)
    linker = wasmtime.Linker(_engine())
    linker.define_wasi()
    store = wasmtime.Store(_engine())
    store.set_wasi(_view(call, temporary))
    start = linker.instantiate(store, module).exports(store)["_start"]
    assert isinstance(start, wasmtime.Func)
    try:
        start(store)
    except wasmtime.ExitTrap as trap:
        return trap.code
    return 0


def _view(call: Call, temporary: str) -> wasmtime.WasiConfig:
    """What the program sees: the folders of `/`, the current one and those above it, its package's,
    and a temporary one. Those named later go first."""
    wasi = wasmtime.WasiConfig()
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    wasi.argv = call.argv
    above = ["/".join([".."] * level) or "." for level in range(len(Path.cwd().parts))]
    package = importlib.resources.files(call.package)
    folders = [(f"/{name}", f"/{name}") for name in os.listdir("/") if os.path.isdir(f"/{name}")]
    folders += [(folder, folder) for folder in above]
    folders += [(str(package / resource), f"/{resource}") for resource in call.resources]
    for here, there in [*folders, (temporary, "/tmp")]:
        try:
            wasi.preopen_dir(here, there)
        except wasmtime.WasmtimeError:
            continue  # Not for this user to read.
    return wasi


@dataclass(frozen=True)
class Run:
    """A run that is under way."""

    reply: socket.socket
    temporary: str


class Server:
    """Forks for each request that comes through `channel`, until its other end is closed."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.runs: dict[int, Run] = {}
        self.events = selectors.DefaultSelector()
        self.events.register(channel, selectors.EVENT_READ)
        # The end of a run is a signal, and a signal is a byte in this pipe.
        self.ends, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.events.register(self.ends, selectors.EVENT_READ)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        while True:
            for key, _ in self.events.select():
                if key.fileobj is self.channel:
                    byte, descriptors, _, _ = socket.recv_fds(self.channel, 1, 2)
                    if not byte:
                        return self._kill_all()
                    self._begin(socket.socket(fileno=descriptors[0]), descriptors[1])
                elif key.data is None:
                    os.read(self.ends, 4096)
                    self._reap()
                elif key.data in self.runs:  # It may have ended since they were selected.
                    self.events.unregister(key.fileobj)
                    os.kill(key.data, signal.SIGKILL)

    def _begin(self, reply: socket.socket, output: int) -> None:
        with reply.makefile("rb") as lines:
            line = lines.readline()
        if not line.endswith(b"\n"):  # Who asked was interrupted.
            os.close(output)
            reply.close()
            return
        request = json.loads(line)
        try:
            call = call_of(request["program"], request["args"])
            module = loaded(call, request["env"])
            temporary = _temporary(request["env"])
            server, pid = os.getpid(), os.fork()
        except Exception:
            os.write(output, traceback.format_exc().encode())
            os.close(output)
            _answer(reply, 1)
            return
        if not pid:
            # Their ends must be seen where the server is no more, though this run is.
            for socket_ in (self.channel, reply, *(run.reply for run in self.runs.values())):
                socket_.close()
            _become(server, request, output, lambda: run(call, module, temporary))
        os.close(output)
        self.runs[pid] = Run(reply, temporary)
        self.events.register(reply, selectors.EVENT_READ, pid)

    def _reap(self, options: int = os.WNOHANG) -> None:
        while self.runs:
            pid, status = os.waitpid(-1, options)
            if not pid:
                return
            ended = self.runs.pop(pid)
            if ended.reply in self.events.get_map():
                self.events.unregister(ended.reply)
            shutil.rmtree(ended.temporary, ignore_errors=True)
            _answer(ended.reply, os.waitstatus_to_exitcode(status))

    def _kill_all(self) -> None:
        for pid in self.runs:
            os.kill(pid, signal.SIGKILL)
        self._reap(0)


def _temporary(env: Mapping[str, str]) -> str:
    """A new folder where a program started alone with this environment makes one."""
    try:
        return tempfile.mkdtemp(prefix="yowasp_", dir=env.get("TMPDIR") or None)
    except OSError:
        return tempfile.mkdtemp(prefix="yowasp_")


def _answer(reply: socket.socket, status: int) -> None:
    with reply:
        try:
            reply.sendall(b"%d\n" % status)
        except OSError:
            return  # Nobody asks any more.


def _become(
    server: int, request: Mapping[str, Any], output: int, work: Callable[[], int]
) -> NoReturn:
    """Be the run, in the process just forked."""
    status = 1
    try:
        try:
            _prepare(server, request, output)
            status = work()
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status & 0xFF)


def _prepare(server: int, request: Mapping[str, Any], output: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    for one in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # The group is no more.
        os.setpgid(0, request["group"])
    for at, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
        os.dup2(descriptor, at)
    # The server's own are None where it was started with these closed.
    sys.stdout, sys.stderr = (os.fdopen(at, "w", closefd=False) for at in (1, 2))
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])


if __name__ == "__main__":
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()
