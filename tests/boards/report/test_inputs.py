"""Finding and reading what a report is told."""

import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from boards.report.inputs import Inputs, ReportError, find_inputs, read_inputs
from boards.report.report import class_names
from gen.files import FileDamaged


def write_vectors(path: Path, labels: list[int], classes: list[int], extra: int = 3) -> Path:
    """Classes in the low 4 bits of two output bytes, other output bits and random rows set."""
    rows = np.array([[c | 0x50, 0xFF] for c in classes] + [[0xFF, 0xFF]] * extra, dtype=np.uint8)
    np.savez(path, outputs=rows, labels=np.array(labels), n_test=len(labels))
    return path


def write_sim(path: Path, level: str = "core", **changes: object) -> Path:
    value = {
        "format": "smelt-sim-1",
        "level": level,
        "simulator": "icarus 12",
        "vectors": 6,
        "random": 2,
        "mismatches": 0,
        "seconds": 1.5,
        "status": "passed",
        **changes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def test_nothing_there(tmp_path: Path) -> None:
    inputs = read_inputs(find_inputs(tmp_path), 4)
    assert (inputs.model, inputs.ledger, inputs.vectors, inputs.simulations) == (
        None,
        None,
        None,
        {},
    )


def test_files_of_the_folder_and_given_ones(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"format": "smelt-model-1", "metrics": {}}')
    other = tmp_path / "other.json"
    other.write_text('{"format": "smelt-ledger-1", "rows": [], "summary": {"melted": 5}}')
    write_sim(tmp_path / "sim" / "core" / "sim.json")
    write_sim(tmp_path / "sim" / "top" / "sim.json", "top")
    inputs = read_inputs(find_inputs(tmp_path, ledger=other), 4)
    assert inputs.model is not None
    assert inputs.ledger is not None
    assert inputs.ledger["summary"] == {"melted": 5}
    assert sorted(inputs.simulations) == ["core", "top"]


def test_classes_are_the_low_output_bits(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "vectors.npz", [3, 9, 1], [3, 8, 1])
    vectors = read_inputs(find_inputs(tmp_path, vectors=path), 4).vectors
    assert vectors is not None
    assert vectors.labels.tolist() == [3, 9, 1]
    assert vectors.classes.tolist() == [3, 8, 1]


def test_steps_without_a_label_are_not_judged(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "vectors.npz", [-1, 0, -1, 15], [7, 5, 0, 15])
    vectors = read_inputs(find_inputs(tmp_path, vectors=path), 4).vectors
    assert vectors is not None
    assert (vectors.labels.tolist(), vectors.classes.tolist()) == ([0, 15], [5, 15])


def test_names_of_classes_come_with_the_rows(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "vectors.npz", [0, 1], [0, 1])
    with np.load(path) as found:
        np.savez(path, **found, meta=json.dumps({"classes": ["no", "yes"]}))
    vectors = read_inputs(find_inputs(tmp_path, vectors=path), 4).vectors
    assert vectors is not None
    assert class_names(Inputs(vectors=vectors)) == ["no", "yes"]
    assert class_names(Inputs({"classes": ["a", "b"]}, vectors=vectors)) == ["a", "b"]


def test_answers_that_are_no_classes_are_not_judged(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "vectors.npz", [0, 1], [0, 1])
    assert read_inputs(find_inputs(tmp_path, vectors=path), 0).vectors is None


def test_a_label_that_no_class_has(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "vectors.npz", [3, 16], [3, 1])
    with pytest.raises(FileDamaged, match="label 16 of a class of 4 bits"):
        read_inputs(find_inputs(tmp_path, vectors=path), 4)


def test_simulation_of_another_core_is_left_out_whatever_its_date(tmp_path: Path) -> None:
    path = write_sim(tmp_path / "sim" / "core" / "sim.json")
    core, verilog = tmp_path / "core.json", tmp_path / "core.v"
    core.write_text("{}")
    verilog.write_text("module core; endmodule")
    # It says of no core that it was of it.
    assert read_inputs(find_inputs(tmp_path), 4, core).simulations == {}
    files = {one.name: sha256(one.read_bytes()).hexdigest() for one in (core, verilog)}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"of": files}))
    os.utime(path, (1, 1))
    assert list(read_inputs(find_inputs(tmp_path), 4, core).simulations) == ["core"]
    verilog.write_text("module core; wire w; endmodule")
    os.utime(verilog, (1, 1))
    assert read_inputs(find_inputs(tmp_path), 4, core).simulations == {}


def test_mapped_netlist_of_another_core_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "mapped.json"
    path.write_text('{"format": "smelt-mapped-1", "proof": "proved"}')
    digest = sha256(path.read_bytes()).hexdigest()
    found = find_inputs(tmp_path)
    assert read_inputs(found, 4, None, digest).mapped is not None
    assert read_inputs(found, 4, None, "0" * 64).mapped is None


@pytest.mark.parametrize("name", ["model.json", "ledger.json", "sim/core/sim.json"])
@pytest.mark.parametrize("text", ["", "{", '{"format": "smelt-other-1"}', "[]"])
def test_damaged_json_wrong(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(FileDamaged, match=path.name):
        read_inputs(find_inputs(tmp_path), 4)


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_truncated_vectors_wrong(tmp_path: Path, keep: int) -> None:
    path = write_vectors(tmp_path / "vectors.npz", [3, 9, 1], [3, 8, 1])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FileDamaged, match=r"vectors\.npz: not a whole \.npz file"):
        read_inputs(find_inputs(tmp_path), 4)


def test_more_labels_than_outputs_wrong(tmp_path: Path) -> None:
    write_vectors(tmp_path / "vectors.npz", [3, 9, 1], [3], extra=0)
    with pytest.raises(ReportError, match="3 labels and 1 outputs"):
        read_inputs(find_inputs(tmp_path), 4)


def test_given_file_that_is_missing_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match=r"none\.json: no such file"):
        read_inputs(find_inputs(tmp_path, model=tmp_path / "none.json"), 4)
