"""icebox_vlog's text as a machine: each kind of line, and what must not be taken for one."""

import numpy as np
import pytest

from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.proof.machine import Logic, Machine, MachineError, Net, NotCompared
from gen.proof.readback import read_back

HEAD = """module chip (input clk, input a, input b, input c, output y);
wire n1, n2, n3, io;
reg q = 0, r = 0;
"""
LUT = "assign n1 = /* LUT  5  1  6 */ (a ? (b ? 1'b0 : c) : !c);"


def text(*lines: str) -> str:
    return HEAD + "\n".join(lines) + "\nassign y = io ? q : 1'bz;\nendmodule\n"


def rows(machine: Machine, net: Net, names: str) -> list[int]:
    """The value of a net for all values of others, the first changing fastest."""
    b = Builder()
    given = {name: b.input(name) for name in names}
    rest = {name: b.input(name) for name in ("a", "b", "c", "q", "r", "io") if name not in given}
    b.output("end", Logic(b, machine, given | rest).at(net))
    count, free = len(names), len(rest)
    bits = [[row >> at & 1 for at in range(count)] + [0] * free for row in range(1 << count)]
    return evaluate(b.graph(), np.array(bits, dtype=np.uint8))[:, 0].tolist()


def test_a_table() -> None:
    made = read_back(text(LUT))
    assert made.tables == {(5, 1, 6): "n1"}
    bits = [(row & 1, row >> 1 & 1, row >> 2 & 1) for row in range(8)]
    wanted = [(0 if b else c) if a else 1 - c for a, b, c in bits]
    assert rows(made.machine, "n1", "abc") == wanted


@pytest.mark.parametrize("value", [0, 1])
def test_a_register_with_enable_and_reset(value: int) -> None:
    line = f"/* FF  5  1  6 */ always @(posedge clk) if (a) q <= b ? 1'b{value} : c;"
    made = read_back(text(line))
    assert made.flops == {(5, 1, 6): "q"}
    assert made.machine.clock == "clk"
    register = made.machine.registers["q"]
    assert register.init == 0
    bits = [[row >> at & 1 for at in range(4)] for row in range(16)]
    wanted = [(value if b else c) if a else q for a, b, c, q in bits]
    assert rows(made.machine, register.next, "abcq") == wanted


def test_a_carry_is_the_majority() -> None:
    line = "assign n2 = /* CARRY  5  1  6 */ (a & b) | ((a | b) & c);"
    made = read_back(text(line))
    assert rows(made.machine, "n2", "abc") == [int(bin(row).count("1") > 1) for row in range(8)]
    with pytest.raises(MachineError, match="the carry n2 is no majority"):
        read_back(text(line.replace("(a | b)", "(a | c)")))


def test_outputs_have_an_enable() -> None:
    assert read_back(text()).machine.outputs == {"y": "q", "y.enable": "io"}
    plain = HEAD + "assign y = q;\nendmodule\n"
    assert read_back(plain).machine.outputs == {"y": "q", "y.enable": "1"}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (LUT.replace("? 1'b0", ": 1'b0"), "':' where '.' should be in a table"),
        (LUT.replace("1'b0 : c", "1'b0 ? c"), "'.' where ':' should be in a table"),
        (LUT.replace("!c);", "!c;"), "'nothing' where '\\)' should be in a table"),
        (LUT.replace("!c);", "!c) c;"), "'c' behind the end of the table of n1"),
        (LUT.replace("!c);", ");"), "'\\)' is no value in a table"),
        ("assign n1 = /* LUT  5  1  6 */ (a ? b", "is not compared"),
        ("assign n1 = /* LUT  5  1  6 */ ;", "'nothing' is no value in a table"),
    ],
)
def test_a_table_that_is_not_understood_wrong(line: str, fault: str) -> None:
    with pytest.raises(MachineError, match=fault):
        read_back(text(line))


@pytest.mark.parametrize(
    "line",
    [
        "/* FF  5  1  6 */ always @(negedge clk) if (a) q <= b ? 1'b0 : c;",
        "/* FF  5  1  6 */ always @(posedge clk, posedge b) if (b) q <= 1'b0; else q <= c;",
        "reg q = 1;",
        "SB_RAM40_4K ram (.RDATA(n1));",
    ],
)
def test_lines_of_other_kinds_wrong(line: str) -> None:
    with pytest.raises(NotCompared, match="is not compared"):
        read_back(text(line))


def test_ports_wrong() -> None:
    with pytest.raises(MachineError, match="port y is inout"):
        read_back(text().replace("output y", "inout y"))
    with pytest.raises(MachineError, match="n1 has an enable and is no output"):
        read_back(text("assign n1 = io ? q : 1'bz;"))
