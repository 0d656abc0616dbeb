"""Files that are written whole or not at all, and JSON that is checked when read."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from gen.errors import SmeltError

__all__ = ["FileDamaged", "read_json", "replacing", "write_json"]


class FileDamaged(SmeltError):
    """A file is missing, truncated or not of the expected kind."""


@contextmanager
def replacing(path: Path | str, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary file beside `path` that takes its place only when the block succeeds.

    A step that is interrupted leaves the old file, or none. Parent folders are made.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding = None if "b" in mode else "utf-8"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
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
    text = json.dumps(value, indent=1, allow_nan=False)
    with replacing(path) as stream:
        stream.write(text + "\n")


def read_json(path: Path | str, format: str | None = None) -> dict[str, Any]:
    """Read a JSON object; `format`, where given, must equal its "format" entry.

    Raises FileDamaged where the file is missing, cut short, no JSON object, or of another format.
    """
    path = Path(path)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileDamaged(f"{path}: no such file; run the step that makes it first") from None
    except (OSError, ValueError) as error:
        raise FileDamaged(
            f"{path}: not readable as JSON ({error}); delete it and run its step again"
        ) from None
    if not isinstance(value, dict):
        raise FileDamaged(f"{path}: holds a {type(value).__name__}, not a JSON object")
    if format is not None and value.get("format") != format:
        raise FileDamaged(
            f"{path}: format is {value.get('format')!r}, this version reads {format!r};"
            " delete it and run its step again"
        )
    return value
