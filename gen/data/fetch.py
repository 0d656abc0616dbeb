"""Files of data sets that do not come with a package: found, or downloaded, and checked.

A file is looked for in the set's folder in `$SMELT_DATA`, then in the user's cache
(`$XDG_CACHE_HOME/smelt`), and downloaded to the cache otherwise.
"""

import hashlib
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from gen.console import say
from gen.data.errors import DataError
from gen.files import write_bytes

__all__ = ["Source", "fetch"]


@dataclass(frozen=True)
class Source:
    """A file `name` in a set's `folder`, its place on the net without the name, and its MD5 sum.

    `wanted` is what to put in the folder where it cannot be downloaded.
    """

    folder: str
    name: str
    place: str
    md5: str
    wanted: str


def fetch(source: Source) -> bytes:
    """The file's content; DataError where it cannot be had or its sum is another."""
    folders = [_cache(source)]
    if os.environ.get("SMELT_DATA"):
        folders.insert(0, Path(os.environ["SMELT_DATA"]) / source.folder)
    for folder in folders:
        path = folder / source.name
        if path.is_file():
            return _checked(path.read_bytes(), source, path)
    return _download(source)


def _checked(data: bytes, source: Source, where: Path | str) -> bytes:
    got = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if got != source.md5:
        raise DataError(f"{where}: MD5 {got}, expected {source.md5}; delete the file and try again")
    return data


def _cache(source: Source) -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "smelt" / source.folder


def _download(source: Source) -> bytes:
    url, name, folder = source.place + source.name, source.name, source.folder
    say(f"downloading {url}")
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            data = reply.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise DataError(
            f"{name}: not in $SMELT_DATA/{folder} nor {_cache(source)}, and downloading failed"
            f" ({error}); put {source.wanted} in a folder {folder}/ and set SMELT_DATA to its"
            " parent"
        ) from None
    _checked(data, source, url)
    write_bytes(_cache(source) / name, data)
    return bytes(data)
