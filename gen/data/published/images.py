"""MNIST and Fashion-MNIST from their four original idx.gz files each.

`gen.data.published.fetch` says where they are looked for, and when others of the same kind will do:
images of 28 x 28 pixels, and a label for each. What is downloaded has the MD5 sums that torchvision
lists.
"""

import gzip
import math
import zlib
from dataclasses import dataclass

import numpy as np

from gen.data.errors import DataError
from gen.data.published.fetch import Source, fetch

__all__ = ["FASHION", "FILES", "MNIST", "SIZE", "Images", "image_files", "read_idx", "read_images"]

FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
SIZE = (28, 28)
UNSIGNED_BYTES = 8  # idx type code


@dataclass(frozen=True)
class Images:
    """A set of two times two idx files: the `folder` they lie in, their place on the net, their MD5
    sums in the order of FILES, and what the classes are called from label 0 on."""

    name: str
    folder: str
    place: str
    sums: tuple[str, ...]
    classes: tuple[str, ...]


MNIST = Images(
    "mnist",
    "mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    (),
)
FASHION = Images(
    "fashion",
    "fashion-mnist",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)
"""Zalando's articles (H. Xiao, K. Rasul, R. Vollgraf, 2017, MIT licence)."""


def image_files(of: Images) -> list[Source]:
    """The four files: training images and labels, test images and labels."""
    wanted = f"the four idx.gz files of {of.folder}"
    named = zip(FILES, of.sums, strict=True)
    return [Source(of.folder, name, of.place, md5, wanted) for name, md5 in named]


def read_images(of: Images) -> tuple[np.ndarray, np.ndarray, int]:
    """Images uint8 (70000, 28, 28), labels uint8 (70000,), and how many of them are for training.

    Raises DataError where a file cannot be had, or is not of this kind.
    """
    parts = [read_idx(fetch(source), source.name) for source in image_files(of)]
    _check(f"{of.name}: train", *parts[:2])
    _check(f"{of.name}: t10k", *parts[2:])
    images = np.concatenate([parts[0], parts[2]])
    labels = np.concatenate([parts[1], parts[3]])
    return images, labels, len(parts[0])


def _check(name: str, images: np.ndarray, labels: np.ndarray) -> None:
    """Raise DataError where images are of another size, or have not a label each."""
    if images.shape[1:] != SIZE or labels.shape != images.shape[:1] or not len(labels):
        raise DataError(
            f"{name}-images are {images.shape}, {name.split()[-1]}-labels {labels.shape}; expected"
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
