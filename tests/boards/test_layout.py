"""Cells to parts of the design, by name and by place."""

import json
from pathlib import Path

import pytest

from boards.layout import Placed, count_parts, part_of, path_by_part, read_placement
from boards.results import PathStep
from gen.files import FileDamaged

LAYERS = ("layer1", "score")


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        ("core.layer1.n12_LC", "layer1"),
        ("design.core.layer1.n12_LC", "layer1"),
        ("design.core.score.y_SB_DFF_Q_3_DFFLC", "score"),
        ("design.core.valid_SB_DFFSR_Q_DFFLC", "core"),
        ("design.core.other.n1_LC", "core"),
        ("design.request.frame_SB_DFFE_Q_LC", "link"),
        ("design.request.core_LC", "link"),
        ("$nextpnr_ICESTORM_LC_0", "link"),
        ("core", "link"),
    ],
)
def test_part_of(cell: str, part: str) -> None:
    assert part_of(cell, LAYERS) == part


def write_placed(path: Path, cells: dict[str, tuple[str, str]]) -> Path:
    value = {
        name: {"type": kind, "attributes": {"NEXTPNR_BEL": bel}}
        for name, (kind, bel) in cells.items()
    }
    path.write_text(json.dumps({"modules": {"top": {"cells": value}}}))
    return path


def test_placement_of_logic_cells_only(tmp_path: Path) -> None:
    path = write_placed(
        tmp_path / "placed.json",
        {
            "core.layer1.n1_LC": ("ICESTORM_LC", "X11/Y8/lc4"),
            "uart.tx_LC": ("ICESTORM_LC", "X1/Y20/lc0"),
            "clk$sb_io": ("SB_IO", "X12/Y31/io1"),
        },
    )
    placed = read_placement(path, LAYERS)
    assert placed == [Placed(11, 8, 4, "layer1"), Placed(1, 20, 0, "link")]
    assert count_parts(placed, LAYERS) == {"layer1": 1, "link": 1}


def test_unplaced_cell_wrong(tmp_path: Path) -> None:
    path = write_placed(tmp_path / "placed.json", {"n1": ("ICESTORM_LC", "nowhere")})
    with pytest.raises(FileDamaged, match="cell n1 lies at 'nowhere'"):
        read_placement(path, LAYERS)


def test_truncated_placement_wrong(tmp_path: Path) -> None:
    path = write_placed(tmp_path / "placed.json", {"n1": ("ICESTORM_LC", "X1/Y1/lc1")})
    path.write_text(path.read_text()[:-5])
    with pytest.raises(FileDamaged, match="not readable as JSON"):
        read_placement(path, LAYERS)


def test_path_by_part_adds_up() -> None:
    path = [
        PathStep("core.layer1.q_DFFLC", "clk-to-q", 1.4),
        PathStep("core.score.a_LC", "routing", 1.8),
        PathStep("core.score.a_LC", "logic", 1.2),
        PathStep("core.score.b_LC", "routing", 2.5),
        PathStep("core.score.b_LC", "logic", 1.3),
        PathStep("reply.c_LC", "routing", 3.0),
        PathStep("reply.c_LC", "setup", 1.1),
    ]
    assert path_by_part(path, LAYERS) == [
        {"part": "layer1", "logic_ns": 1.4, "routing_ns": 0.0, "cells": 0},
        {"part": "score", "logic_ns": 2.5, "routing_ns": 4.3, "cells": 2},
        {"part": "link", "logic_ns": 1.1, "routing_ns": 3.0, "cells": 0},
    ]
