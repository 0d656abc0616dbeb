"""Cells of the iCE40 as this reader takes them, beside their vendor models read by Yosys."""

import json
import re
from pathlib import Path

import pytest

from gen.files import FileDamaged
from gen.proof.cells import read_cells
from gen.proof.compare import Class, compare_machines
from gen.proof.machine import Machine, MachineError
from gen.proof.verilog import read_design
from sim.netlist import LIBRARIES

FLOPS = ("DFF", "DFFE", "DFFSR", "DFFSS", "DFFESR", "DFFESS")
PINS = {"E": "e", "S": "s", "R": "r"}


def every_cell() -> str:
    """A module with one cell of each kind."""
    lines = ["module top(input clk, a, b, c, d, e, r, s, output [9:0] y);"]
    for at, kind in enumerate(FLOPS):
        has = {"E": "DFFE" in kind, "S": kind.endswith("SS"), "R": kind.endswith("SR")}
        pins = [f".{pin}({net})" for pin, net in PINS.items() if has[pin]]
        lines.append(f"SB_{kind} f{at}({', '.join(['.C(clk), .D(a)', f'.Q(y[{at}])', *pins])});")
    lut = "SB_LUT4 #(.LUT_INIT(16'h6b2d)) l(.I0(a), .I1(b), .I2(c), .I3(d), .O(y[6]));"
    carry = "SB_CARRY c1(.I0(a), .I1(b), .CI(c), .CO(y[7]));"
    return "\n".join([*lines, lut, carry, "assign y[9:8] = {a, 1'b1};", "endmodule"])


def vendor_models() -> str:
    """The models of these cells alone: Yosys takes a minute for all of them."""
    text = LIBRARIES["ice40"].models(Path()).read_text()
    heads = text[: text.index("module ")]
    names = [*(f"SB_{kind}" for kind in FLOPS), "SB_LUT4", "SB_CARRY"]
    found = [re.search(rf"^module {name} .*?^endmodule", text, re.M | re.S) for name in names]
    models = "\n".join(one[0] for one in found if one)
    return heads + re.sub(r"`ifdef ICE40_.*?`endif", "", models, flags=re.S)


@pytest.fixture(scope="module")
def two_readings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Machine]:
    folder = tmp_path_factory.mktemp("cells")
    (folder / "top.v").write_text(every_cell())
    (folder / "models.v").write_text(vendor_models())
    top = {"top.v": folder / "top.v"}
    return read_design(top, "top"), read_design({"models.v": folder / "models.v", **top}, "top")


def by_output(machine: Machine) -> dict[str, object]:
    return {name: machine.source(net) for name, net in machine.outputs.items()}


def test_cells_are_their_models(two_readings: tuple[Machine, Machine]) -> None:
    cells, models = two_readings
    first, second = by_output(cells), by_output(models)
    classes = [
        Class(f"y[{at}]", (first[f"y[{at}]"],), (second[f"y[{at}]"],)) for at in range(len(FLOPS))
    ]
    assert {net for one in classes for net in one.left} == set(cells.registers)
    made = compare_machines(cells, models, classes)
    assert made.proved, made.fault
    assert made.functions == 10 + len(FLOPS)
    swapped = [
        Class("reset", classes[2].left, classes[3].right),
        Class("set", classes[3].left, classes[2].right),
    ]
    swapped += [*classes[:2], *classes[4:]]
    assert compare_machines(cells, models, swapped).differs


def netlist(cells: dict) -> dict:
    ports = {"clk": {"direction": "input", "bits": [2]}, "p": {"direction": "inout", "bits": [3]}}
    return {"modules": {"top": {"ports": ports, "cells": cells, "netnames": {}}}}


def cell(kind: str, connections: dict, **parameters: str) -> dict:
    return {"c": {"type": kind, "connections": connections, "parameters": parameters}}


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (cell("SB_RAM40_4K", {}), "cell c is a SB_RAM40_4K, which is not compared"),
        (cell("SB_DFFR", {"Q": [5]}), "cell c is a SB_DFFR, which"),
        (cell("SB_DFFN", {"Q": [5]}), "cell c is a SB_DFFN, which"),
        (
            cell("SB_IO", {"PACKAGE_PIN": [3], "D_IN_0": [4]}, PIN_TYPE="000000"),
            "pin c of type 000000 is not a plain input or output",
        ),
        (
            cell("SB_IO", {"PACKAGE_PIN": [3], "D_OUT_0": [4]}, PIN_TYPE="010101"),
            "pin c of type 010101",
        ),
    ],
)
def test_cells_wrong(cells: dict, line: str, tmp_path: Path) -> None:
    path = tmp_path / "top.json"
    path.write_text(json.dumps(netlist(cells)))
    with pytest.raises(MachineError, match=re.escape(line)):
        read_cells(path, "top")


def test_netlist_wrong(tmp_path: Path) -> None:
    path = tmp_path / "top.json"
    path.write_text(json.dumps({"modules": {}}))
    with pytest.raises(FileDamaged, match="not what Yosys writes of top"):
        read_cells(path, "top")


def test_pins(tmp_path: Path) -> None:
    path = tmp_path / "top.json"
    pins = {"PACKAGE_PIN": [3], "D_OUT_0": ["1"], "D_IN_0": [7], "OUTPUT_ENABLE": [2]}
    path.write_text(json.dumps(netlist(cell("SB_IO", pins, PIN_TYPE="101001"))))
    machine = read_cells(path, "top")
    assert machine.outputs == {"p": "1", "p.enable": 2}
    assert machine.source(7) == machine.inputs["p"]


def registers(*words: str) -> str:
    """Two registers, q of two bits and r, with what they power up with."""
    lines = ["module top(input clk, a, output [2:0] y);", *words]
    lines += ["always @(posedge clk) begin q <= {q[0], a}; r <= ~r; end", "assign y = {r, q};"]
    return "\n".join([*lines, "endmodule"])


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("reg [1:0] q = 2'b10;", "reg r = 1;"), [0, 1, 1]),
        (("reg [1:0] q = 2'b01;", "reg r = 0;"), [1, 0, 0]),
        (("reg [1:0] q;", "reg r = 1;"), [0, 0, 1]),
        (("reg [2:1] q = 2'b10;", "reg r;"), [0, 1, 0]),
    ],
)
def test_what_registers_power_up_with(
    words: tuple[str, ...], wanted: list[int], tmp_path: Path
) -> None:
    """By Verilog's initial values, through Yosys; without one a register is 0, as in the chip."""
    (tmp_path / "top.v").write_text(
        registers(*words).replace("q[0]", f"q[{'[2:1]' in words[0]:d}]")
    )
    machine = read_design({"top.v": tmp_path / "top.v"}, "top")
    ends = [machine.source(machine.outputs[f"y[{at}]"]) for at in range(3)]
    assert [machine.registers[net].init for net in ends] == wanted


def test_another_value_at_power_up_is_another_machine(tmp_path: Path) -> None:
    made = []
    for at, value in enumerate("01"):
        path = tmp_path / f"{at}.v"
        path.write_text(registers(f"reg [1:0] q = 2'b{value}0;", "reg r = 0;"))
        made.append(read_design({"top.v": path}, "top"))
    ends = [[one.source(one.outputs[f"y[{at}]"]) for at in range(3)] for one in made]
    classes = [Class(f"y[{at}]", (ends[0][at],), (ends[1][at],)) for at in range(3)]
    with pytest.raises(MachineError, match=r"register y\[1\] powers up at 0 here and at 1 there"):
        compare_machines(*made, classes)
