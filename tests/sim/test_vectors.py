"""Reading the vectors file: which rows, which bits, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from sim.vectors import VectorsDamaged, load_vectors

ROWS = [[0x01, 0x02], [0xFF, 0x03], [0x80, 0x00], [0x10, 0x01]]


def write(path: Path, **changed) -> Path:
    """A file of 4 rows: 10 inputs, 3 outputs, 1 of the test set."""
    content = {
        "inputs": np.array(ROWS, np.uint8),
        "outputs": np.array([[1], [7], [0], [6]], np.uint8),
        "n_in": 10,
        "n_out": 3,
        "n_test": 1,
        "labels": np.zeros(1, np.int64),
        "meta": "{}",
    }
    content.update(changed)
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    return path


def test_bits_are_little_endian(tmp_path: Path) -> None:
    vectors = load_vectors(write(tmp_path / "v.npz"))
    assert vectors.inputs == (0x201, 0x3FF, 0x080, 0x110)
    assert vectors.outputs == (1, 7, 0, 6)
    assert (vectors.n_in, vectors.n_out, vectors.rows, vectors.random) == (10, 3, (0, 1, 2, 3), 3)


def test_spare_bits_are_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path / "v.npz", outputs=np.array([[0xF9]] * 4, np.uint8))
    assert load_vectors(path).outputs == (1, 1, 1, 1)


def test_limit_draws_rows_with_the_seed(tmp_path: Path) -> None:
    path = write(tmp_path / "v.npz")
    draws = {load_vectors(path, 2, seed).rows for seed in range(20)}
    assert len(draws) > 1
    assert all(len(rows) == 2 and list(rows) == sorted(set(rows)) for rows in draws)
    assert load_vectors(path, 2, 3) == load_vectors(path, 2, 3)
    assert load_vectors(path, 9).rows == (0, 1, 2, 3)
    chosen = load_vectors(path, 2, 3)
    whole = load_vectors(path)
    assert chosen.inputs == tuple(whole.inputs[row] for row in chosen.rows)


@pytest.mark.parametrize(
    ("n_test", "limit", "tests"),
    [(0, 5, 0), (20, 5, 5), (10, 5, 3), (10, 6, 3), (2, 8, 2), (18, 8, 6), (10, 19, 10)],
)
def test_limit_takes_half_from_the_test_set(
    tmp_path: Path, n_test: int, limit: int, tests: int
) -> None:
    path = write(
        tmp_path / "v.npz",
        inputs=np.zeros((20, 2), np.uint8),
        outputs=np.zeros((20, 1), np.uint8),
        n_test=n_test,
    )
    vectors = load_vectors(path, limit)
    assert len(set(vectors.rows)) == limit
    assert sum(row < n_test for row in vectors.rows) == tests
    assert vectors.random == limit - tests


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_in": None}, "not a vectors file"),
        ({"n_in": 17}, r"inputs is uint8 \(4, 2\); 17 bits are uint8 \(rows, 3\)"),
        ({"n_out": -1}, "n_out is .*, not a count"),
        ({"n_test": np.array([1, 2])}, "n_test is .*, not a count"),
        ({"outputs": np.zeros((4, 1), np.int64)}, r"outputs is int64 \(4, 1\)"),
        ({"outputs": np.zeros((3, 1), np.uint8)}, "4 rows of inputs and 3 of outputs"),
    ],
)
def test_content_wrong(tmp_path: Path, changed, message: str) -> None:
    path = write(tmp_path / "v.npz", **changed)
    with pytest.raises(VectorsDamaged, match=message) as error:
        load_vectors(path)
    assert str(error.value).startswith(f"{path}: ")


def test_file_wrong(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    with pytest.raises(VectorsDamaged, match=r"no such file; `python -m gen vectors` makes it"):
        load_vectors(path)
    write(path)
    whole = path.read_bytes()
    for damage in (b"", whole[:200], whole[: len(whole) // 2], b"hello" * 99):
        path.write_bytes(damage)
        with pytest.raises(VectorsDamaged, match=r"not a whole \.npz file"):
            load_vectors(path)


def test_limit_wrong(tmp_path: Path) -> None:
    with pytest.raises(VectorsDamaged, match="limit is 0; at least 1 vector is needed"):
        load_vectors(write(tmp_path / "v.npz"), 0)
