"""Work that is shared out: results and errors come back, and workers that differ are refused.

One cluster, of a scheduler here and a worker in a process of its own, serves all tests of it.
"""

import math
import os
import signal
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from gen import executor as executors
from gen.__main__ import parser
from gen.console import main
from gen.errors import SmeltError
from gen.executor import (
    ExecutorError,
    Here,
    WorkerDiffers,
    WorkFailed,
    as_done,
    dask_cluster,
    executor,
    versions,
    width,
)
from gen.sweep.run import run_sweep
from gen.sweep.said import read_sweep
from gen.sweep.storage import Storage
from tests.gen.sweep.files import RANGES, sweep_file
from tests.gen.sweep.test_run import ran, told

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as found:
        yield found


def _full(path: str) -> None:
    raise OSError(ENOSPC, "No space left on device", path)


def _refuse(line: str) -> None:
    raise SmeltError(line)


def _broken(value: int) -> float:
    return 1 / value


def check_answers(found: Any) -> None:
    """Results, and errors as one line that says what they were."""
    assert sorted(as_done(found, math.sqrt, [1.0, 4.0, 9.0])) == [(0, 1.0), (1, 2.0), (2, 3.0)]
    with pytest.raises(WorkFailed, match=r"^a line of words$"):
        found.submit(_refuse, "a line\nof words").result()
    with pytest.raises(WorkFailed, match=r"^ZeroDivisionError: division by zero$"):
        found.submit(_broken, 0).result()
    with pytest.raises(OSError, match="No space left on device") as caught:
        found.submit(_full, "/there").result()
    assert (caught.value.errno, caught.value.filename) == (ENOSPC, "/there")


def test_processes_of_this_machine_answer() -> None:
    with executor(processes=2) as found:
        assert found.submit(os.getpid).result() != os.getpid()
        check_answers(found)


def test_a_cluster_answers(cluster: LocalCluster) -> None:
    with executor(cluster.scheduler_address) as found:
        assert width(found) == 2
        assert found.submit(os.getpid).result() != os.getpid()
        check_answers(found)


def test_this_process_does_one_thing_after_the_other() -> None:
    begun: list[int] = []
    with executor() as found:
        assert isinstance(found, Here)
        assert width(found) == 1
        for number, _ in as_done(found, begun.append, range(3)):
            assert begun == list(range(number + 1))
        with pytest.raises(ZeroDivisionError):
            found.submit(_broken, 0).result()


def _pretend(packages: tuple[str, ...]) -> None:
    executors.PACKAGES = packages
    versions.cache_clear()


def test_a_worker_of_other_versions_is_refused_by_name(cluster: LocalCluster) -> None:
    with Client(cluster, set_as_default=False) as client:
        with executor(cluster.scheduler_address) as found:
            client.run(_pretend, executors.PACKAGES[:1])
            with pytest.raises(WorkerDiffers, match=r"^worker 0 \(tcp://.*\) has torch none, and"):
                found.submit(math.sqrt, 4.0).result()
        with (
            pytest.raises(WorkerDiffers, match=r"^worker 0 \(tcp://.*\) has torch none, and here"),
            executor(cluster.scheduler_address),
        ):
            pass
        client.run(_pretend, executors.PACKAGES)


@pytest.mark.parametrize(
    ("workers", "threads", "kind", "line"),
    [
        (1, 2, WorkerDiffers, r"^worker 0 \(inproc://.*\) has 2 threads, .* --nthreads 1$"),
        (0, 1, ExecutorError, r"^--scheduler inproc://.*: has no workers; start some by `dask"),
    ],
)
def test_a_cluster_that_will_not_do_is_refused(
    workers: int,
    threads: int,
    kind: type[SmeltError],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.3)
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=threads, processes=False, dashboard_address=":0"
        ) as found,
        pytest.raises(kind, match=line),
        executor(found.scheduler_address),
    ):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "tcp://no such place:1", "nothing://x"])
def test_a_scheduler_that_does_not_answer_is_one_line_and_leaves_nothing(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.3)
    words = ["sweep", str(sweep_file(tmp_path)), "--scheduler", address]
    assert main(parser(), [*words, "--out", str(tmp_path / "out")]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"smelt: error: --scheduler {address}: no Dask scheduler answers there")
    assert not (tmp_path / "out").exists()


class _Page(socketserver.BaseRequestHandler):
    """What a dashboard says to something that is no browser."""

    def handle(self) -> None:
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


class _Silent(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        time.sleep(1)


@pytest.mark.parametrize(
    ("handler", "why"), [(_Page, "what answers there is something else"), (_Silent, "time")]
)
def test_what_answers_something_else_is_no_scheduler(
    handler: type[socketserver.BaseRequestHandler], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line = rf"(?i)no Dask scheduler answers there \({why}"
        try:
            with (
                pytest.raises(ExecutorError, match=line),
                executor(f"tcp://127.0.0.1:{server.server_address[1]}"),
            ):
                pass
        finally:
            server.shutdown()


def test_more_workers_than_could_help_are_refused() -> None:
    with (
        pytest.raises(ExecutorError, match=r"^100,000 workers: this machine has \d+ cores"),
        dask_cluster(workers=100_000),
    ):
        pass


def test_without_the_packages_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real: Callable[[str], Any] = executors.importlib.util.find_spec
    monkeypatch.setattr(
        executors.importlib.util, "find_spec", lambda name: None if name == "optuna" else real(name)
    )
    assert main(parser(), ["sweep", str(sweep_file(tmp_path))]) == 1
    assert capsys.readouterr().err == (
        "smelt: error: optuna: not installed; `make tools-sweep` fetches what a sweep and a cluster"
        " need, of an installed Smelt `pip install 'smelt[sweep]'`\n"
    )


def test_a_sweep_on_a_cluster_whose_worker_dies_finds_the_same(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    """The worker is killed with the first trial under way: its nanny starts another."""
    base = (tmp_path / "small.toml", sweep_file(tmp_path, RANGES, top="seeds = 2"))
    sweep = read_sweep(base[1])
    killed: list[int] = []

    def kill(trial: Any) -> None:
        if not killed:
            killed.append(cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    storage = Storage(sweep, tmp_path / "far")
    with executor(cluster.scheduler_address) as found:
        said = run_sweep(sweep, storage, tmp_path / "far", found, kill)
    assert said == "all 3 trials of the budget"
    assert killed
    assert told(storage.trials) == told(ran(sweep, tmp_path / "near"))
    until = time.monotonic() + 60
    while cluster.workers[0].pid in (None, killed[0]) and time.monotonic() < until:
        time.sleep(0.05)
