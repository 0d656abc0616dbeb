"""Damaged files: the right network, or one line about what is wrong."""

from pathlib import Path

import numpy as np
import pytest

from gen.errors import SmeltError
from tests.gen.imports.qonnx.cases import CASES
from tests.gen.imports.qonnx.models import brought, model, write


def _cut(rng: np.random.Generator, data: bytearray) -> None:
    del data[rng.integers(0, len(data)) :]


def _flipped(rng: np.random.Generator, data: bytearray) -> None:
    for at in rng.integers(0, len(data), rng.integers(1, 4)):
        data[at] ^= 1 << rng.integers(0, 8)


def _replaced(rng: np.random.Generator, data: bytearray) -> None:
    data[rng.integers(0, len(data))] = rng.integers(0, 256)


def _left_out(rng: np.random.Generator, data: bytearray) -> None:
    at = rng.integers(0, len(data))
    del data[at : at + rng.integers(1, 9)]


@pytest.mark.parametrize("damage", [_cut, _flipped, _replaced, _left_out])
@pytest.mark.parametrize("name", ["residual", "gemm", "multithreshold-half"])
def test_a_damaged_file_is_read_right_or_refused_in_a_line(
    tmp_path: Path, name: str, damage: object
) -> None:
    nodes, shape, constants = CASES[name]
    whole = model(nodes, shape, constants).SerializeToString()
    path, rng = tmp_path / "damaged.onnx", np.random.default_rng(0)
    refused = []
    for _ in range(30):
        data = bytearray(whole)
        assert callable(damage)
        damage(rng, data)
        path.write_bytes(bytes(data))
        try:
            brought(path, rows=4)  # what is read is compared with the executor's answers
        except SmeltError as error:
            refused.append(str(error))
    assert refused
    assert [said for said in refused if "\n" in said or "defect" in said or len(said) > 600] == []


FILES = {
    "empty": (b"", "is empty"),
    "zip": (b"PK\x03\x04" + bytes(90), "is a zip archive, no ONNX model"),
    "pickle": (b"\x80\x02}q\x00.", "is a pickle, no ONNX model"),
    "text": (b"import torch\n" * 9, "is no ONNX model, or cut short"),
    "zeros": (bytes(100), "is no ONNX model, or cut short"),
}


@pytest.mark.parametrize("name", FILES)
def test_another_file_is_told_what_it_is(tmp_path: Path, name: str) -> None:
    data, said = FILES[name]
    path = tmp_path / "other.onnx"
    path.write_bytes(data)
    with pytest.raises(SmeltError, match=said):
        brought(path)


def test_a_file_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "made.onnx").symlink_to("/dev/zero")
    with pytest.raises(SmeltError, match="no regular file"):
        brought(tmp_path / "made.onnx")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SmeltError, match="cannot be read"):
        brought(tmp_path / "none.onnx")


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    nodes, shape, constants = CASES["gemm"]
    assert brought(write(tmp_path, model(nodes, shape, constants))).n_classes == 3
