"""MNIST from its four original idx.gz files.

They are looked for in `$SMELT_DATA/mnist`, then in the user's cache
(`$XDG_CACHE_HOME/smelt/mnist`), and downloaded to the cache otherwise. Every file must have the
MD5 sum that torchvision lists.
"""

import gzip
import hashlib
import os
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np

from gen.console import say
from gen.data.errors import DataError
from gen.files import replacing

__all__ = ["read_idx", "read_mnist"]

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
FILES = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
UNSIGNED_BYTES = 8  # idx type code


def read_mnist() -> tuple[np.ndarray, np.ndarray, int]:
    """Images uint8 (70000, 28, 28), labels uint8 (70000,), and how many of them are for training.

    Raises DataError where a file cannot be had or its MD5 sum is wrong.
    """
    parts = [read_idx(_checked(name, md5), name) for name, md5 in FILES.items()]
    images = np.concatenate([parts[0], parts[2]])
    labels = np.concatenate([parts[1], parts[3]])
    return images, labels, len(parts[0])


def read_idx(packed: bytes, name: str) -> np.ndarray:
    """Decode a gzipped idx file of unsigned bytes; `name` is for the error message.

    Format: two zero bytes, the type code, the number of dimensions, big-endian sizes, the data
    (http://yann.lecun.com/exdb/mnist).
    """
    try:
        raw = gzip.decompress(packed)
    except (OSError, EOFError) as error:
        raise DataError(f"{name}: not a whole gzip file ({error})") from None
    if len(raw) < 4 or raw[:3] != bytes([0, 0, UNSIGNED_BYTES]):
        raise DataError(f"{name}: starts with {raw[:4].hex()}, not an idx file of bytes (000008..)")
    header = 4 + 4 * raw[3]
    shape = tuple(int(size) for size in np.frombuffer(raw[4:header], ">u4"))
    if len(raw) != header + int(np.prod(shape)):
        raise DataError(f"{name}: holds {len(raw) - header} bytes, its header says {shape}")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def _checked(name: str, md5: str) -> bytes:
    path = _find(name)
    if path is None:
        path = _download(name, md5)
    data = path.read_bytes()
    _check_sum(data, md5, path)
    return data


def _check_sum(data: bytes, md5: str, path: Path | str) -> None:
    got = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if got != md5:
        raise DataError(f"{path}: MD5 {got}, expected {md5}; delete the file and try again")


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smelt" / "mnist"


def _find(name: str) -> Path | None:
    folders = [_cache()]
    if os.environ.get("SMELT_DATA"):
        folders.insert(0, Path(os.environ["SMELT_DATA"]) / "mnist")
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _download(name: str, md5: str) -> Path:
    say(f"downloading {MIRROR}{name}")
    try:
        with urllib.request.urlopen(MIRROR + name, timeout=60) as reply:
            data = reply.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise DataError(
            f"{name}: not in $SMELT_DATA/mnist nor {_cache()}, and downloading failed ({error});"
            " put the four MNIST idx.gz files in a folder mnist/ and set SMELT_DATA to its parent"
        ) from None
    _check_sum(data, md5, MIRROR + name)
    with replacing(_cache() / name, "wb") as stream:
        stream.write(data)
    return _cache() / name
