"""Yosys on a file of logic: in a folder of its own, beside which it sees nothing."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from gen.files import write_text
from gen.imports.errors import ImportRefused
from gen.imports.gates.source import Source
from gen.tools import YOSYS, ToolFailed

__all__ = ["Box", "Design", "box"]

Design: TypeAlias = Mapping[str, Any]
"""A design as Yosys writes it in JSON."""

TIMEOUT = 300.0


class Box:
    """A folder with the file, in which Yosys runs."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source, self.folder = source, folder
        write_text(folder / source.name, source.text)

    def run(self, commands: Sequence[str]) -> str:
        """Run commands; the log. Raises ImportRefused with Yosys's words where it fails."""
        write_text(self.folder / "script.ys", "\n".join([*commands, ""]))
        args = ["-q", "-l", "yosys.log", "-s", "script.ys"]
        mounted = {"YOWASP_MOUNT": f"/={self.folder}"}
        try:
            YOSYS.run(args, self.folder, self.folder / "out.log", TIMEOUT, mounted)
        except ToolFailed as error:
            said = f"{self.source.path}: Yosys does not read it: {self._why(str(error))}"
            raise ImportRefused(said) from None
        return self.log

    @property
    def log(self) -> str:
        """What the last run wrote to its log."""
        log = self.folder / "yosys.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def has(self, name: str) -> bool:
        """Whether commands wrote a file of this name."""
        return (self.folder / name).is_file()

    def design(self, name: str) -> Design:
        """A design that commands wrote."""
        found: Design = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return found

    def bytes(self, name: str) -> bytes:
        """A file that commands wrote."""
        return (self.folder / name).read_bytes()

    def _why(self, error: str) -> str:
        """Yosys's line about an error, else the end of what it printed."""
        printed = self.folder / "out.log"
        text = self.log + printed.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^(?:(\S+):(\d+): )?ERROR: (.*)", text, re.MULTILINE)
        if found is None:
            if "wasm" in error:
                return "it ran out of memory, or of stack; write shorter expressions, or no loops"
            said = re.sub(r"; log: \S+", "", error)
            return said.replace(str(self.folder), ".")
        if found[3].startswith("Assert"):
            return "it is not well-formed"
        return (f"line {found[2]}: " if found[2] else "") + found[3].strip()


@contextmanager
def box(source: Source) -> Iterator[Box]:
    """A folder for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="smelt-import-") as name:
        yield Box(source, Path(name))
