"""Many tasks in few processes: who is given what, what is found, and what a failure costs."""

import sys
from collections import deque
from contextlib import closing
from pathlib import Path

import pytest

from gen.tools import workers
from gen.tools.tool import ToolFailed
from gen.tools.workers import FAILED, OUT_OF_TIME, Done, Task, work
from tests.gen.sent import Sent

FAKE = Path(__file__).resolve().parents[1] / "simplify" / "fake_abc.py"


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABC", f"{sys.executable} {FAKE}")


def copy(name: str, *between: str) -> Task:
    """A task of three steps: read, something, write."""
    steps = [[f"read_aiger {name}.in"], list(between) or ["nothing"], [f"write_aiger {name}.out"]]
    return Task(name, {f"{name}.in": f"content of {name}".encode()}, steps, [f"{name}.out"])


def run(*tasks: Task, processes: int = 2, patience: float = 30) -> dict[str, Done]:
    found = list(work(deque(tasks), processes, patience))
    by_name = {done.task.name: done for done in found}
    assert len(by_name) == len(found)
    return by_name


@pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
@pytest.mark.parametrize("processes", [1, 2])
def test_every_task_is_done_once(count: int, processes: int) -> None:
    found = run(*(copy(f"t{n}") for n in range(count)), processes=processes)
    assert sorted(found) == sorted(f"t{n}" for n in range(count))
    for name, done in found.items():
        assert done.files == {f"{name}.out": f"content of {name}".encode()}
        assert (done.stopped, len(done.seconds)) == ("", 3)
        assert all(second >= 0 for second in done.seconds)


@pytest.mark.parametrize("executor", [None, Sent()], ids=["here", "elsewhere"])
def test_a_task_that_fails_stops_itself_only(executor: Sent | None) -> None:
    names = [f"t{n}" for n in range(9)]
    tasks = [copy(name, "fail") if name == "t4" else copy(name) for name in names]
    done = list(work(deque(tasks), 1, 30, executor))
    found = {one.task.name: one for one in done}
    assert len(done) == len(found) == 9
    assert executor is None or 1 < executor.count < 9
    assert [name for name in names if found[name].stopped] == ["t4"]
    done = found["t4"]
    assert (done.stopped, done.log, done.files) == (FAILED, "a command failed", {})
    assert len(done.seconds) == 1


def test_a_step_that_takes_too_long_stops_its_task_only() -> None:
    found = run(copy("a"), copy("b", "hang"), copy("c"), processes=1, patience=1)
    assert {name: done.stopped for name, done in found.items()} == {
        "a": "", "b": OUT_OF_TIME, "c": "",
    }  # fmt: skip
    assert len(found["b"].seconds) == 1


def test_what_is_added_meanwhile_is_done_too() -> None:
    tasks = deque([copy("a")])
    seen = []
    for done in work(tasks, 2, 30):
        seen.append(done.task.name)
        if len(seen) < 4:
            tasks.append(copy(f"more{len(seen)}"))
    assert seen == ["a", "more1", "more2", "more3"]


def test_another_abc_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    named = iter(["native one", "native two"])
    monkeypatch.setattr(workers, "abc_identity", lambda: next(named))
    with pytest.raises(ToolFailed, match="a worker has ABC native two, and here it is native one"):
        list(work(deque([copy("a")]), 1, 30, Sent()))


def test_leaving_stops_the_processes_and_removes_their_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = []

    class Noted(workers._Worker):
        def __post_init__(self) -> None:
            super().__post_init__()
            started.append(self)

    monkeypatch.setattr(workers, "_Worker", Noted)
    tasks = deque([copy("a"), copy("b", "hang"), copy("c", "hang")])
    with closing(work(tasks, 3, 30)) as found:
        assert next(found).task.name == "a"
        assert len(started) == 3
    assert all(worker.process.poll() is not None for worker in started)
    assert not any(worker.folder.exists() for worker in started)


def test_a_start_is_shared_by_several_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = workers.start_abc

    def noted(commands: list[str], folder: Path):  # noqa: ANN202
        sizes.append(sum("write_aiger t" in c and ".out" in c for c in commands))
        return real(commands, folder)

    monkeypatch.setattr(workers, "start_abc", noted)
    run(*(copy(f"t{n}") for n in range(40)))
    assert sum(sizes) == 40
    assert sizes[0] == 10
    assert len(sizes) < 20


def test_a_program_that_cannot_be_started_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "abc"
    program.write_bytes(b"\x00\x01 no program")
    program.chmod(0o755)
    monkeypatch.setenv("ABC", str(program))
    with pytest.raises(ToolFailed, match="cannot be started"):
        run(copy("a"))
