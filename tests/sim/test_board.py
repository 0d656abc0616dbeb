"""The virtual board as a process, with the host client at its port."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from boards.host.client import Device, Request, open_port
from hw.signature import advance, fold
from sim.description import load_core
from tests.sim.boards import switched_on
from tests.sim.builds import build_core
from tests.sim.netlists import random_inputs, random_netlist, truth_table

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, netlist, words: list[int], *options: str) -> subprocess.Popen[str]:
    """A virtual board of the netlist that is ready."""
    build_core(folder, netlist, words)
    return switched_on(folder / "core.json", folder / "board", *options)


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--netlist"]], ids=["sources", "netlist"])
def test_client_and_virtual_board(tmp_path: Path, options: list[str]) -> None:
    netlist = random_netlist(seed=41, n_in=13)
    words = random_inputs(netlist, 12, 6)
    process = start(tmp_path, netlist, words, *options)
    port = tmp_path / "board" / "port"
    try:
        _converse(str(port), load_core(tmp_path / "core.json"), netlist, words)
        # A background process of a shell ignores Ctrl-C, and its children with it.
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, said
    assert said.endswith("the virtual board is off\n")
    assert not port.is_symlink()


@pytest.mark.slow
def test_simulator_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    netlist = random_netlist(seed=41, n_in=13)
    process = start(tmp_path, netlist, random_inputs(netlist, 2, 6))
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 30
    while alive := _alive(process.pid):
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.2)
    assert not alive


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _converse(port, core, netlist, words) -> None:
    device = Device(open_port(port, 115200), core.shape, 60)
    said = device.identify()
    assert (said.digest, said.clock_khz) == (core.digest[:5].hex(), 12000)
    requests = [Request(x, index == 0, index == 3) for index, x in enumerate(words)]
    expected = [truth_table(netlist, x) for x in words]
    assert list(device.stream(requests)) == expected[:3] + expected[4:]
    width = 8 * core.shape.payload_bytes
    frame = first = 0xB2345678 >> core.shape.spare << core.shape.spare
    signature = 0
    for _ in range(256):
        y = truth_table(netlist, core.shape.unpack(frame))
        signature = fold(signature, y, 8 * core.shape.signature_bytes)
        frame = advance(frame, width)
    assert device.self_test(first, 2).signature == signature
    assert device.infer(words[0]) == expected[0]
