"""`python -m gen.tools`: `warm` compiles the WebAssembly tools, `doctor` looks at all tools."""

import argparse
import subprocess
import sys
import time

from gen.console import main, say
from gen.errors import SmeltError
from gen.tools.doctor import examine
from gen.tools.programs import (
    ECPPACK,
    ICEPACK,
    NEXTPNR_ECP5,
    NEXTPNR_GOWIN,
    NEXTPNR_ICE40,
    YOSYS,
)

WARMED = {
    "ice40": ((YOSYS, ["-V"]), (NEXTPNR_ICE40, ["--version"]), (ICEPACK, ["-h"])),
    "ecp5": ((NEXTPNR_ECP5, ["--version"]), (ECPPACK, ["--help"])),
    "gowin": ((NEXTPNR_GOWIN, ["--version"]),),
}


def warm(args: argparse.Namespace) -> None:
    """Start each WebAssembly tool once; its first start compiles it to machine code."""
    say("warming the FPGA tools: their first start compiles WebAssembly to machine code (1-2 min)")
    for tool, options in WARMED[args.family]:
        start = time.monotonic()
        subprocess.run([*tool.find(), *options], capture_output=True, check=False)
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


def parser(prog: str = "python -m gen.tools") -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog=prog, description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("warm", help="compile the WebAssembly tools once")
    command.add_argument("family", nargs="?", choices=WARMED, default="ice40", help="(ice40)")
    command.set_defaults(run=warm)
    command = commands.add_parser("doctor", help="tools, versions, caches, and what is missing")
    command.set_defaults(run=doctor)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
