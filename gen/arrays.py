"""NumPy archives (`.npz`) without pickles, written whole, the same bytes for the same arrays.

What an archive declares is compared with its size before any memory is taken for it.
"""

import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gen.files import READ, FileDamaged, replacing

__all__ = ["ARCHIVE_ERRORS", "narrowest", "read_arrays", "read_table", "write_arrays"]

# What NumPy, zipfile and zlib raise on files cut short or of another kind.
ARCHIVE_ERRORS = (
    *(OSError, ValueError, TypeError, KeyError, EOFError, NotImplementedError, RuntimeError),
    *(SyntaxError, IndexError, OverflowError, MemoryError),
    *(struct.error, zlib.error, zipfile.BadZipFile, tokenize.TokenError),
)
MOST_BYTES = 1 << 28
"""That the arrays of a file may take in memory."""
DENSEST = 1032
"""Bytes that one byte of a compressed file can stand for (zlib's technical notes)."""
NARROW = (np.uint8, np.int8, np.int16, np.float32, np.float64)
KINDS = {b"\x93NUMPY": "a single array, .npy", b"PK\x03\x04": "a zip archive"}


def write_arrays(path: Path | str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays. NumPy's own `savez` stamps the time into the archive."""
    with replacing(path, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            whole = np.require(array, requirements="C")
            npy.write_array(member, whole, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, member.getvalue(), zipfile.ZIP_DEFLATED)


def narrowest(values: NDArray[Any]) -> NDArray[Any]:
    """The values in the narrowest type that holds all of them exactly."""
    for kind in NARROW:
        with np.errstate(all="ignore"):
            narrow = values.astype(kind)
        if np.array_equal(narrow.astype(values.dtype), values):
            return narrow
    return values


def read_arrays(path: Path | str, most: int = MOST_BYTES) -> dict[str, NDArray[Any]]:
    """All arrays of an archive, which take at the most so many bytes in memory.

    Raises FileDamaged where it is missing, cut short or another.
    """
    path = _file(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
            if not zipfile.is_zipfile(stream):
                raise ValueError(_other(start))
            with zipfile.ZipFile(stream) as archive:
                return _members(archive, path.stat().st_size, most)
    except ARCHIVE_ERRORS as error:
        raise FileDamaged(
            f"{path}: not a whole .npz file ({_short(error)}); make it again or take another"
        ) from None


def read_table(path: Path | str, between: str | None = ",") -> NDArray[Any]:
    """The array of a .npy file, or the numbers of a text, a row to a line, with commas between them
    (or what is said, None being white space).

    Raises FileDamaged where it is neither.
    """
    path = _file(path)
    try:
        if path.suffix == ".npy":
            with path.open("rb") as stream:
                return _array(stream, path.stat().st_size)
        with path.open(encoding="utf-8") as lines:
            rows = [line for line in lines if line.split("#")[0].strip()]
        return np.loadtxt(rows, delimiter=between, ndmin=2) if rows else np.zeros((0, 1))
    except ARCHIVE_ERRORS as error:
        raise FileDamaged(f"{path}: not a table of numbers ({_short(error)})") from None


def _file(path: Path | str) -> Path:
    path = Path(path)
    READ.append(str(path))
    if path.is_dir():
        raise FileDamaged(f"{path}: is a folder, not a file")
    if not path.is_file():
        raise FileDamaged(f"{path}: no such file; run the step that makes it, or give another path")
    return path


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]


def _other(start: bytes) -> str:
    """What a file is that begins with these bytes and is no archive."""
    if not start:
        return "it is empty"
    for magic, kind in KINDS.items():
        if start.startswith(magic):
            return f"it is {kind}" if kind.startswith("a single") else "it is cut short"
    return f"it begins with {start!r}, no zip archive does"


def _members(archive: zipfile.ZipFile, size: int, most: int) -> dict[str, NDArray[Any]]:
    """The arrays of an archive of so many bytes."""
    entries = archive.infolist()
    found: dict[str, NDArray[Any]] = {}
    total = 0
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name == entry.filename:
            raise ValueError(f"its member {name[:60]!r} is no array")
        if name in found:
            raise ValueError(f"it has two arrays {name[:60]!r}")
        total += entry.file_size
        if entry.file_size > DENSEST * size or total > most:
            raise ValueError(
                f"array {name[:60]!r} declares {entry.file_size:,} bytes; {most:,} are read"
            )
        with archive.open(entry) as stream:
            try:
                found[name] = _array(stream, entry.file_size, most)
            except ValueError as error:
                raise ValueError(f"array {name[:60]!r}: {error}") from None
    return found


def _array(stream: IO[bytes], size: int, most: int = MOST_BYTES) -> NDArray[Any]:
    """An array of a stream of so many bytes, after comparing what its header declares."""
    version = npy.read_magic(stream)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"version {version} of the array format")
    try:
        shape, fortran, kind = read(stream)
    except ARCHIVE_ERRORS:  # NumPy advises to trust the file.
        raise ValueError("its header is damaged") from None
    if kind.hasobject or not kind.itemsize:
        raise ValueError(f"it holds {'Python objects' if kind.hasobject else kind}, not numbers")
    wanted = math.prod(shape) * kind.itemsize
    held = size - stream.tell()
    if wanted != held or min(shape, default=0) < 0:
        raise ValueError(f"shape {shape} of {kind} is {wanted:,} bytes, the file has {held:,}")
    if wanted > most:
        raise ValueError(f"{wanted:,} bytes; {most:,} are read")
    data = stream.read(wanted)
    if len(data) != wanted:
        raise ValueError(f"{len(data):,} of {wanted:,} bytes")
    array = np.frombuffer(data, kind).reshape(shape, order="F" if fortran else "C")
    return array.copy(order="C")
