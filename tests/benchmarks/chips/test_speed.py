"""The speed report: a random pipeline, a wrapper that hides nothing, figures in the table."""

from pathlib import Path

import pytest

from benchmarks.chips.fabric import random_pipeline
from benchmarks.chips.forms import markdown, parser, plot
from benchmarks.chips.place import DEVICES, place, wrapper
from gen.console import main
from gen.hdl import write_core
from gen.map.netlist import Cell, Netlist


@pytest.mark.parametrize("cells", [40, 1000])
def test_the_random_pipeline_is_one_lut_deep(cells: int) -> None:
    netlist = random_pipeline(cells)
    assert len(netlist.cells) == cells
    for cell in netlist.cells:
        made = [netlist.cells[s - netlist.n_inputs].stage for s in cell.fan_in
                if s >= netlist.n_inputs]  # fmt: skip
        assert made == [cell.stage - 1] * (4 if cell.stage else 0)
        for pin in range(4):
            flipped = [cell.table >> (row ^ 1 << pin) & 1 for row in range(16)]
            assert flipped != [cell.table >> row & 1 for row in range(16)]
    assert random_pipeline(cells) == netlist
    assert random_pipeline(cells, seed=1) != netlist


def test_the_wrapper_reads_every_output() -> None:
    text = wrapper(5, 9)
    assert "reg [4:0] x;" in text
    for at in range(9):
        assert f"y[{at}]" in text
    # 9 outputs and y_valid fold to 3 registers and to 1.
    assert [f"f{n} <=" in text for n in range(5)] == [True] * 4 + [False]


@pytest.mark.slow
def test_a_small_core_is_placed(tmp_path: Path) -> None:
    cells = (Cell(0b0110, (0, 1)), Cell(0b1000, (2, 0), stage=1))
    netlist = Netlist(("a", "b"), (("y", 3),), cells, latency=2)
    netlist.write(tmp_path / "mapped.json")
    write_core(tmp_path / "mapped.json", tmp_path, "ice40", "small")
    text = (tmp_path / "core.v").read_text()
    found = place(DEVICES["up5k"], text, 2, 1, tmp_path / "place", seeds=1)
    # Registers: x and go; a, a ^ b behind the first stage; y; two of y_valid; the fold.
    assert found["flip_flops"] == 3 + 2 + 1 + 2 + 1
    assert found["luts"] == 3
    assert 50 < found["best"] < 300
    assert found["median"] == found["best"] == found["fmax"]["1"]


ROW = {
    "device": "Chip",
    "form": "depth 1",
    "cells": 2100,
    "luts": 701,
    "flip_flops": 2050,
    "blocks": 3,
    "median": 90.0,
    "best": 95.5,
    "latency": 22,
    "latency_ns": 244.4,
    "results_per_s": 90_000_000,
}
RESULTS = {
    "network": "small",
    "rows": [ROW, ROW | {"form": "shared", "results_per_s": 1234}],
    "fabric": {"Chip": {"cells": 2100, "median": 120.0, "best": 130.0}},
    "link": {"baud": 115_200, "request_bytes": 34, "results_per_s": 338.8},
}


def test_figures_reach_the_report(tmp_path: Path) -> None:
    text = markdown(RESULTS)
    assert "115,200 baud carries at most\n338.8 results per second (34 bytes a request)" in text
    assert "in 2,100 cells: 120.0 MHz median, 130.0 best" in text
    assert (
        "| depth 1 | 701 | 2,050 | 2,100 | 3 | 90.0 | 95.5 | 0.75 | 22 | 244 | 90,000,000 |" in text
    )
    assert "| 1,234 |" in text
    plot(RESULTS, tmp_path / "speed.png")
    assert (tmp_path / "speed.png").read_bytes()[:4] == b"\x89PNG"


def test_an_unknown_device_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--build", str(tmp_path), "--devices", "up5k,xc7"]
    assert main(parser(), args) == 1
    assert "device 'xc7' is unknown; known are up5k, hx8k, 25k" in capsys.readouterr().err
