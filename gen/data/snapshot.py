"""A data set of one's own as it was trained on: data.npz in the build folder.

Later steps read this and not the file it came from, which may change, or lie on another machine.
"""

import json
from pathlib import Path

import numpy as np

from gen.arrays import narrowest, read_arrays, write_arrays
from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.own.columns import columns_from_dict
from gen.files import DAMAGE

__all__ = ["SNAPSHOT", "read_snapshot", "write_snapshot"]

SNAPSHOT = "data.npz"
FORMAT = "smelt-data-1"
MOST_BYTES = 1 << 36


def write_snapshot(data: DataSet, path: Path) -> None:
    """Write a data set; the same set gives the same bytes."""
    about = {
        "format": FORMAT,
        "name": data.name,
        "classes": list(data.classes),
        "columns": None if data.columns is None else data.columns.to_dict(),
        "image": None if data.image is None else list(data.image),
    }
    text = json.dumps(about, sort_keys=True).encode()
    arrays = {
        "about": np.frombuffer(text, np.uint8),
        "features": narrowest(data.features),
        "labels": narrowest(data.labels),
        "test": np.isin(np.arange(len(data.labels)), data.test),
    }
    write_arrays(path, arrays)


def read_snapshot(path: Path, name: str) -> DataSet:
    """The data set `name` that was written; raises DataError where another is there, or none."""
    if not path.is_file():
        raise DataError(
            f"{path}: no such file; it holds the data that the network was trained on ({name}):"
            " run `make train`, or put it there"
        )
    arrays = read_arrays(path, MOST_BYTES)
    try:
        about = json.loads(arrays["about"].tobytes())
        held = arrays["test"].astype(bool)
        found = DataSet(
            about["name"],
            arrays["features"].astype(np.float64),
            arrays["labels"].astype(np.int64),
            tuple(about["classes"]),
            np.flatnonzero(~held),
            np.flatnonzero(held),
            None if about["columns"] is None else columns_from_dict(about["columns"]),
            None if about["image"] is None else (about["image"][0], about["image"][1]),
        )
        fits = about["format"] == FORMAT and found.features.ndim == 2
        fits &= len(found.features) == len(found.labels) == len(held)
    except DAMAGE as error:
        raise DataError(f"{path}: no data set ({type(error).__name__}: {error})") from None
    if not fits or found.name != name:
        raise DataError(f"{path}: holds {found.name!r}, and the network is of {name!r}")
    return found
