"""Reading what Yosys and nextpnr report, whole, cut short and of another shape."""

import json
from pathlib import Path

import pytest

from boards.measured.results import (
    cells_by_type,
    group_cells,
    missing_cells,
    read_routed,
    used_cells,
)
from gen.files import FileDamaged

# Shaped as Yosys 0.70 writes it.
STAT = {
    "creator": "Yosys 0.70",
    "modules": {"\\core": {"num_cells_by_type": {"SB_LUT4": 1}}},
    "design": {
        "num_cells": 9,
        "num_cells_by_type": {
            "$scopeinfo": 4,
            "SB_LUT4": 1000,
            "SB_CARRY": 7,
            "SB_DFF": 300,
            "SB_DFFESR": 9,
            "SB_RAM40_4K": 2,
            "SB_SPRAM256KA": 1,
        },
    },
}


CORE = "$glbnet$core_clock.core_clk"


def step(cell: str, kind: str, delay: float) -> dict[str, object]:
    return {
        "delay": delay,
        "type": kind,
        "from": {"cell": "a", "loc": [1, 1], "port": "O"},
        "to": {"cell": cell, "loc": [1, 2], "port": "I0"},
    }


# Shaped as nextpnr 0.11 writes it.
REPORT = {
    "critical_paths": [
        {"from": "<async>", "to": "posedge clk", "path": [step("pin", "routing", 99.0)]},
        {"from": "posedge clk", "to": "posedge slow", "path": [step("x", "logic", 3.0)]},
        {
            "from": "posedge clk",
            "to": "posedge clk",
            "path": [
                step("q", "clk-to-q", 1.4),
                step("n1", "routing", 1.8),
                step("n1", "logic", 1.3),
            ],
        },
    ],
    "fmax": {
        "clk": {"achieved": 14.5, "constraint": 12.0},
        "slow": {"achieved": 1.5, "constraint": 1.0},
    },
    "utilization": {
        "ICESTORM_LC": {"available": 5280, "used": 1159},
        "SB_IO": {"available": 39, "used": 131},
    },
}


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_cells_by_type_leaves_out_marks(tmp_path: Path) -> None:
    cells = cells_by_type(write(tmp_path / "stat.json", STAT))
    assert cells == {
        "SB_CARRY": 7,
        "SB_DFF": 300,
        "SB_DFFESR": 9,
        "SB_LUT4": 1000,
        "SB_RAM40_4K": 2,
        "SB_SPRAM256KA": 1,
    }
    assert group_cells(cells) == {"lut4": 1000, "carry": 7, "ff": 309, "blocks": 3}


def test_used_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "report.json", REPORT)
    assert used_cells(path) == (1159, 5280)
    assert used_cells(path, ("SB_IO",)) == (131, 39)


def test_routed_takes_the_clock_closest_to_failing(tmp_path: Path) -> None:
    routed = read_routed(write(tmp_path / "report.json", REPORT))
    assert (routed.fmax_mhz, routed.constraint_mhz, routed.met) == (14.5, 12.0, True)
    assert [(one.cell, one.kind, one.delay) for one in routed.path] == [
        ("q", "clk-to-q", 1.4),
        ("n1", "routing", 1.8),
        ("n1", "logic", 1.3),
    ]


def test_routed_tells_of_the_cores_own_clock(tmp_path: Path) -> None:
    """Its figures are shown; that the link's clock is met is asked as well."""
    value = REPORT | {
        "fmax": {
            "cd_sync.clk": {"achieved": 11.5, "constraint": 12.0},
            CORE: {"achieved": 31.0, "constraint": 30.0},
        },
        # As nextpnr wrote them of a core that has a faster clock than the link.
        "critical_paths": [
            {"from": f"posedge {one}", "to": f"posedge {other}", "path": [step(*row)]}
            for one, other, row in (
                ("cd_sync.clk", "cd_sync.clk", ("reply", "logic", 29.3)),
                (CORE, CORE, ("n7", "logic", 21.9)),
                ("cd_sync.clk", CORE, ("x", "logic", 26.7)),
            )
        ],
    }
    routed = read_routed(write(tmp_path / "report.json", value))
    assert (routed.fmax_mhz, routed.constraint_mhz) == (31.0, 30.0)
    assert [(one.cell, one.delay) for one in routed.path] == [("n7", 21.9)]
    assert routed.closest == (11.5, 12.0)
    assert not routed.met


def test_clock_missed(tmp_path: Path) -> None:
    value = REPORT | {"fmax": {"clk": {"achieved": 11.99, "constraint": 12.0}}}
    assert not read_routed(write(tmp_path / "report.json", value)).met


READERS = pytest.mark.parametrize(
    ("reader", "value"), [(cells_by_type, STAT), (used_cells, REPORT), (read_routed, REPORT)]
)


@READERS
def test_truncated_file_wrong(tmp_path: Path, reader: object, value: object) -> None:
    text = json.dumps(value)
    for cut in range(0, len(text), 37):
        path = tmp_path / "cut.json"
        path.write_text(text[:cut])
        with pytest.raises(FileDamaged, match=r"cut\.json: not readable as JSON"):
            reader(path)


@READERS
@pytest.mark.parametrize(
    "other",
    [
        {},
        {"design": None},
        {"utilization": []},
        {"fmax": {}, "critical_paths": []},
        {
            "fmax": {"clk": {"achieved": "fast", "constraint": 1}},
            "design": {"num_cells_by_type": 3},
        },
    ],
)
def test_file_of_another_shape_wrong(
    tmp_path: Path, reader: object, value: object, other: object
) -> None:
    path = write(tmp_path / "other.json", other)
    with pytest.raises(FileDamaged, match=r"other\.json: lacks what its tool writes"):
        reader(path)


def test_missing_file_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match="no such file"):
        read_routed(tmp_path / "none.json")


def test_cells_that_a_device_has_too_few_of(tmp_path: Path) -> None:
    path = tmp_path / "pack.json"
    fits = {"ICESTORM_LC": {"used": 30, "available": 30}}
    path.write_text(json.dumps({"utilization": fits}))
    assert missing_cells(path) is None
    path.write_text(
        json.dumps({"utilization": fits | {"ICESTORM_RAM": {"used": 34, "available": 30}}})
    )
    assert missing_cells(path) == ("ICESTORM_RAM", 34, 30)
