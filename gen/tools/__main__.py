"""`python -m gen.tools`: `warm` compiles the WebAssembly tools, `doctor` looks at all tools."""

import argparse
import subprocess
import sys
import time

from gen.console import main, say
from gen.errors import SmeltError
from gen.tools.doctor import examine
from gen.tools.programs import ICEPACK, NEXTPNR_ICE40, YOSYS

WARMED = ((YOSYS, ["-V"]), (NEXTPNR_ICE40, ["--version"]), (ICEPACK, ["-h"]))


def warm(_: argparse.Namespace) -> None:
    """Start each WebAssembly tool once; its first start compiles it to machine code."""
    say("warming the FPGA tools: their first start compiles WebAssembly to machine code (1-2 min)")
    for tool, args in WARMED:
        start = time.monotonic()
        subprocess.run([*tool.find(), *args], capture_output=True, check=False)
        say(f"  {tool.names[0]} ready after {time.monotonic() - start:.1f} s")


class Unwell(SmeltError):
    """Something that every build needs is missing."""


def doctor(_: argparse.Namespace) -> None:
    """Print what is found, and fail where something needed is missing."""
    missing = 0
    for fine, line in examine():
        print(f"{'ok     ' if fine else 'MISSING'} {line}")
        missing += not fine
    if missing:
        raise Unwell(f"{missing} needed things are missing; the lines above say how to get them")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m gen.tools", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("warm", help="compile the WebAssembly tools once")
    command.set_defaults(run=warm)
    command = commands.add_parser("doctor", help="tools, versions, caches, and what is missing")
    command.set_defaults(run=doctor)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
