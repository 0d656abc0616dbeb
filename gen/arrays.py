"""NumPy archives (`.npz`) without pickles, written whole, the same bytes for the same arrays."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.files import FileDamaged, replacing

__all__ = ["ARCHIVE_ERRORS", "read_arrays", "write_arrays"]

# What NumPy, zipfile and zlib raise on files cut short or of another kind.
ARCHIVE_ERRORS = (
    *(OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError),
    *(struct.error, zlib.error, zipfile.BadZipFile),
)


def write_arrays(path: Path | str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays. NumPy's own `savez` stamps the time into the archive."""
    with replacing(path, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            whole = np.require(array, requirements="C")
            np.lib.format.write_array(member, whole, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, member.getvalue(), zipfile.ZIP_DEFLATED)


def read_arrays(path: Path | str) -> dict[str, NDArray[Any]]:
    """All arrays of an archive; raises FileDamaged where it is missing, cut short or another."""
    path = Path(path)
    if not path.is_file():
        raise FileDamaged(f"{path}: no such file; run the step that makes it, or give another path")
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("a single array")
        with archive:
            return {name: archive[name] for name in archive.files}
    except ARCHIVE_ERRORS as error:
        raise FileDamaged(
            f"{path}: not a whole .npz file ({error}); make it again or take another"
        ) from None
