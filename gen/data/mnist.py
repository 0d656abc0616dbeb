"""MNIST from its four original idx.gz files.

`gen.data.fetch` says where they are looked for, and when others of the same kind will do: images of
28 x 28 pixels, and a label for each. What is downloaded has the MD5 sums that torchvision lists.
"""

import gzip
import math
import zlib

import numpy as np

from gen.data.errors import DataError
from gen.data.fetch import Source, fetch

__all__ = ["mnist_files", "read_idx", "read_mnist"]

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
FILES = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
WANTED = "the four MNIST idx.gz files"
SIZE = (28, 28)
UNSIGNED_BYTES = 8  # idx type code


def mnist_files() -> list[Source]:
    """The four files: training images and labels, test images and labels."""
    return [Source("mnist", name, MIRROR, md5, WANTED) for name, md5 in FILES.items()]


def read_mnist() -> tuple[np.ndarray, np.ndarray, int]:
    """Images uint8 (70000, 28, 28), labels uint8 (70000,), and how many of them are for training.

    Raises DataError where a file cannot be had, or is not of this kind.
    """
    parts = [read_idx(fetch(source), source.name) for source in mnist_files()]
    _check("train", *parts[:2])
    _check("t10k", *parts[2:])
    images = np.concatenate([parts[0], parts[2]])
    labels = np.concatenate([parts[1], parts[3]])
    return images, labels, len(parts[0])


def _check(name: str, images: np.ndarray, labels: np.ndarray) -> None:
    """Raise DataError where images are of another size, or have not a label each."""
    if images.shape[1:] != SIZE or labels.shape != images.shape[:1] or not len(labels):
        raise DataError(
            f"mnist: {name}-images are {images.shape}, {name}-labels {labels.shape}; expected"
            f" (n, {SIZE[0]}, {SIZE[1]}) and (n,)"
        )


def read_idx(packed: bytes, name: str) -> np.ndarray:
    """Decode a gzipped idx file of unsigned bytes; `name` is for the error message.

    Format: two zero bytes, the type code, the number of dimensions, big-endian sizes, the data
    (http://yann.lecun.com/exdb/mnist).
    """
    try:
        raw = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name}: not a whole gzip file ({error})") from None
    if len(raw) < 4 or raw[:3] != bytes([0, 0, UNSIGNED_BYTES]):
        raise DataError(f"{name}: starts with {raw[:4].hex()}, not an idx file of bytes (000008..)")
    header = 4 + 4 * raw[3]
    sizes = raw[4:header].ljust(header - 4, b"\xff")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    if len(raw) != header + math.prod(shape):
        raise DataError(f"{name}: holds {len(raw) - header} bytes, its header says {shape}")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)
