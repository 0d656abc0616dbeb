"""`python -m gen hdl`: a mapped netlist becomes core.v, core.il and core.json."""

import argparse
from pathlib import Path
from typing import Any

from gen.console import say

__all__ = ["add_arguments", "run", "write_host_form"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Write a mapped netlist as Verilog, RTLIL and a description of its ports."
    parser.add_argument("--mapped", type=Path, required=True, help="mapped.json of the map step")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for core.v, core.il and core.json"
    )
    parser.add_argument(
        "--family",
        choices=("ice40", "ecp5", "gowin", "plain"),
        default="ice40",
        help="one LUT4 of this family per cell; plain: logic for any FPGA",
    )
    parser.add_argument("--recipe", help="name of the recipe (the name of --mapped's folder)")


def run(args: argparse.Namespace) -> None:
    """Write the three files and say what they hold."""
    from gen.hdl import write_core

    recipe = args.recipe or args.mapped.resolve().parent.name
    core = write_core(args.mapped, args.out, args.family, recipe)
    words = ", ".join(f"{name}:{width}" for name, width in core["outputs"][:3])
    more = ", ..." if len(core["outputs"]) > 3 else ""
    say(
        f"hdl: {core['cells']} cells, {core['inputs']} inputs, outputs {words}{more},"
        f" latency {core['latency']} cycles -> {args.out / 'core.v'}"
    )
    write_host_form(args.mapped.with_name("net.npz"), core, args.out)


def write_host_form(net: Path, core: dict[str, Any], out: Path) -> None:
    """The encoder for hosts, beside core.json, of the network that it was made of."""
    from gen.encoder_files import write_encoder
    from gen.intnet.files import load

    found = write_encoder(load(net), core, out) if net.is_file() else []
    if found:
        say(f"  for a host: {' and '.join(found)}")
