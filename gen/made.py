"""What each step wrote, and from what, as digests: so that a file changed by hand is refused.

A step that writes `mapped.json` leaves `.made/mapped.json` beside it: the SHA-256 of what it wrote
and of what it read, and its settings. The next step, and make before any step, compare the files
with that. A file without a record, such as one's own in another folder, is taken as it is.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.files import FileDamaged, read_json, replacing, write_json

__all__ = ["FileChanged", "check", "digest", "making", "outdated"]

FORMAT = "smelt-made-1"
FOLDER = ".made"
ENTRIES = {"step": str, "writes": dict, "reads": dict}


class FileChanged(SmeltError):
    """A file is not the one that its step wrote, or was made from another one."""


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def making(
    step: str,
    target: Path,
    reads: Iterable[Path] = (),
    more: Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Check what a step reads, run the block, and record what it wrote.

    `target` is the file that make knows the step by, `more` are the names of others that it may
    write beside it; of `reads`, those that are there count. Raises FileChanged.
    """
    read = [path for path in dict.fromkeys(reads) if path.is_file()]
    for path in read:
        check(path)
    before = {_place(path, target): digest(path) for path in read}
    record = target.parent / FOLDER / target.name
    with _set_aside(record):
        yield
    wrote = [target, *(target.with_name(name) for name in more)]
    value = {
        "format": FORMAT,
        "step": step,
        "settings": dict(settings or {}),
        "reads": before,
        "writes": {path.name: digest(path) for path in wrote if path.is_file()},
    }
    write_json(record, value)


@contextmanager
def _set_aside(record: Path) -> Iterator[None]:
    """Remove a record while its step runs, which may be killed at any moment; put it back where the
    step fails and wrote nothing."""
    text = record.read_bytes() if record.is_file() else None
    record.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        if text is not None:
            with replacing(record, "wb") as stream:
                stream.write(text)
            if not _as_recorded(record):
                record.unlink()
        raise


def _as_recorded(record: Path) -> bool:
    """Whether all files that a step wrote are as it wrote them."""
    folder = record.parent.parent
    return all(
        (folder / name).is_file() and digest(folder / name) == wrote
        for path, value in _records(folder)
        if path == record
        for name, wrote in value["writes"].items()
    )


def _place(path: Path, target: Path) -> str:
    """`path` as seen from the target's folder."""
    return Path(os.path.relpath(path, target.parent)).as_posix()


def check(path: Path) -> None:
    """Raise FileChanged where a file is not what its step wrote, or was made from other files."""
    for record, value in _records(path.parent):
        if path.name not in value["writes"]:
            continue
        if digest(path) != value["writes"][path.name]:
            raise FileChanged(_changed(path, record, value["step"]))
        others = _others(record, value)
        if others:
            raise FileChanged(
                f"{path}: was made from another {others[0]}; run {value['step']} again"
            )


def outdated(folder: Path) -> list[Path]:
    """The targets in a build folder whose steps have to run again, by what their records say: a
    file that they wrote is missing, or one that they read is another now.

    Raises FileChanged for a file that is not what its step wrote.
    """
    found = []
    for place in sorted(folder.rglob(FOLDER)):
        for record, value in _records(place.parent):
            if _missing(record, value) or _others(record, value):
                found.append(place.parent / record.name)
    return found


def _missing(record: Path, value: Mapping[str, Any]) -> bool:
    """Whether something that a step wrote is gone; raises FileChanged where it is another."""
    paths = {record.parent.parent / name: wrote for name, wrote in value["writes"].items()}
    for path, wrote in paths.items():
        if path.is_file() and digest(path) != wrote:
            raise FileChanged(_changed(path, record, value["step"]))
    return not all(path.is_file() for path in paths)


def _changed(path: Path, record: Path, step: str) -> str:
    return (
        f"{path}: was changed since {step} wrote it; delete it, and make writes it anew"
        f" (to keep it as it is, delete {record})"
    )


def _others(record: Path, value: Mapping[str, Any]) -> list[str]:
    """The files that a step read and that are others now; those that are gone are not counted."""
    folder = record.parent.parent
    return [
        name
        for name, read in value["reads"].items()
        if (folder / name).is_file() and digest(folder / name) != read
    ]


def _records(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The records of the files in a folder. A damaged one is as good as none: it is left out."""
    found = []
    for path in sorted((folder / FOLDER).glob("*")):
        try:
            value = read_json(path, FORMAT)
        except FileDamaged:
            continue
        if all(isinstance(value.get(name), kind) for name, kind in ENTRIES.items()):
            found.append((path, value))
    return found
