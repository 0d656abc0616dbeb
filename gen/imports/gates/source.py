"""What a file of logic may say before Yosys sees it: nothing that names another file.

Besides, YoWASP's Yosys is given a folder that holds only the file, and sees no other.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from gen.files import read_text
from gen.imports.errors import ImportRefused
from gen.imports.gates.blif import cleaned_blif

__all__ = ["BLIF", "NAME", "Source", "read_source"]

BLIF = ".blif"
NAME = r"[A-Za-z_][A-Za-z0-9_$]*"
"""A plain identifier: the only names that are put into a script."""
LARGEST = 64 << 20

DIRECTIVES = {
    *("timescale", "default_nettype", "resetall", "celldefine", "endcelldefine"),
    *("ifdef", "ifndef", "else", "elsif", "endif"),
}
FUNCTIONS = {"signed", "unsigned", "clog2"}
TOKENS = re.compile(r'\\\S+|"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
"""Escaped names, strings, and comments."""
WORDS = ("import", "bind", "primitive", "specify", "program")


@dataclass(frozen=True)
class Source:
    """A file's path and text; `name` is what Yosys reads it as, in a folder of its own."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return f"net{self.path.suffix}"

    @property
    def reader(self) -> str:
        """The command of Yosys that reads it."""
        if self.path.suffix == BLIF:
            return f"read_blif -sop {self.name}"
        return f"read_verilog {'-sv ' * (self.path.suffix == '.sv')}{self.name}"


def read_source(path: Path) -> Source:
    """The file; raises ImportRefused for what could name a file, run a program, or is no logic."""
    text = read_text(path, "give the path of a Verilog or BLIF file")
    if len(text) > LARGEST:
        raise ImportRefused(f"{path}: {len(text):,} characters; {LARGEST:,} at most")
    text = text.removeprefix("\ufeff")
    if path.suffix == BLIF:
        try:
            return Source(path, cleaned_blif(text))
        except ImportRefused as error:
            raise ImportRefused(f"{path}: {error}") from None
    text = _cleaned(text)
    for at, line in enumerate(text.split("\n"), 1):
        wrong = _check_verilog(line)
        if wrong:
            raise ImportRefused(f"{path}: line {at}: {wrong}")
    return Source(path, text)


def _cleaned(text: str) -> str:
    """Verilog with its comments taken out: Yosys sees what is looked at here, and nothing else."""

    def kept(found: re.Match[str]) -> str:
        comment = found[0].startswith("/")
        return " " + "\n" * found[0].count("\n") if comment else found[0]

    return TOKENS.sub(kept, text.replace("\r\n", "\n"))


def _check_verilog(line: str) -> str:
    """What is wrong with a line of cleaned text, strings included."""
    for word in re.findall(r"`\s*(\w*)", line):
        if word not in DIRECTIVES:
            return f"`{word}: directives are not read; write out what it stands for"
    for task in re.findall(r"(?<![\w$\\])\$(\w+)", line):
        if task not in FUNCTIONS:
            return f"${task}: system tasks are not read; write its value out"
    for word in re.findall(r"(?<![\w$\\])([a-z]+)(?![\w$])", line):
        if word in WORDS:
            return f"{word}: not read; modules, assignments and gates are"
    return ""
