"""The comment that a core's Verilog begins with: what it is, for a reader who has this file alone.

It says the same for the same netlist and tools: no date, no path.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from gen.map.description import answers, output_words
from gen.map.netlist import Netlist
from gen.tools import YOSYS

__all__ = ["comment", "core_comment", "made_by", "ports_said", "version"]

WIDTH = 98
GAP = 12
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def version() -> str:
    """The version of Smelt that runs: of this checkout, else of the package."""
    if PROJECT.is_file():
        found = re.search(r'^version = "([^"]+)"', PROJECT.read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return metadata.version("smelt")


def made_by() -> str:
    """Smelt and the program that its files come through."""
    return f"Smelt {version()}, Yosys {YOSYS.version()}"


def comment(title: str, ports: Iterable[tuple[str, str]], lines: Iterable[str]) -> str:
    """A comment of Verilog: a title, what each port is, and paragraphs; a paragraph that begins
    with "$ " is a command, and stays one line.

    No line of it begins with a tool's name, which some tools take for a word to them.
    """
    made = textwrap.wrap(title, WIDTH)
    for at, (port, said) in enumerate(ports):
        made += [] if at else [""]
        first = f"{port:<{GAP}} "
        made += textwrap.wrap(f"{first}{said}", WIDTH, subsequent_indent=" " * len(first))
    for line in lines:
        made += ["", *([line] if line.startswith("$ ") else textwrap.wrap(line, WIDTH))]
    return "".join(f"// {line}".rstrip() + "\n" for line in made)


def ports_said(mapped: Netlist) -> list[tuple[str, str]]:
    """The ports of a core and what they are."""
    inputs = mapped.n_inputs - len(mapped.registers)
    words, at, placed = output_words(answers(mapped)), 0, []
    for word, width in words:
        placed.append(f"{word} in {_bits('y', at, width)}")
        at += width
    cycles = f"{mapped.latency} cycle{'s' if mapped.latency > 1 else ''}"
    steps = "takes a step with" if mapped.registers else "looks at"
    first = "; the last bit is 1 at the first step of a sequence" if mapped.registers else ""
    held = ", nor the states: their first step does that" if mapped.registers else ""
    return [
        ("clk", "all registers follow its rising edge"),
        ("rst", f"1: forgets what x_valid announced; no other register is reset{held}"),
        (_bits("x", 0, inputs), f"the network's input bits, {mapped.inputs[0]} in x[0]{first}"),
        ("x_valid", f"1: the core {steps} x in this cycle; it can in every cycle"),
        (_bits("y", 0, at), f"{'; '.join(placed)}; lowest bit first, sums in two's complement"),
        ("y_valid", f"x_valid, {cycles} later: y is then the answer to that x"),
    ]


def _bits(port: str, first: int, width: int) -> str:
    return f"{port}[{first + width - 1}:{first}]" if width > 1 else f"{port}[{first}]"


def core_comment(
    mapped: Netlist, name: str, recipe: str, cells: str, more: Sequence[str] = ()
) -> str:
    """The comment of a core that was mapped; `cells` says what it is made of."""
    registers = f" {len(mapped.registers)} registers hold its states." if mapped.registers else ""
    return comment(
        f"Module {name}: the network {recipe!r} as logic, without memories or multipliers.",
        ports_said(mapped),
        [
            f"Latency {mapped.latency}, an answer in every cycle. Made of {cells}.{registers}",
            *more,
            f"Made by {made_by()}; make it again instead of changing it.",
        ],
    )
