"""`python -m gen.tools warm`: compile the WebAssembly tools once, saying why it takes a while."""

import argparse
import sys
import time

from gen.console import main, say
from gen.tools.programs import ICEPACK, NEXTPNR_ICE40, YOSYS

WARMED = ((YOSYS, ["-V"]), (NEXTPNR_ICE40, ["--version"]), (ICEPACK, ["-h"]))


def warm(_: argparse.Namespace) -> None:
    """Start each WebAssembly tool once; its first start compiles it to machine code."""
    say("warming the FPGA tools: their first start compiles WebAssembly to machine code (1-2 min)")
    import subprocess

    for tool, args in WARMED:
        start = time.monotonic()
        subprocess.run([*tool.find(), *args], capture_output=True, check=False)
        say(f"  {tool.names[0]} ready after {time.monotonic() - start:.1f} s")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m gen.tools", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("warm", help="compile the WebAssembly tools once")
    command.set_defaults(run=warm)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
