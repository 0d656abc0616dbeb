"""The benches on real simulators: right cores pass, wrong ones do not, and both say so."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gen.console import main
from gen.map.netlist import Cell, Netlist
from gen.times import read_timed
from sim.__main__ import parser
from sim.netlist import LIBRARIES
from tests.sim.builds import AVAILABLE, FIRST, build_core, flip_table_bit
from tests.sim.netlists import every_input, random_inputs, random_netlist, truth_table

ROOT = Path(__file__).resolve().parents[2]


def simulate(level: str, folder: Path, build: list[str], simulator: str = FIRST, *more: str):
    """Run `python -m sim`; returns the exit status and sim.json (None where there is none)."""
    results = folder / "results"
    status = main(
        parser(), [level, *build, "--results", str(results), "--simulator", simulator, *more]
    )
    path = results / "sim.json"
    return status, read_timed(path) if path.is_file() else None


@pytest.mark.slow
@pytest.mark.parametrize("simulator", AVAILABLE)
def test_core_on_every_input(tmp_path: Path, simulator: str) -> None:
    netlist = random_netlist(seed=10, n_in=8)
    build = build_core(tmp_path, netlist, every_input(netlist), n_test=56)
    status, result = simulate("core", tmp_path, build, simulator)
    assert status == 0
    assert result is not None
    assert result.pop("seconds") > 0
    assert simulator in result.pop("simulator").lower()
    files = {name: tmp_path / name for name in ("core.json", "core.v")}
    assert result.pop("of") == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()
    }
    assert result == {
        "format": "smelt-sim-1",
        "level": "core",
        "vectors": 256,
        "random": 200,
        "mismatches": 0,
        "status": "passed",
    }
    assert (tmp_path / "results" / "results.xml").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("simulator", AVAILABLE)
def test_core_with_a_planted_fault(tmp_path: Path, simulator: str, capsys) -> None:
    # y = x0 & x1 in class.0; the fault makes it right for x0 = x1 = 0 no more.
    netlist = Netlist(("x[0]", "x[1]"), (("class.0", 2),), (Cell(0b1000, (0, 1)),))
    build = build_core(tmp_path, netlist, [0, 1, 2, 3], [0, 0, 0, 1])
    flip_table_bit(tmp_path / "core.v", 0, 0)
    status, result = simulate("core", tmp_path, build, simulator)
    assert status == 1
    assert result is not None
    assert (result["status"], result["mismatches"], result["vectors"]) == ("failed", 1, 4)
    said = capsys.readouterr().err
    assert "vector 0 (test set): input bits 00\n  class: expected 0, got 1\n" in said
    assert "smelt: error: core: 1 mismatches in 4 vectors" in said


def test_a_flipped_table_bit_is_seen_exactly_where_it_matters(tmp_path: Path) -> None:
    netlist = random_netlist(seed=12, n_in=6, cells=12)
    cells = [replace(cell, name=None) for cell in netlist.cells]
    netlist = netlist.with_cells(cells)
    words = every_input(netlist)
    build = build_core(tmp_path, netlist, words)
    right = (tmp_path / "core.v").read_text()
    outcomes = set()
    for index, bit in ((0, 0), (2, 1), (4, 0), (6, 1), (8, 0), (10, 1)):
        (tmp_path / "core.v").write_text(right)
        flip_table_bit(tmp_path / "core.v", index, bit)
        wrong = list(cells)
        wrong[index] = replace(cells[index], table=cells[index].table ^ 1 << bit)
        faulty = netlist.with_cells(wrong)
        differing = sum(truth_table(faulty, word) != truth_table(netlist, word) for word in words)
        status, result = simulate("core", tmp_path, build)
        assert result is not None
        assert (status, result["mismatches"]) == (int(differing > 0), differing)
        outcomes.add(status)
    assert outcomes == {0, 1}


@pytest.mark.parametrize("latency", [1, 4])
def test_latency_is_checked(tmp_path: Path, latency: int, capsys) -> None:
    netlist = random_netlist(seed=12, latency=latency)
    build = build_core(tmp_path, netlist, random_inputs(netlist, 20, 0))
    core = json.loads((tmp_path / "core.json").read_text())
    core["latency"] = latency + 1
    (tmp_path / "core.json").write_text(json.dumps(core))
    assert simulate("core", tmp_path, build)[0] == 1
    assert "y_valid is 1, no answer is due" in capsys.readouterr().err


def test_wrong_expectation_is_shown_at_most_five_times(tmp_path: Path, capsys) -> None:
    netlist = random_netlist(seed=13)
    words = random_inputs(netlist, 40, 1)
    wrong = [truth_table(netlist, word) ^ 0b100 for word in words]
    status, result = simulate("core", tmp_path, build_core(tmp_path, netlist, words, wrong))
    assert status == 1
    assert result is not None
    assert result["mismatches"] == 40
    said = capsys.readouterr().err
    assert said.count("input bits") == 5
    assert said.count("score[0]: expected") == 5


@pytest.mark.parametrize("family", ["ice40", "ecp5", "gowin", "plain"])
def test_netlist(tmp_path: Path, family: str) -> None:
    netlist = random_netlist(seed=14, cells=60)
    build = build_core(tmp_path, netlist, random_inputs(netlist, 200, 2), family=family)
    live = json.loads((tmp_path / "core.json").read_text())["live_cells"]
    status, result = simulate("netlist", tmp_path, build)
    assert status == 0
    assert result is not None
    assert (result["level"], result["mismatches"]) == ("netlist", 0)
    if family in LIBRARIES:  # Synthesis keeps the mapped cells.
        assert sum(result["cells"].get(lut, 0) for lut in LIBRARIES[family].luts) == live
    else:
        assert result["cells"]["SB_LUT4"] <= live
    assert json.loads((tmp_path / "results" / "cells.json").read_text()) == result["cells"]


def test_netlist_with_other_cells_than_mapped(tmp_path: Path, capsys) -> None:
    netlist = random_netlist(seed=15)
    build = build_core(tmp_path, netlist, [1, 2])
    core = json.loads((tmp_path / "core.json").read_text())
    core["live_cells"] += 1
    (tmp_path / "core.json").write_text(json.dumps(core))
    assert simulate("netlist", tmp_path, build) == (1, None)
    assert f"{core['live_cells']} mapped cells, without dead ones, became" in (
        capsys.readouterr().err
    )


@pytest.mark.slow
@pytest.mark.parametrize("simulator", AVAILABLE)
def test_top(tmp_path: Path, simulator: str) -> None:
    netlist = random_netlist(seed=16, n_in=13)
    build = build_core(tmp_path, netlist, random_inputs(netlist, 30, 3))
    status, result = simulate("top", tmp_path, build, simulator)
    assert status == 0
    assert result is not None
    assert (result["level"], result["vectors"], result["mismatches"]) == ("top", 5, 0)


@pytest.mark.parametrize(("score_bits", "family"), [(0, "plain"), (8, "ice40"), (11, "plain")])
def test_top_with_other_scores(tmp_path: Path, score_bits: int, family: str) -> None:
    netlist = random_netlist(seed=17, n_in=8, score_bits=score_bits)
    build = build_core(tmp_path, netlist, random_inputs(netlist, 4, 4), family=family)
    assert simulate("top", tmp_path, build)[0] == 0


def test_top_with_a_planted_fault(tmp_path: Path, capsys) -> None:
    netlist = Netlist(("x[0]", "x[1]"), (("class.0", 2),), (Cell(0b1000, (0, 1)),))
    build = build_core(tmp_path, netlist, [3], [1])
    flip_table_bit(tmp_path / "core.v", 0, 3)
    status, result = simulate("top", tmp_path, build)
    assert status == 1
    assert result is not None
    assert result["status"] == "failed"
    said = capsys.readouterr().err
    assert "reply expected 41 01, got 41 00\n  class: expected 1, got 0\n" in said


def test_vectors_of_another_build_wrong(tmp_path: Path, capsys) -> None:
    one = build_core(tmp_path / "one", random_netlist(seed=19), [0])
    two = build_core(tmp_path / "two", random_netlist(seed=19, n_in=11), [0])
    assert simulate("core", tmp_path, [*one[:2], *two[2:]]) == (1, None)
    assert "vectors have 11 inputs and 17 outputs" in capsys.readouterr().err


def test_verilog_that_does_not_build_wrong(tmp_path: Path, capsys) -> None:
    build = build_core(tmp_path, random_netlist(seed=20), [0])
    (tmp_path / "core.v").write_text("module core(input clk); nonsense here endmodule")
    assert simulate("core", tmp_path, build) == (1, None)
    said = capsys.readouterr().err
    assert "smelt: error: the design does not build" in said
    assert "build.log" in said


def test_core_without_the_ports_wrong(tmp_path: Path, capsys) -> None:
    build = build_core(tmp_path, random_netlist(seed=21), [0])
    (tmp_path / "core.v").write_text("module core(input clk); endmodule")
    assert simulate("core", tmp_path, build) == (1, None)
    assert "smelt: error: the core bench broke off" in capsys.readouterr().err


def test_a_failed_run_leaves_no_older_result(tmp_path: Path) -> None:
    netlist = random_netlist(seed=22)
    build = build_core(tmp_path, netlist, [0, 1])
    assert simulate("core", tmp_path, build)[0] == 0
    (tmp_path / "core.v").write_text("module core(input clk); endmodule")
    assert simulate("core", tmp_path, build) == (1, None)


def test_interrupted_run_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    netlist = random_netlist(seed=23, cells=400)
    build = build_core(tmp_path, netlist, random_inputs(netlist, 40000, 5), [0] * 40000)
    results = tmp_path / "results"
    argv = [sys.executable, "-m", "sim", "core", *build, "--results", str(results)]
    process = subprocess.Popen(
        argv, cwd=ROOT, start_new_session=True, text=True, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 120
        while not (results / "run.log").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert not (results / "sim.json").exists()
    assert not (results / "results.xml").exists()


def test_help_of_every_level(capsys) -> None:
    for level in ("core", "netlist", "top"):
        with pytest.raises(SystemExit) as end:
            parser().parse_args([level, "--help"])
        assert end.value.code == 0
        assert "--vectors" in capsys.readouterr().out
