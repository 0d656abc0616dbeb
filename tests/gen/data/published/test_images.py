"""The idx reader on files made here, and where files are looked for."""

import gzip
import hashlib
import struct
import urllib.error
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.data import sets
from gen.data.errors import DataError
from gen.data.published.images import FASHION, FILES, MNIST, Images, read_idx, read_images
from gen.data.sets import image_shape, load_set, set_digest, set_here, source_set


def idx(array: np.ndarray) -> bytes:
    """An idx file as its format says, written with struct."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim)
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + sizes + array.astype(np.uint8).tobytes(), mtime=0)


@pytest.fixture
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four small files in a SMELT_DATA folder, and their sums in place of the true ones."""
    return small(MNIST, tmp_path, monkeypatch)


def small(of: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    generator = np.random.default_rng(0)
    folder = tmp_path / "data" / of.folder
    folder.mkdir(parents=True)
    sums = []
    for name in FILES:
        rows = 5 if name.startswith("train") else 3
        shape = (rows, 28, 28) if "images" in name else (rows,)
        data = idx(generator.integers(0, 10, shape))
        (folder / name).write_bytes(data)
        sums.append(hashlib.md5(data).hexdigest())
    monkeypatch.setattr(sets, of.name.upper(), replace(of, sums=tuple(sums)))
    monkeypatch.setenv("SMELT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_read_idx() -> None:
    array = np.arange(24).reshape(2, 3, 4)
    assert np.array_equal(read_idx(idx(array), "x"), array)


def test_the_set_has_the_files_split(small_mnist: Path) -> None:
    data = load_set("mnist")
    assert data.features.shape == (8, 784)
    assert data.train.tolist() == [0, 1, 2, 3, 4]
    assert data.test.tolist() == [5, 6, 7]


def test_fashion_has_the_names_of_its_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(FASHION, tmp_path, monkeypatch)
    data = load_set("fashion")
    assert (data.name, data.classes[0], data.classes[9]) == ("fashion", "T-shirt/top", "Ankle boot")
    assert (data.features.shape, len(data.train), image_shape("fashion")) == ((8, 784), 5, (28, 28))
    assert set_here("fashion")
    assert not set_here("mnist")


def test_small_images_have_means_of_squares_as_pixels(small_mnist: Path) -> None:
    whole, small = load_set("mnist"), load_set("mnist-14x14")
    assert (small.name, small.image, source_set("mnist-14x14")) == (
        "mnist-14x14",
        (14, 14),
        "mnist",
    )
    assert source_set("mnist") == "mnist"
    for row, means in zip(whole.features.reshape(-1, 28, 28), small.features, strict=True):
        for at in (0, 13, 100, 195):
            y, x = 2 * (at // 14), 2 * (at % 14)
            four = row[y, x], row[y, x + 1], row[y + 1, x], row[y + 1, x + 1]
            assert means[at] == sum(four) / 4
    assert small.fine is not None
    assert np.array_equal(small.fine.reshape(8, 784), whole.features)
    assert np.array_equal(small.about(small.test)["fine"], small.fine[5:])
    assert np.array_equal(small.labels, whole.labels)
    assert set_digest("mnist-14x14") == set_digest("mnist")


def test_the_users_cache_is_the_second_place(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache" / "smelt"
    cache.mkdir(parents=True)
    small_mnist.rename(cache / "mnist")
    assert read_images(sets.MNIST)[2] == 5
    monkeypatch.delenv("SMELT_DATA")
    assert read_images(sets.MNIST)[2] == 5


def test_a_damaged_file_is_refused(small_mnist: Path, tmp_path: Path) -> None:
    path = small_mnist / "train-images-idx3-ubyte.gz"
    good = hashlib.md5(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes()[:-1])
    bad = hashlib.md5(path.read_bytes()).hexdigest()
    with pytest.raises(DataError, match=r"^train-images-idx3-ubyte\.gz: not a whole gzip file"):
        read_images(sets.MNIST)
    cached = tmp_path / "cache" / "smelt" / "mnist" / path.name
    cached.parent.mkdir(parents=True)
    path.rename(cached)
    with pytest.raises(DataError) as caught:
        read_images(sets.MNIST)
    assert str(caught.value) == (
        f"{cached}: MD5 {bad}, expected {good}; delete the file and try again"
    )


def test_ones_own_files_of_the_same_kind(
    small_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set_digest("mnist")
    (small_mnist / "train-labels-idx1-ubyte.gz").write_bytes(idx(np.array([11, 1, 2, 3, 4])))
    data = load_set("mnist")
    assert data.labels[:5].tolist() == [11, 1, 2, 3, 4]
    assert len(data.classes) == 12
    assert set_digest("mnist") != before
    said = "train-labels-idx1-ubyte.gz: not the published train-labels-idx1-ubyte.gz; taken as one"
    assert said in capsys.readouterr().err
    (small_mnist / "train-labels-idx1-ubyte.gz").write_bytes(idx(np.array([1, 2])))
    with pytest.raises(DataError, match=r"train-images are \(5, 28, 28\), train-labels \(2,\);"):
        load_set("mnist")


def test_without_network_the_message_says_where_to_put_files(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    (small_mnist / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError) as caught:
        read_images(sets.MNIST)
    assert str(caught.value) == (
        "t10k-labels-idx1-ubyte.gz: not in $SMELT_DATA/mnist nor"
        f" {tmp_path / 'cache' / 'smelt' / 'mnist'}, and downloading failed"
        " (<urlopen error no network>); put the four idx.gz files of mnist in a folder mnist/ and"
        " set SMELT_DATA to its parent"
    )


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"plain", "f: not a whole gzip file (Not a gzipped file (b'pl'))"),
        (
            gzip.compress(b"\0\0\x09\1", mtime=0),
            "f: starts with 00000901, not an idx file of bytes (000008..)",
        ),
        (gzip.compress(b"\0\0\x08\1\0\0\0\5ab", mtime=0), "f: holds 2 bytes, its header says (5,)"),
    ],
)
def test_read_idx_wrong(packed: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_idx(packed, "f")
    assert str(caught.value) == message


def test_read_idx_truncated_gzip() -> None:
    with pytest.raises(DataError, match="f: not a whole gzip file"):
        read_idx(idx(np.arange(200))[:40], "f")
