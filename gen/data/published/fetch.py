"""Files of data sets that do not come with a package: found, or downloaded, and checked.

A file is looked for in the set's folder in `$SMELT_DATA`, then in the user's cache
(`$XDG_CACHE_HOME/smelt`), and downloaded to the cache otherwise. What lies in `$SMELT_DATA` may be
another file of the same kind, the user's own; what is downloaded must be the published one.
"""

import hashlib
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gen.console import say
from gen.data.errors import DataError
from gen.files import write_bytes

__all__ = ["Source", "fetch", "is_here", "sum_of"]


@dataclass(frozen=True)
class Source:
    """A file `name` in a set's `folder`, its place on the net without the name, None where it is
    handed out otherwise, and its MD5 sum.

    `wanted` is what to put in the folder where it cannot be downloaded.
    """

    folder: str
    name: str
    place: str | None
    md5: str
    wanted: str


def fetch(source: Source) -> bytes:
    """The file's content; DataError where it cannot be had, or what was downloaded is not what
    was published."""
    own = _own(source)
    if own is not None:
        data = own.read_bytes()
        if _sum(data) != source.md5:
            _note(own)
        return data
    path = _cache(source) / source.name
    if path.is_file():
        return _checked(path.read_bytes(), source, path)
    return _download(source)


def is_here(source: Source) -> bool:
    """Whether the file need not be downloaded."""
    return _own(source) is not None or (_cache(source) / source.name).is_file()


def sum_of(source: Source) -> str:
    """The MD5 sum of the file that `fetch` gives; nothing is downloaded."""
    own = _own(source)
    return source.md5 if own is None else _sum(own.read_bytes())


def _own(source: Source) -> Path | None:
    """The file in `$SMELT_DATA`, where there is one."""
    folder = os.environ.get("SMELT_DATA")
    path = Path(folder or "") / source.folder / source.name
    return path if folder and path.is_file() else None


@cache
def _note(path: Path) -> None:
    """Say, once, that a file is not the published one."""
    say(f"{path}: not the published {path.name}; taken as one of your own")


def _sum(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _checked(data: bytes, source: Source, where: Path | str) -> bytes:
    got = _sum(data)
    if got != source.md5:
        raise DataError(f"{where}: MD5 {got}, expected {source.md5}; delete the file and try again")
    return data


def _cache(source: Source) -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "smelt" / source.folder


def _download(source: Source) -> bytes:
    if source.place is None:
        raise _missing(source, "it is not for download")
    url = source.place + source.name
    say(f"downloading {url}")
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            data = reply.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise _missing(source, f"downloading failed ({error})") from None
    _checked(data, source, url)
    write_bytes(_cache(source) / source.name, data)
    return bytes(data)


def _missing(source: Source, why: str) -> DataError:
    folder = source.folder
    return DataError(
        f"{source.name}: not in $SMELT_DATA/{folder} nor {_cache(source)}, and {why}; put"
        f" {source.wanted} in a folder {folder}/ and set SMELT_DATA to its parent"
    )
