"""What is read of a bitstream's text form, from a text written here by hand."""

import re
from pathlib import Path

from boards.bits.simulate import readback_verilog
from boards.bits.unpack import sections

TEXT = (
    b".comment of a board called M\xfcller 101\n\n.device 1k\n\n.logic_tile 1 2\n00 1\n0 10\n\n"
    b".io_tile 0 3\n0000\n\n.sym 7 1_a_name\n\n.logic_tile 3 4\n1111\n"
)


def test_sections_are_those_with_a_bit_that_is_set_from_the_first_to_the_last(
    tmp_path: Path,
) -> None:
    """Remarks may be in any encoding; empty sections are as if they were not there."""
    (tmp_path / "top.asc").write_bytes(TEXT)
    assert sections(tmp_path / "top.asc") == {"logic_tile 1 2": "001010", "logic_tile 3 4": "1111"}


CHIP = """module chip (input clk, output led_3__io);

wire n1, clk, n3;
wire led_3__io;
reg n5 = 0, n7 = 0;
reg n8;
assign n3 = clk, led_3__io = n1 ? n5 : 1'bz;
endmodule
"""


def test_ports_are_declared_once(tmp_path: Path) -> None:
    """icebox_vlog declares them as wires too, which Verilator does not take."""
    (tmp_path / "readback.v").write_text(CHIP)
    (path,) = readback_verilog(tmp_path / "readback.v")
    text = path.read_text()
    assert text.splitlines() == [
        "module chip (input clk, output led_3__io);",
        "",
        "wire n1, n3;",
        "",
        *CHIP.splitlines()[4:],
    ]
    assert not re.search(r"^(wire|reg) .*\b(clk|led_3__io)\b", text, re.MULTILINE)
