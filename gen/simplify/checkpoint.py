"""Checkpoints: what is finished is kept in a folder, so that an interrupted run goes on.

A file is named by the digest of the question it answers (graphs, commands, budget, which ABC), so
one of another graph or of other settings is never found; it begins with the digest of its
content, so a damaged one is known and ignored.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gen.console import say
from gen.files import write_bytes

__all__ = ["Checkpoints"]

SUFFIX = ".part"


@dataclass
class Checkpoints:
    """Answers by question, in memory for questions asked twice, and in `folder` where given."""

    folder: Path | None = None
    _unused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._unused = {path.name for path in self._files()}

    def _files(self) -> Iterator[Path]:
        return self.folder.glob(f"*{SUFFIX}") if self.folder is not None else iter(())

    @staticmethod
    def key(*parts: bytes | str) -> str:
        """The digest of a question."""
        digest = hashlib.sha256()
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def get(self, key: str) -> tuple[dict[str, Any], bytes] | None:
        """The answer to a question: figures and data; None where there is none, or a bad one."""
        if self.folder is None or key + SUFFIX not in self._unused:
            return None
        self._unused.discard(key + SUFFIX)
        digest, _, content = (self.folder / (key + SUFFIX)).read_bytes().partition(b"\n")
        if digest.decode(errors="replace") != hashlib.sha256(content).hexdigest():
            say(f"  {self.folder / (key + SUFFIX)}: damaged checkpoint ignored")
            return None
        figures, _, data = content.partition(b"\n")
        return json.loads(figures), data

    def put(self, key: str, figures: dict[str, Any], data: bytes) -> None:
        """Keep an answer."""
        if self.folder is None:
            return
        content = json.dumps(figures).encode() + b"\n" + data
        write_bytes(
            self.folder / (key + SUFFIX),
            hashlib.sha256(content).hexdigest().encode() + b"\n" + content,
        )

    def drop_unused(self) -> None:
        """Say so where files answer none of the questions asked so far, and forget them."""
        if self._unused:
            count = f"{len(self._unused)} checkpoint{'s' * (len(self._unused) > 1)}"
            say(f"  {self.folder}: {count} of another graph or other settings ignored")
        for name in self._unused:
            assert self.folder is not None
            (self.folder / name).unlink(missing_ok=True)
        self._unused = set()

    def clear(self) -> None:
        """Remove all files: the run is finished."""
        for path in self._files():
            path.unlink()
        if self.folder is not None and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
