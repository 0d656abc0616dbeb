"""What a file of logic may say before Yosys sees it: nothing that names another file.

Besides, YoWASP's Yosys is given a folder that holds only the file, and sees no other.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from gen.files import read_text
from gen.imports.errors import ImportRefused

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
    check = _check_blif if path.suffix == BLIF else _check_verilog
    for at, line in enumerate(text.splitlines(), 1):
        wrong = check(line)
        if wrong:
            raise ImportRefused(f"{path}: line {at}: {wrong}")
    return Source(path, text)


def _check_verilog(line: str) -> str:
    """What is wrong with a line: comments are looked at too, as where they end is for Yosys."""
    for word in re.findall(r"`\s*(\w*)", line):
        if word not in DIRECTIVES:
            return f"`{word}: directives are not read; write out what it stands for"
    for task in re.findall(r"(?<![\w$\\])\$(\w+)", line):
        if task not in FUNCTIONS:
            return f"${task}: system tasks are not read; write its value out"
    for word in re.findall(r"(?<![\w$\\])([a-z]+)(?![\w$])", line.split("//")[0]):
        if word in WORDS:
            return f"{word}: not read; modules, assignments and gates are"
    return ""


BLIF_WORDS = {
    *("model", "inputs", "outputs", "names", "end", "subckt", "gate", "conn", "cname", "attr"),
    *("param", "latch", "barbuf", "blackbox", "default_input_arrival", "exdc", "search"),
}
REFUSED = {
    "latch": "it holds a state; take the network out of its registers",
    "search": "it names another file; put all models into one",
    "exdc": "don't-cares are not read; write what the network answers",
    "blackbox": "it has no logic; give the model of what is in it",
}


def _check_blif(line: str) -> str:
    found = re.match(r"\s*\.(\w*)", line)
    word = found[1] if found else ""
    if word in REFUSED:
        return f".{word}: {REFUSED[word]}"
    if found and word not in BLIF_WORDS:
        return f".{word}: not read; .names and .subckt are"
    return ""
