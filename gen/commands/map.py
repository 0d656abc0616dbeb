"""`python -m gen map`: graph to LUT cells, named, layered and cut into pipeline stages."""

import argparse
import time
from dataclasses import replace
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Map the simplified graph to LUT4 cells, prove the result, find the activations in it,"
        " and place pipeline registers."
    )
    parser.add_argument(
        "--graph", type=Path, required=True, help="graph.aig, beside sections.aig and melted.aig"
    )
    parser.add_argument("--out", type=Path, required=True, help="netlist to write, mapped.json")
    parser.add_argument("--k", type=int, default=4, help="LUT inputs (default: %(default)s)")
    parser.add_argument(
        "--stage-depth",
        type=int,
        default=22,
        help="most LUTs between two registers (default: %(default)s, which closes 12 MHz on UP5K)",
    )


def run(args: argparse.Namespace) -> None:
    """Map, name, pipeline, and write the netlist."""
    from gen.console import say
    from gen.logic.aiger import read_aiger
    from gen.map.luts import MapError, map_luts
    from gen.map.names import name_activations
    from gen.map.pipeline import count_registers, pipeline
    from gen.melt.sidecar import read_sidecar

    if not 2 <= args.k <= 6:
        raise MapError(f"--k {args.k}: LUTs of 2 to 6 inputs are mapped")
    start = time.monotonic()
    flat = read_aiger(args.graph)
    _, _, states = read_sidecar(args.graph.with_suffix(".json"))
    sections = read_aiger(args.graph.with_name("sections.aig"))
    melted = read_aiger(args.graph.with_name("melted.aig"))
    netlist, flow = map_luts(flat, [melted, sections], args.k)
    say(f"map: {len(netlist.cells):,} LUT{args.k}, {netlist.depth} deep, proved, by `{flow}`")
    netlist = replace(netlist, registers=tuple((s.name, s.next, s.reset) for s in states))
    staged = pipeline(name_activations(netlist, sections), args.stage_depth)
    named = sum(cell.name is not None for cell in staged.cells)
    flops = count_registers(staged)
    say(f"  {named} activations found again; {staged.latency} stages, {flops} registers")
    spent = round(time.monotonic() - start, 2)
    staged.write(args.out, proof="proved", flow=flow, seconds=spent, pipeline_registers=flops)
