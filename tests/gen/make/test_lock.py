"""One writer of a build folder: others wait, and nothing stale is left however it ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from gen.make.lock import hold, lock_path, release, writer

HOLDER = """
import subprocess, sys
from pathlib import Path
from gen.make.lock import hold
hold(Path(sys.argv[1]))
child = subprocess.Popen([sys.executable, "-c", "input()"], close_fds=False, stdin=0)
print(child.pid, flush=True)
child.wait()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that holds the lock, with a child that inherited it, once it has it."""
    words = [sys.executable, "-c", HOLDER, str(folder)]
    made = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert made.stdout is not None
    assert made.stdout.readline()
    return made


def test_a_lock_is_let_go_and_taken_again(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    for _ in range(2):
        release(hold(folder))
    assert writer(lock_path(folder)) is None
    assert not folder.exists()


def test_the_next_waits_and_says_so(tmp_path: Path) -> None:
    first = holder(tmp_path / "net")
    waiting = [sys.executable, "-c", HOLDER, str(tmp_path / "net")]
    second = subprocess.Popen(
        waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert second.stderr is not None
    said = second.stderr.readline()
    assert said.startswith(f"smelt: {tmp_path / 'net'} is being written by process {first.pid};")
    assert writer(lock_path(tmp_path / "net")) == str(first.pid)
    first.communicate("\n", timeout=30)
    second.communicate("\n", timeout=30)
    assert second.returncode == 0


def test_a_killed_writer_leaves_it_to_its_steps_until_they_end(tmp_path: Path) -> None:
    made = holder(tmp_path / "net")
    made.kill()
    made.wait(timeout=30)
    assert writer(lock_path(tmp_path / "net")) is not None
    assert made.stdin is not None
    made.stdin.close()
    deadline = time.monotonic() + 30
    while writer(lock_path(tmp_path / "net")) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_folders_are_written_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [hold(tmp_path / name) for name in ("a", "b")]
    assert capsys.readouterr().err == ""
    for number in numbers:
        release(number)
