"""Packed logic cells of one network by different ways, through the same tools in one run.

Ours is melted, simplified, mapped, and emitted with one register on every output; the baseline is
the same integer network as plain combinational Verilog through `synth_ice40`, with carry chains
and without; both answer the class only. `logic` is ours without the registers, as the baseline has
none. `valid` is ours made smaller where the network's care set is, proved on the inputs that its
encoder can give, as `make synth` builds it. `abc` is the melted graph after `dc2` three times and
ABC's area mapping, counted in LUT4.
"""

from pathlib import Path
from typing import Any

from benchmarks.size.made import make_forms, packed_core
from boards.measured.measure import measure_core
from gen.files import make_folder, write_text
from gen.intnet.files import load
from gen.intnet.verilog import baseline_verilog
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.carries import placed
from gen.map.netlist import FALSE, TRUE, Netlist
from gen.tools.abc import blif_size, transform

__all__ = ["combinational", "compare_area"]

ABC_FLOW = ["dc2", "dc2", "dc2", "if -K 4 -a"]


def compare_area(name: str, net_path: Path, folder: Path) -> dict[str, Any]:
    """Measure the network called `name`; files go to `folder`."""
    make_folder(folder)
    made = make_forms(load(net_path), ("class",))
    netlist, flow = made.mapped(4)
    ours = packed_core(netlist, name, folder / "ours")
    valid = made.on_valid_inputs(netlist)
    write_text(folder / "logic.v", combinational(netlist))
    logic = measure_core(folder / "logic.v", "logic", folder / "logic")
    baseline = _baselines(net_path, folder)
    best = min(figures["lc"] for figures in baseline.values())
    return {
        "network": name,
        "ours": ours | {"flow": flow, "depth": netlist.depth},
        "logic": logic,
        "valid": None if valid is None else packed_core(valid, name, folder / "valid"),
        "baseline": baseline,
        "abc_lut4": _abc(flatten(made.melted)),
        "ratio": round(ours["lc"] / best, 3),
        "ands": {"melted": made.melted.n_ands, "simplified": made.forms.flat.n_ands},
        "seconds": {"melt_simplify_prove": round(sum(made.seconds.values()), 2)},
    }


def combinational(netlist: Netlist) -> str:
    """The cells as a Verilog module of their own, without registers."""
    n = netlist.n_inputs
    made = [f"c[{at}]" for at in range(len(netlist.cells))]
    names = {FALSE: "1'b0", TRUE: "1'b1"} | dict(enumerate([*(f"x[{i}]" for i in range(n)), *made]))
    lines = [f"module logic(input [{n - 1}:0] x, output [{len(netlist.outputs) - 1}:0] y);",
             f"  wire [{len(made) - 1}:0] c;"]  # fmt: skip
    for at, cell in enumerate(placed(netlist)):
        sources = [names[signal] for signal in cell.fan_in]
        if len(sources) == 3:
            one, other, before = sources
            kind, ports = "SB_CARRY", f".I0({one}), .I1({other}), .CI({before}), .CO(c[{at}])"
        else:
            pins = ", ".join(f".I{k}({source})" for k, source in enumerate(sources))
            kind, ports = f"SB_LUT4 #(.LUT_INIT(16'd{cell.table}))", f"{pins}, .O(c[{at}])"
        lines.append(f"  {kind} l{at} ({ports});")
    lines += [f"  assign y[{at}] = {names[s]};" for at, (_, s) in enumerate(netlist.outputs)]
    return "\n".join([*lines, "endmodule", ""])


def _baselines(net_path: Path, folder: Path) -> dict[str, dict[str, Any]]:
    verilog = folder / "baseline.v"
    write_text(verilog, baseline_verilog(load(net_path)))
    return {
        name: measure_core(verilog, "baseline", folder / name, options)
        for name, options in (("default", ()), ("nocarry", ("-nocarry",)))
    }


def _abc(graph: Graph) -> int:
    return blif_size(transform(aiger_bytes(graph, False), ABC_FLOW, "out.blif").decode())
