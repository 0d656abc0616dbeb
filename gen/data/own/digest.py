"""What data of one's own is, in a digest: of its files' bytes, in the order of their names."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gen.data.errors import DataError
from gen.data.own.said import Own

__all__ = ["own_digest"]


def own_digest(own: Own) -> str:
    """The SHA-256, in hexadecimal, of a file or folder, and of a second one that is named."""
    digest = hashlib.sha256()
    for path in _files(own):
        name = path.relative_to(own.path.parent) if path.is_relative_to(own.path.parent) else path
        try:
            with path.open("rb") as stream:
                held = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror})") from None
        digest.update(f"{held} {name}\n".encode())
    return digest.hexdigest()


def _files(own: Own) -> Iterator[Path]:
    if not own.path.exists():
        raise DataError(f"{own.path}: no such file or folder")
    yield from _within(own.path)
    if isinstance(own.test, str) and (second := own.path.parent / own.test).exists():
        yield from _within(second)


def _within(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from sorted(one for one in path.rglob("*") if one.is_file())
