"""Archives: the same bytes for the same arrays, and clear words for broken files."""

from pathlib import Path

import numpy as np
import pytest

from gen.arrays import read_arrays, read_table, write_arrays
from gen.files import FileDamaged

ARRAYS = {
    "a": np.arange(6, dtype=np.int16).reshape(2, 3),
    "text": np.array("words"),
    "n": np.array(7),
}


def test_numpy_reads_what_is_written(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", ARRAYS)
    with np.load(tmp_path / "a.npz") as found:
        assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert found["a"].dtype == np.int16
        assert (str(found["text"]), int(found["n"])) == ("words", 7)


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_arrays(tmp_path / name, ARRAYS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_numpy_writes_is_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", **ARRAYS)
    assert read_arrays(tmp_path / "a.npz")["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_every_truncation_wrong(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", ARRAYS)
    whole = (tmp_path / "a.npz").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(FileDamaged, match=r"cut\.npz: not a whole \.npz file \("):
            read_arrays(tmp_path / "cut.npz")


def test_missing_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged) as caught:
        read_arrays(tmp_path / "no.npz")
    assert str(caught.value) == (
        f"{tmp_path / 'no.npz'}: no such file; run the step that makes it, or give another path"
    )


def test_flipped_bytes_are_refused_or_read(tmp_path: Path) -> None:
    """A damaged member raises one kind of error, whatever zlib or zipfile said."""
    write_arrays(tmp_path / "a.npz", ARRAYS)
    whole = bytearray((tmp_path / "a.npz").read_bytes())
    refused = 0
    for at in range(0, len(whole), 5):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        (tmp_path / "d.npz").write_bytes(bytes(damaged))
        try:
            read_arrays(tmp_path / "d.npz")
        except FileDamaged:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize(
    "header", [b"{'descr': ('", b"{'descr': '''", b"(((", b"{'descr': 1 if", b"\n\t\n "]
)
def test_a_header_that_is_no_python_wrong(tmp_path: Path, header: bytes) -> None:
    """Whatever NumPy's own reader of it stumbles over."""
    text = header.ljust(117) + b"\n"
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(8))
    with pytest.raises(
        FileDamaged, match=r"a\.npy: not a table of numbers \(its header is damaged"
    ):
        read_table(path)
