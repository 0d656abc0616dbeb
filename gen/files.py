"""Files that are written whole or not at all, and JSON that is checked when read."""

import json
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL, EISDIR, ENOTDIR
from pathlib import Path
from typing import IO, Any

from gen.errors import SmeltError
from gen.forms import check_form

__all__ = [
    "DAMAGE",
    "READ",
    "FileDamaged",
    "about",
    "check_json",
    "make_folder",
    "naming",
    "read_json",
    "read_text",
    "reading",
    "replacing",
    "write_bytes",
    "write_json",
    "write_text",
]

READ: deque[str] = deque(maxlen=3)
"""The files that were read last, for the one line about an error that nothing foresaw."""
DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(RecursionError, StopIteration, TypeError, ValueError),
)
"""What code raises that takes a value apart which is not of the form that it knows."""


class FileDamaged(SmeltError):
    """A file is missing, truncated or not of the expected kind."""


@contextmanager
def reading(path: Path | str, what: str = "", again: str = "make it again") -> Iterator[None]:
    """Raise FileDamaged, naming `path`, for whatever its value makes the block stumble over.

    `what` is what the file should have been, such as "a vectors file"; `again` what to do.
    """
    try:
        yield
    except DAMAGE as error:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        kind = f"not {what}" if what else "an entry is missing or mistyped"
        raise FileDamaged(f"{path}: {kind} ({said[:200]}); {again}") from None


@contextmanager
def about(path: Path | str, *described: Path | str) -> Iterator[None]:
    """Put the file's name before an error of the block that does not name it, nor one of those
    that describe it."""
    try:
        yield
    except SmeltError as error:
        if not any(str(one) in str(error) for one in (path, *described)):
            error.args = (f"{path}: {error}",)
        raise


@contextmanager
def naming(path: Path | str, hidden: str = "") -> Iterator[None]:
    """Give an OSError of the block that names no file, as that of a full disk, this one's name.

    `hidden` is the name of a file that stands for it until it is whole.
    """
    try:
        yield
    except OSError as error:
        if error.filename not in (None, hidden) or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def make_folder(path: Path | str) -> Path:
    """The folder, made with its parents where it is not there; an OSError names what is in the
    way."""
    path = Path(path)
    if "\0" in str(path):
        raise OSError(EINVAL, "is no name of a file", str(path))
    if path.is_dir():
        return path
    for one in (*reversed(path.parents), path):
        if one.exists() and not one.is_dir():
            raise NotADirectoryError(ENOTDIR, "is a file, and a folder is needed there", str(one))
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def replacing(path: Path | str, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary file beside `path` that takes its place only when the block succeeds.

    A step that is interrupted leaves the old file, or none. Parent folders are made. An OSError
    names `path`.
    """
    path = Path(path)
    make_folder(path.parent)
    encoding = None if "b" in mode else "utf-8"
    if path.is_dir():
        raise IsADirectoryError(EISDIR, "is a folder, and a file is to be written there", str(path))
    if path.exists() and not path.is_file():  # A device such as /dev/null must stay what it is.
        with naming(path), path.open(mode, encoding=encoding) as device:
            yield device
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with naming(path, name):
            with os.fdopen(handle, mode, encoding=encoding) as stream:
                yield stream
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as indented JSON with a final newline, whole or not at all."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def write_text(path: Path | str, text: str) -> None:
    """Write a text, whole or not at all."""
    with replacing(path) as stream:
        stream.write(text)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    with replacing(path, "wb") as stream:
        stream.write(data)


def read_text(path: Path | str, missing: str = "run the step that makes it first") -> str:
    """A file's text; raises FileDamaged, in words, where there is none. `missing` is what to do
    where there is no such file."""
    path = Path(path)
    READ.append(str(path))
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise FileDamaged(f"{path}: no such file; {missing}") from None
    except OSError as error:
        raise FileDamaged(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise FileDamaged(f"{path}: not a text ({error}); give another file") from None


def read_json(path: Path | str, format: str | None = None, form: Any = None) -> dict[str, Any]:
    """Read a JSON object; `format`, where given, must equal its "format" entry, and the whole have
    the `form` (`gen.forms`).

    Raises FileDamaged where the file is missing, cut short, no JSON object, or of another format.
    """
    text = read_text(path)
    try:
        value = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()  # Half a character is no text.
    except (ValueError, RecursionError) as error:
        raise FileDamaged(
            f"{path}: not readable as JSON ({error}); make it again, or give another file"
        ) from None
    if not isinstance(value, dict):
        raise FileDamaged(f"{path}: holds a {type(value).__name__}, not a JSON object")
    if format is not None and value.get("format") != format:
        raise FileDamaged(
            f"{path}: format is {repr(value.get('format'))[:60]}, this version reads {format!r};"
            " make it again, or give another file"
        )
    if form is not None:
        check_json(path, value, form)
    return value


def check_json(path: Path | str, value: Any, form: Any) -> None:
    """Raise FileDamaged where the value read from a file has another form (`gen.forms`)."""
    try:
        check_form(value, form)
    except ValueError as error:
        raise FileDamaged(f"{path}: {error}; make it again, or give another file") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each name once: of two values readers would see the one or the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise ValueError(f"two values are named {twice[:40]!r}")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")
