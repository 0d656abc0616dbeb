"""The whole way by make: an integer network to a bitstream and its report, and nothing twice."""

import json
from pathlib import Path

import pytest

from tests.conftest import make

KEYS = {
    *("recipe", "board", "device", "seed", "tools", "accuracy", "weights", "gates", "core", "top"),
    *("fmax_mhz", "latency_cycles", "throughput_per_s", "checks"),
}
STEPS = (
    "train",
    "freeze",
    "melt",
    "simplify",
    "map",
    "hdl",
    "sim",
    "synth",
    "verify",
    "report",
    "prog",
)


@pytest.mark.slow
def test_network_to_bitstream(network: Path, synthesized: Path) -> None:
    words = (f"RECIPE={network}", f"OUT={synthesized}", "SEEDS=1")
    board = synthesized / "icebreaker"
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
    assert [line for line in again.splitlines() if "-m gen " in line or "-m sim " in line] == []
    assert "boards synth" not in again
    other = make("-n", "synth", *words, "STAGE_DEPTH=2").stdout
    assert "-m gen map" in other
    assert "-m gen simplify" not in other
    # This build lies in a folder of the name that the time-shared form's has.
    assert "/shared/" in str(synthesized)
    assert "-m sim core" in other
    assert "--limit" not in other


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


def test_help_lists_every_target() -> None:
    listed = make("help").stdout
    for target in (*STEPS, "tools-ecp5", "tools-gowin", "test", "test-long", "check"):
        assert f"\n  {target} " in listed
