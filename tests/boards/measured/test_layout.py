"""Cells to parts of the design, by name and by place."""

import json
from pathlib import Path

import pytest

from boards.measured.layout import Placed, count_parts, part_of, path_by_part, read_placement
from boards.measured.results import PathStep
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
        ("design.harness.self_test.count_SB_DFFE_Q_LC", "self-test"),
        ("design.harness.core.layer1.n12_LC", "layer1"),
        ("core", "link"),
    ],
)
def test_part_of(cell: str, part: str) -> None:
    assert part_of(cell, LAYERS) == part


def write_placed(path: Path, cells: dict[str, tuple[str, str, str]]) -> Path:
    """`cells` by name: type, place, source."""
    value = {
        name: {"type": kind, "attributes": {"NEXTPNR_BEL": bel, "src": source}}
        for name, (kind, bel, source) in cells.items()
    }
    path.write_text(json.dumps({"modules": {"top": {"cells": value}}}))
    return path


CELLS = {
    "core.layer1.n1_LC": ("ICESTORM_LC", "X11/Y8/lc4", "core.v:7.1-7.9"),
    "core.layer1.x_SB_DFFE_Q_LC": ("ICESTORM_LC", "X2/Y3/lc7", "/share/ice40/ff_map.v:2"),
    "uart.tx_LC": ("ICESTORM_LC", "X1/Y20/lc0", ""),
    "clk$sb_io": ("SB_IO", "X12/Y31/io1", ""),
}


def test_placement_of_logic_cells_by_source(tmp_path: Path) -> None:
    """The frame register is named after the layer that reads it, but is not of core.v."""
    placed = read_placement(write_placed(tmp_path / "placed.json", CELLS), LAYERS, True)
    assert placed == {
        "core.layer1.n1_LC": Placed(11, 8, 4, "layer1"),
        "core.layer1.x_SB_DFFE_Q_LC": Placed(2, 3, 7, "link"),
        "uart.tx_LC": Placed(1, 20, 0, "link"),
    }
    assert count_parts(placed.values(), LAYERS) == {"layer1": 1, "link": 2}


def test_placement_by_name(tmp_path: Path) -> None:
    placed = read_placement(write_placed(tmp_path / "placed.json", CELLS), LAYERS, False)
    assert count_parts(placed.values(), LAYERS) == {"layer1": 2, "link": 1}


def test_unplaced_cell_wrong(tmp_path: Path) -> None:
    path = write_placed(tmp_path / "placed.json", {"n1": ("ICESTORM_LC", "nowhere", "")})
    with pytest.raises(FileDamaged, match="cell n1 lies at 'nowhere'"):
        read_placement(path, LAYERS, True)


def test_truncated_placement_wrong(tmp_path: Path) -> None:
    path = write_placed(tmp_path / "placed.json", CELLS)
    path.write_text(path.read_text()[:-5])
    with pytest.raises(FileDamaged, match="not readable as JSON"):
        read_placement(path, LAYERS, True)


def test_path_by_part_adds_up() -> None:
    path = [
        PathStep("q", "clk-to-q", 1.4),
        PathStep("a", "routing", 1.8),
        PathStep("a", "logic", 1.2),
        PathStep("b", "routing", 2.5),
        PathStep("b", "logic", 1.3),
        PathStep("unplaced", "routing", 3.0),
        PathStep("unplaced", "setup", 1.1),
    ]
    assert path_by_part(path, {"q": "layer1", "a": "score", "b": "score"}) == [
        {"part": "layer1", "logic_ns": 1.4, "routing_ns": 0.0, "cells": 0},
        {"part": "score", "logic_ns": 2.5, "routing_ns": 4.3, "cells": 2},
        {"part": "link", "logic_ns": 1.1, "routing_ns": 3.0, "cells": 0},
    ]
