"""Link 4 on cores that are hardly ones, all in one chip: synthesis leaves little of them."""

import pytest
from amaranth.back import rtlil

from boards.bits.guess import all_classes
from boards.bits.sites import by_name
from gen.hdl import Core
from gen.map.netlist import Netlist
from gen.proof.cells import read_cells
from gen.proof.compare import compare_machines
from gen.proof.machine import Machine
from gen.proof.verilog import read_design
from gen.tools import YOSYS
from tests.gen.verify.degenerate import DEGENERATE

ROW = """
  wire [{last}:0] y{at}; wire v{at}; reg kept{at} = 0; reg low{at} = 1;
  core{at} core{at}(.clk(clk), .rst(rst), .x(x[{top}:0]), .x_valid(go), .y(y{at}), .y_valid(v{at}));
  always @(posedge clk) if (v{at}) kept{at} <= y{at}[0];
  always @(posedge clk) if (rst) low{at} <= 1; else low{at} <= y{at}[{last}] | low{at};
  assign led[{at}] = kept{at}; assign other[{at}] = ^y{at} ^ low{at};
"""


def whole(netlists: list[Netlist]) -> str:
    """A chip with all of these, each with a register that keeps the class and one that begins at 1
    and stays there."""
    head = "module top(input clk, rst, go, input [2:0] x, output [{0}:0] led, other);"
    rows = [head.format(len(netlists) - 1)]
    for at, one in enumerate(netlists):
        n_in, n_out = (len(ends) - len(one.registers) for ends in (one.inputs, one.outputs))
        rows.append(ROW.format(at=at, last=n_out - 1, top=n_in - 1))
    return "".join([*rows, "endmodule\n"])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Machine]:
    """The chip as it is written, and after synthesis."""
    folder = tmp_path_factory.mktemp("chip")
    netlists = list(DEGENERATE.values())
    texts = [
        rtlil.convert(Core(one, "ice40"), name=f"core{at}", emit_src=False)
        for at, one in enumerate(netlists)
    ]
    (folder / "cores.il").write_text("\n".join(texts))
    (folder / "top.v").write_text(whole(netlists))
    script = "read_rtlil cores.il; read_verilog top.v; synth_ice40 -top top; write_json top.json"
    YOSYS.run(["-q", "-p", script], cwd=folder, log=folder / "log")
    files = {name: folder / name for name in ("cores.il", "top.v")}
    return read_design(files, "top"), read_cells(folder / "top.json", "top")


def test_registers_that_went_or_were_joined_do_not_hinder_the_proof(
    two: tuple[Machine, Machine],
) -> None:
    rtl, netlist = two
    assert len(netlist.registers) < len(rtl.registers) - 20
    made = compare_machines(rtl, netlist, all_classes(rtl, netlist, by_name(rtl, netlist)))
    assert made.proved, made.fault


def test_another_table_in_the_netlist_is_found(two: tuple[Machine, Machine]) -> None:
    rtl, netlist = two
    net = next(net for net, cell in netlist.cells.items() if len(set(cell.inputs)) > 2)
    table = netlist.cells.pop(net)
    netlist.drive(net, table.table ^ 0xFFFF, *table.inputs)
    made = compare_machines(rtl, netlist, all_classes(rtl, netlist, by_name(rtl, netlist)))
    assert made.differs
