"""core.json as the benches read it, and differences as a person reads them."""

import json
from pathlib import Path

import pytest

from gen.files import FileDamaged
from hw.shape import CoreShape
from sim.description import Core, load_core
from sim.job import Mismatch
from sim.result import SimulationMismatch, describe_mismatch, finish
from sim.vectors import Vectors

VALUE = {
    "format": "smelt-core-1",
    "family": "ice40",
    "module": "core",
    "latency": 2,
    "inputs": 6,
    "outputs": [["class", 2], ["score[0]", 4], ["score[1]", 4]],
    "score_signed": True,
    "live_cells": 7,
    "live_inputs": [0, 2, 5],
    "digest": "0123456789abcdef",
}
OUTPUTS = (("class", 2), ("score[0]", 4), ("score[1]", 4))
SHAPE = CoreShape(6, (0, 2, 5), OUTPUTS)
DIGEST = bytes.fromhex("0123456789abcdef")
CORE = Core(Path("core.v"), "ice40", 2, 6, OUTPUTS, True, 7, SHAPE, DIGEST)
VECTORS = Vectors(6, 10, 5, (3, 8), (0b000110, 0b100000), (0b1111_0111_10, 0))


def write(folder: Path, **changed) -> Path:
    (folder / "core.v").write_text("module core; endmodule")
    content = {name: value for name, value in (VALUE | changed).items() if value is not None}
    (folder / "core.json").write_text(json.dumps(content))
    return folder / "core.json"


def test_load(tmp_path: Path) -> None:
    core = load_core(write(tmp_path))
    assert core == Core(
        tmp_path / "core.v",
        *("ice40", 2, 6, OUTPUTS, True, 7, SHAPE, DIGEST),
    )
    assert core.n_out == 10
    assert load_core(write(tmp_path, live_cells=None)).live_cells is None


def test_decode() -> None:
    assert CORE.decode(0b1111_0111_10) == {"class": 2, "score[0]": 7, "score[1]": -1}
    assert CORE.decode(0b1000_0000_11) == {"class": 3, "score[0]": 0, "score[1]": -8}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "smelt-core-0"}, "format is 'smelt-core-0'"),
        ({"latency": None}, "core.json: it has no 'latency'; make it again"),
        ({"outputs": [["class"]]}, r"outputs\[0\] has 1 entries, not 2"),
        ({"inputs": "many"}, "inputs is 'many', no number from 1"),
    ],
)
def test_load_wrong(tmp_path: Path, changed, message: str) -> None:
    with pytest.raises(FileDamaged, match=message):
        load_core(write(tmp_path, **changed))


def test_no_verilog_wrong(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "core.v").unlink()
    with pytest.raises(FileDamaged, match=r"core\.v: no such file; `python -m gen hdl` makes it"):
        load_core(path)


def test_mismatch_names_row_bits_and_what_differs() -> None:
    assert describe_mismatch(Mismatch(0, "1111011001"), CORE, VECTORS) == [
        "vector 3 (test set): input bits 011000",
        "  class: expected 2, got 1",
        "  score[0]: expected 7, got 6",
    ]


def test_mismatch_with_unknown_bits() -> None:
    assert describe_mismatch(Mismatch(1, "x00000000z"), CORE, VECTORS) == [
        "vector 8 (random): input bits 000001",
        "  expected {'class': 0, 'score[0]': 0, 'score[1]': 0}, got bits x00000000z (bit 0 last)",
    ]


def test_mismatch_of_y_valid() -> None:
    assert describe_mismatch(Mismatch(None, "", "y_valid is 1"), CORE, VECTORS) == [
        "no vector under way: y_valid is 1"
    ]
    assert describe_mismatch(Mismatch(1, "", "y_valid is 0"), CORE, VECTORS)[1:] == [
        "  y_valid is 0"
    ]


def test_finish_writes_and_raises(tmp_path: Path, capsys) -> None:
    value = {
        "level": "core",
        "simulator": "S 1",
        "vectors": 9,
        "random": 4,
        "mismatches": 0,
        "seconds": 1.25,
        "status": "passed",
    }
    finish(tmp_path / "sim.json", value, [])
    # The time lies beside, so that the same run gives the same file.
    kept = {"format": "smelt-sim-1", **value, "seconds": None}
    assert json.loads((tmp_path / "sim.json").read_text()) == kept
    assert capsys.readouterr().err == "core: 9 vectors (4 random) equal, S 1, 1.2 s\n"
    value |= {"mismatches": 2, "status": "failed"}
    with pytest.raises(SimulationMismatch, match=r"^core: 2 mismatches in 9 vectors \(S 1\); see"):
        finish(tmp_path / "sim.json", value, ["a line"])
    assert json.loads((tmp_path / "sim.json").read_text())["status"] == "failed"
    assert capsys.readouterr().err == "a line\n"
