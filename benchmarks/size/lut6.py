"""LUT6 of one network by different ways, for comparison with what is built for fabrics of them.

Ours is melted, simplified, mapped to LUTs of six inputs and proved equal to its graph; the baseline
is the same integer network as plain combinational Verilog through Yosys's `synth -lut 6`, which
counts every table. `abc` is the melted graph after `dc2` three times and ABC's area mapping. All
answer the class only, and none has registers.
"""

from pathlib import Path
from statistics import geometric_mean
from typing import Any

from benchmarks.size.made import make_forms
from boards.measured.results import cells_by_type
from gen.files import make_folder, write_text
from gen.intnet.files import load
from gen.intnet.verilog import baseline_verilog
from gen.logic.aiger import aiger_bytes
from gen.logic.sections import flatten
from gen.tools import YOSYS
from gen.tools.abc import blif_size, transform

__all__ = ["compare_lut6", "lut6_section"]

K = 6
ABC_FLOW = ["dc2", "dc2", "dc2", f"if -K {K} -a"]


def compare_lut6(name: str, net_path: Path, folder: Path) -> dict[str, Any]:
    """Measure the network called `name`; files go to `folder`. Raises as the steps it runs do."""
    make_folder(folder)
    net = load(net_path)
    made = make_forms(net, ("class",))
    netlist, flow = made.mapped(K)
    abc = transform(aiger_bytes(flatten(made.melted), False), ABC_FLOW, "out.blif").decode()
    valid = made.on_valid_inputs(netlist)
    return {
        "network": name,
        "valid": None if valid is None else len(valid.cells),
        "ours": {"luts": len(netlist.cells), "depth": netlist.depth, "flow": flow},
        "plain": plain_luts(baseline_verilog(net), folder),
        "abc": blif_size(abc),
    }


def plain_luts(verilog: str, folder: Path) -> int:
    """LUT6 that Yosys makes of module `baseline`; raises ToolFailed where it fails."""
    write_text(folder / "baseline.v", verilog)
    (folder / "stat.json").unlink(missing_ok=True)
    script = (
        f"read_verilog baseline.v; synth -lut {K} -top baseline; tee -q -o stat.json stat -json"
    )
    YOSYS.run(["-q", "-p", script], folder, folder / "yosys.log", 3600)
    return cells_by_type(folder / "stat.json")["$lut"]


def lut6_section(rows: list[dict[str, Any]]) -> str:
    """The table, for BENCHMARKS.md."""
    lines = [
        "## LUT6",
        "",
        f"The same networks in tables of six inputs, class only, by `gen map --k {K}`, proved",
        f"equal; plain Verilog is through Yosys's `synth -lut {K}`, ABC is our melted graph after",
        f"`dc2` three times and `if -K {K} -a`. On valid inputs: as in the table above.",
        "",
        "| network | ours, LUT6 | levels | plain, LUT6 | ratio | on valid inputs | ratio |"
        " ABC, LUT6 | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    ratios = {way: [row["ours"]["luts"] / row[way] for row in rows] for way in ("plain", "abc")}
    ratios["valid"] = [(row["valid"] or row["ours"]["luts"]) / row["plain"] for row in rows]
    for at, row in enumerate(rows):
        ours, plain, abc, valid = row["ours"], *(one[at] for one in ratios.values())
        told = f"{row['valid']:,} | {valid:.3f}" if row["valid"] else "|"
        lines.append(
            f"| {row['network']} | **{ours['luts']:,}** | {ours['depth']} | {row['plain']:,} |"
            f" {plain:.3f} | {told} | {row['abc']:,} | {abc:.3f} |"
        )
    mean = {way: f"{geometric_mean(found):.3f}" for way, found in ratios.items()}
    means = f"{mean['plain']} | | {mean['valid']} | | {mean['abc']}"
    return "\n".join([*lines, f"| geometric mean | | | | {means} |"])
