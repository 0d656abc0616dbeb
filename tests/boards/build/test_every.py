"""All boards at once, with stand-ins for the tools: refusals, failures, and nothing twice."""

import json
from pathlib import Path

import pytest

from boards.__main__ import parser
from boards.report.comparison import markdown, plot_boards
from gen.console import main
from tests.boards.designs import fake_flow, fake_tool, write_core

BOARDS = ("icestick", "icebreaker", "hx8k")


def build_all(folder: Path, *more: object, boards: tuple[str, ...] = BOARDS) -> int:
    words = ("all", "--recipe", folder, "--boards", *boards, "--seeds", 2, *more)
    return main(parser(), [str(word) for word in words])


def boards_json(folder: Path) -> list[dict]:
    return json.loads((folder / "boards.json").read_text())["boards"]


def test_a_board_that_is_too_small_is_a_row_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch, used=1300, fmax={1: 20.0, 2: 23.5})
    assert build_all(tmp_path) == 0
    small, rows = boards_json(tmp_path)[0], boards_json(tmp_path)[1:]
    assert small["status"] == "does not fit"
    assert "has 1,280 logic cells, the design needs 1,300" in small["why"]
    assert [row["status"] for row in rows] == ["built", "built"]
    assert rows[0]["fmax_mhz"] == {
        "best": 23.5,
        "median": 21.75,
        "lowest": 20.0,
        "seeds": 2,
        "trusted": True,
    }
    # Two cycles of 12 MHz.
    assert (rows[0]["latency_cycles"], rows[0]["latency_ns"]) == (2, 166.7)
    assert rows[0]["cells"] == {"SB_CARRY": 3, "SB_DFF": 22, "SB_LUT4": 20}
    table = capsys.readouterr().out
    assert (tmp_path / "boards.md").read_text() in table
    assert "| icestick | does not fit: Lattice iCEstick has 1,280 logic cells" in table
    assert (
        "| icebreaker | 1,300 | 5,280 logic cells | 1,300 | 23.5 | 21.8 | 20.0 of 2 | 12.00 |"
        " 2 cycles, 167 ns |" in table
    )
    cells = table.partition("## Cells of Lattice iCE40\n")[2]
    assert "| board | SB_CARRY | SB_DFF | SB_LUT4 |" in cells
    assert "| icebreaker | 3 | 22 | 20 |" in cells
    assert (tmp_path / "hx8k" / "top.bin").is_file()
    page = (tmp_path / "boards.html").read_text()
    assert page.count("data:image/png;base64,") == 1
    assert "does not fit: Lattice iCEstick has 1,280 logic cells" in page
    assert "<h2>Cells of Lattice iCE40</h2>" in page


def test_what_is_built_is_not_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two = BOARDS[1:]
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch)
    assert build_all(tmp_path, boards=two) == 0
    before = boards_json(tmp_path)
    capsys.readouterr()
    assert build_all(tmp_path, boards=two) == 0
    told = capsys.readouterr().err
    assert told.count("unchanged: ") == 2
    assert "synthesis" not in told
    again = boards_json(tmp_path)
    assert [row | {"seconds": 0} for row in again] == [row | {"seconds": 0} for row in before]
    write_core(tmp_path, luts=24)
    (tmp_path / "hx8k" / "report.json").write_text("{")
    assert build_all(tmp_path, "--seeds", 1, boards=two) == 0
    assert capsys.readouterr().err.count("unchanged: ") == 0


def test_a_board_that_should_fit_and_fails_is_a_failure_after_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch, fmax={1: 11.0, 2: 11.5})
    assert build_all(tmp_path) == 1
    assert [row["status"] for row in boards_json(tmp_path)] == ["timing not met"] * 3
    assert capsys.readouterr().err.endswith(
        f"smelt: error: no build for icestick, icebreaker, hx8k; {tmp_path}/boards.json says why\n"
    )
    fake_tool(tmp_path, "YOSYS", "print('ERROR: no'); sys.exit(3)", monkeypatch)
    assert build_all(tmp_path) == 1
    assert all("ERROR: no" in row["why"] for row in boards_json(tmp_path))


def test_each_family_has_its_own_table_and_no_plot_without_a_build() -> None:
    fmax = {"best": 50.0, "median": 45.0, "lowest": 40.0, "seeds": 2, "trusted": True}
    row = {"status": "built", "used": 40, "capacity": 100, "unit": "LUT4", "core": 30}
    row |= {"fmax_mhz": fmax, "clock_mhz": 12.0, "latency_cycles": 1, "latency_ns": 83.3}
    none = {"board": "c", "family": "gowin", "status": "failed", "why": "no tools"}
    rows = [
        row | {"board": "a", "family": "ice40", "cells": {"SB_LUT4": 25}},
        row | {"board": "b", "family": "ecp5", "cells": {"LUT4": 35, "TRELLIS_FF": 1200}},
        none,
    ]
    text = markdown({"recipe": "tiny", "boards": rows})
    assert "## Cells of Lattice iCE40\n\n| board | SB_LUT4 |\n|---|---|\n| a | 25 |\n" in text
    assert "| board | LUT4 | TRELLIS_FF |\n|---|---|---|\n| b | 35 | 1,200 |\n" in text
    assert "Gowin" not in text
    assert "| c | failed: no tools |" in text
    assert "| 1 cycle, 83 ns |" in text
    assert plot_boards({"recipe": "tiny", "boards": rows}) is not None
    assert plot_boards({"recipe": "tiny", "boards": [none]}) is None


def test_core_that_was_not_made_wrong(tmp_path: Path) -> None:
    assert build_all(tmp_path) == 1
    assert all(row["why"].endswith("`python -m gen hdl` makes it") for row in boards_json(tmp_path))
