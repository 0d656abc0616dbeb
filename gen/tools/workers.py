"""Many small ABC tasks in a few processes: each start of the WebAssembly ABC takes 0.3 s.

A process is given some tasks one after another. Each step of a task ends by writing a small file,
so one sees how far it is; a step that fails, or takes too long, stops its own task only. Where an
executor is given, such shares of the tasks are its pieces of work, and each is done the same way
there.
"""

import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from gen.files import write_bytes
from gen.tools.abc import abc_identity, start_abc
from gen.tools.tool import Process, ToolFailed, tail

__all__ = ["FAILED", "OUT_OF_TIME", "Done", "Task", "work"]

POLL = 0.02
MOST_TASKS = 16
FAILED, OUT_OF_TIME = "failed", "out of time"


@dataclass(frozen=True)
class Task:
    """Files to put in a folder, steps of ABC commands there, and files to read back.

    File names are unique among all tasks; a step leaves some AIG as ABC's current network.
    """

    name: str
    files: Mapping[str, bytes]
    steps: Sequence[Sequence[str]]
    results: Sequence[str]


@dataclass(frozen=True)
class Done:
    """What became of a task: seconds of each step that was finished, and the results there are.

    `stopped` is empty, FAILED or OUT_OF_TIME: why the step after the finished ones is not among
    them; `log` then holds ABC's last lines.
    """

    task: Task
    seconds: list[float]
    files: dict[str, bytes]
    stopped: str = ""
    log: str = ""


def work(
    tasks: "deque[Task]", processes: int, patience: float, executor: Executor | None = None
) -> Iterator[Done]:
    """Run all tasks, those added meanwhile too, and give each as it is done, in any order.

    So many processes here, or shares with the executor, are under way at once. A step gets
    `patience` seconds. Leaving the iterator stops the processes, and gives up what is elsewhere.
    Raises ToolFailed where a process elsewhere has another ABC.
    """
    if executor is not None:
        yield from _elsewhere(tasks, processes, patience, executor)
        return
    workers: list[_Worker] = []
    try:
        while tasks or workers:
            while tasks and len(workers) < processes:
                workers.append(_Worker(_share(tasks, processes)))
            time.sleep(POLL)
            for worker in list(workers):
                exited = worker.exited()
                yield from worker.finished()
                why = FAILED if exited else worker.overdue(patience)
                if why:
                    workers.remove(worker)
                    yield from worker.rest(why, tasks)
    finally:
        for worker in workers:
            worker.stop()


def _elsewhere(
    tasks: "deque[Task]", width: int, patience: float, executor: Executor
) -> Iterator[Done]:
    waiting: set[Future[list[Done]]] = set()
    try:
        while tasks or waiting:
            while tasks and len(waiting) < width:
                share = _share(tasks, width)
                waiting.add(executor.submit(_all_done, share, patience, abc_identity()))
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                waiting.remove(future)
                yield from future.result()
    finally:
        for future in waiting:
            future.cancel()


def _all_done(tasks: Sequence[Task], patience: float, identity: str) -> list[Done]:
    """All of a share, by the ABC that is the asker's too: what is kept names it."""
    found = abc_identity()
    if found != identity:
        raise ToolFailed(
            f"a worker has ABC {found}, and here it is {identity}; ABC=yosys in the"
            " environment of both keeps to the one inside Yosys"
        )
    return list(work(deque(tasks), 1, patience))


def _share(tasks: "deque[Task]", processes: int) -> list[Task]:
    """Tasks for one process: fewer towards the end, so that all end at about the same time."""
    count = max(1, min(MOST_TASKS, len(tasks) // (2 * processes)))
    return [tasks.popleft() for _ in range(min(count, len(tasks)))]


@dataclass
class _Worker:
    """A process, its tasks, and how far it is."""

    tasks: list[Task]
    at: int = 0
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="smelt-abc-")
        self.folder = Path(self._temporary.name)
        commands = []
        for number, task in enumerate(self.tasks):
            for name, data in task.files.items():
                write_bytes(self.folder / name, data)
            for at, step in enumerate(task.steps):
                commands += [*step, f"write_aiger {_tick(number, at)}"]
        self.last = time.time()
        self.process = self._start(commands)

    def _start(self, commands: list[str]) -> Process:
        try:
            return start_abc(commands, self.folder)
        except BaseException:
            self._temporary.cleanup()
            raise

    def exited(self) -> bool:
        """Whether the process has ended; asked before looking at what it finished."""
        return self.process.poll() is not None

    def overdue(self, patience: float) -> str:
        """OUT_OF_TIME where the step under way has taken longer than `patience`, else nothing."""
        return OUT_OF_TIME if time.time() - self.last > patience else ""

    def finished(self) -> Iterator[Done]:
        """Tasks that were finished since the last look."""
        while self.at < len(self.tasks):
            task = self.tasks[self.at]
            tick = self.folder / _tick(self.at, len(self.seconds))
            if len(self.seconds) == len(task.steps):
                yield self._done(task)
            elif tick.exists():
                # A clock that was set back must not give negative times.
                now = max(self.last, tick.stat().st_mtime)
                self.seconds.append(now - self.last)
                self.last = now
            else:
                return

    def _done(self, task: Task, stopped: str = "") -> Done:
        paths = {name: self.folder / name for name in task.results}
        files = {name: path.read_bytes() for name, path in paths.items() if path.exists()}
        for path in [*paths.values(), *(self.folder / name for name in task.files)]:
            path.unlink(missing_ok=True)
        log = tail(self.folder / "abc.log") if stopped else ""
        done = Done(task, self.seconds, files, stopped, log)
        self.at, self.seconds = self.at + 1, []
        return done

    def rest(self, why: str, tasks: "deque[Task]") -> Iterator[Done]:
        """Stop; the task that was under way is given as it is, later ones go back to the queue."""
        self._kill()
        left = self.tasks[self.at + 1 :]
        stopped = [self._done(self.tasks[self.at], why)] if self.at < len(self.tasks) else []
        self._temporary.cleanup()
        tasks.extendleft(reversed(left))
        yield from stopped

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Kill the process and remove its files."""
        self._kill()
        self._temporary.cleanup()


def _tick(number: int, step: int) -> str:
    return f"tick-{number}-{step}.aig"
