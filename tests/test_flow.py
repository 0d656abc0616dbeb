"""The whole way by make: an integer network to a bitstream and its report, and nothing twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gen.intnet.files import save
from gen.intnet.network import Argmax, IntNet, Levels, Linear

KEYS = {
    *("recipe", "board", "device", "seed", "tools", "accuracy", "weights", "gates", "core", "top"),
    *("fmax_mhz", "latency_cycles", "throughput_per_s", "checks"),
}
ROOT = Path(__file__).parents[1]
STEPS = ("train", "freeze", "melt", "simplify", "map", "hdl", "sim", "synth", "report", "prog")


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout, with the Python that runs the tests."""
    command = ["make", f"VENV={sys.prefix}", *words]
    # What an outer make set must not reach this one.
    keep = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=keep)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("flow") / "small.npz"
    first, second = (rng.integers(-1, 2, shape).astype(np.int8) for shape in ((6, 9), (3, 6)))
    edges, codes = np.zeros((6, 1), np.int32), np.tile(np.int8([0, 1]), (6, 1))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(6, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes),
        Linear("score", ("layer1",), second, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    save(IntNet(9, nodes), path)
    return path


@pytest.mark.slow
def test_network_to_bitstream(network: Path) -> None:
    words = (f"RECIPE={network}", f"OUT={network.parent / 'out'}", "SEEDS=1")
    done = make("synth", *words)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    board = network.parent / "out" / "icebreaker"
    assert (board / "top.bin").stat().st_size > 50_000
    report = json.loads((board / "report.json").read_text())
    wanted = (
        "recipe board device seed tools accuracy weights gates core top fmax_mhz latency_cycles"
    )
    assert set(wanted.split()) | {"throughput_per_s", "checks"} <= report.keys()
    assert report["fmax_mhz"]["best"] > 12
    results = {check["result"] for check in report["checks"]}
    assert results <= {"passed", "proved", "exhaustive", "simulated", "given"}, report["checks"]

    again = make("-n", "synth", *words).stdout
    assert [line for line in again.splitlines() if "-m gen" in line or "-m sim" in line] == []
    assert "boards synth" not in again
    other = make("-n", "synth", *words, "STAGE_DEPTH=2").stdout
    assert "-m gen map" in other
    assert "-m gen simplify" not in other


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["BOARD=icebraker"], "smelt: error: board 'icebraker' is unknown"),
        (["RECIPE=digitz"], "smelt: error: no recipe 'digitz'; did you mean 'digits'?"),
        (["RECIPE=no.npz"], "smelt: error: no.npz: no such file"),
    ],
)
def test_make_wrong(words: list[str], line: str, tmp_path: Path) -> None:
    done = make("synth", *words, f"OUT={tmp_path / 'out'}")
    assert done.returncode == 2
    assert [row for row in done.stderr.splitlines() if row.startswith("smelt:")][0].startswith(line)
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("out/*.json"))


def test_help_lists_every_step() -> None:
    listed = make("help").stdout
    for target in STEPS:
        assert f"\n  {target} " in listed
