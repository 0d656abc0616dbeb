"""A core measured alone, against cells counted by hand."""

from pathlib import Path

import pytest

from boards.measured.measure import measure_core
from gen.tools import ToolFailed
from tests.boards.designs import fake_tool, write_core


def test_luts_with_flip_flops_behind_share_cells(tmp_path: Path) -> None:
    """20 LUTs, each with its flip-flop, are 20 cells; 2 flip-flops of y_valid are 2 more.

    Their synchronous reset is part of the flip-flop and costs no LUT. The 23rd is the constant 1,
    which nextpnr's packer always adds (ice40/pack.cc).
    """
    value = measure_core(write_core(tmp_path, luts=20), "core", tmp_path / "alone")
    assert value == {
        "lc": 23,
        "lut4": 20,
        "carry": 0,
        "ff": 22,
        "blocks": 0,
        "cells": {"SB_DFF": 20, "SB_DFFSR": 2, "SB_LUT4": 20},
    }


def test_options_reach_synthesis(tmp_path: Path) -> None:
    """An 8-bit sum is a carry chain by default, and none with -nocarry."""
    path = tmp_path / "sum.v"
    path.write_text("module sum (input [7:0] a, b, output [7:0] y); assign y = a + b; endmodule\n")
    chain = measure_core(path, "sum", tmp_path / "default")
    plain = measure_core(path, "sum", tmp_path / "nocarry", ["-nocarry"])
    assert chain["carry"] > 0
    assert plain["carry"] == 0
    assert plain["lut4"] > chain["lut4"]
    assert plain["lc"] >= plain["lut4"]


def test_broken_verilog_wrong(tmp_path: Path) -> None:
    path = tmp_path / "core.v"
    path.write_text("module core (input clk; endmodule\n")
    with pytest.raises(ToolFailed, match=r"exit status 1.*core\.v:1.*yosys\.out"):
        measure_core(path, "core", tmp_path / "alone")


def test_result_of_an_earlier_run_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_core(tmp_path)
    measure_core(path, "core", tmp_path / "alone")
    fake_tool(tmp_path, "NEXTPNR_ICE40", "print('lost'); sys.exit(3)", monkeypatch)
    with pytest.raises(ToolFailed, match=r"exit status 3\): lost"):
        measure_core(path, "core", tmp_path / "alone")
    assert not (tmp_path / "alone" / "core.pack.json").exists()
