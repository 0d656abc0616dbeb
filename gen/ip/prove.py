"""Every form of a core, and its wrapper, read back and proved against the graph."""

import re
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gen.errors import SmeltError
from gen.files import write_text
from gen.ip.queue import prove_queue
from gen.ip.verilog import lut6_module
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.map.netlist import Netlist
from gen.proof.chain import EXHAUSTIVE, FAILED, PROVED, Check, Found, timed
from gen.proof.machine import Logic, MachineError
from gen.proof.verilog import read_design
from gen.verify.graphs import check_mapped
from gen.verify.rtl import compare_core

__all__ = ["NotProvedEqual", "prove_core", "prove_graph"]


class NotProvedEqual(SmeltError):
    """A file that was written is not proved to be the network."""


def prove_graph(build: Path, path: Path, budget: float) -> Check:
    """The netlist of a mapped.json against graph.aig. Raises NotProvedEqual, FileDamaged."""
    what = f"`graph.aig` == `{path.relative_to(build).as_posix()}`"
    return _held(timed(what, lambda: check_mapped(build, path, budget)))


def prove_core(
    folder: Path, name: str, forms: dict[str, Netlist], budget: float
) -> Iterator[Check]:
    """Each form's file against the netlist that it was written from; of the wrapper that it is a
    queue. Raises NotProvedEqual, ToolFailed."""
    for form, mapped in forms.items():
        path = folder / f"{name}_{form}.v"
        macros = ("SMELT_LUT6",) if form == "lut6" else ()

        compared = partial(compare_core, path, mapped, None, budget, name, macros)
        yield _held(timed(f"netlist == `{path.name}`", compared))
    if "lut6" in forms:
        path = folder / f"{name}_lut6.v"
        yield _held(timed(f"LUT6 == plain tables of `{path.name}`", lambda: _tables(path, name)))
    axis = folder / f"{name}_axis.v"
    mapped = forms["plain"]
    yield _held(timed(f"`{axis.name}` is a queue", lambda: prove_queue(axis, mapped, name)))


def _held(check: Check) -> Check:
    if check.verdict not in (PROVED, EXHAUSTIVE):
        raise NotProvedEqual(
            f"{check.what}: {check.verdict} ({check.fault or check.method}); nothing was written"
        )
    return check


def _tables(path: Path, name: str) -> Found:
    """Every table that the file has, as plain Verilog gives it without the macro, for all of its
    64 addresses."""
    text = path.read_text(encoding="utf-8")
    if not text.endswith(lut6_module(name)):
        return Found(FAILED, f"reading {path.name}", "its last module is not the table's")
    inits = sorted(set(re.findall(r"\.INIT\(64'h([0-9a-f]{16})\)\)", text)))
    if not inits:
        return Found(EXHAUSTIVE, "no table")
    made = [
        f"  {name}_lut6 #(.INIT(64'h{init})) t{at} (.I0(a[0]), .I1(a[1]), .I2(a[2]), .I3(a[3]),"
        f" .I4(a[4]), .I5(a[5]), .O(o[{at}]));"
        for at, init in enumerate(inits)
    ]
    shell = f"module tables(input [5:0] a, output [{max(1, len(inits) - 1)}:0] o);\n"
    with tempfile.TemporaryDirectory(prefix="smelt-tables-") as folder:
        source = Path(folder) / "tables.v"
        write_text(source, shell + "\n".join(made) + "\nendmodule\n" + lut6_module(name))
        try:
            wrong = _listed(source, inits)
        except MachineError as error:
            return Found(FAILED, f"reading {path.name}", str(error))
    return Found(FAILED if wrong else EXHAUSTIVE, f"{len(inits)} tables of 64 addresses", wrong)


def _listed(source: Path, inits: list[str]) -> str:
    """What is wrong with a table; nothing where none is."""
    machine = read_design({"tables.v": source}, "tables")
    b = Builder()
    free = {machine.inputs[f"a[{at}]"]: b.input(f"a[{at}]") for at in range(6)}
    logic = Logic(b, machine, free)
    for at in range(len(inits)):
        b.output(str(at), logic.at(machine.outputs[f"o[{at}]"]))
    rows = (np.arange(64)[:, None] >> np.arange(6) & 1).astype(np.uint8)
    values = evaluate(b.graph(), rows)
    for at, init in enumerate(inits):
        if sum(int(value) << row for row, value in enumerate(values[:, at])) != int(init, 16):
            return f"the table {init} gives something else"
    return ""
