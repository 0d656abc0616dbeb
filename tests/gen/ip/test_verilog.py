"""The core's Verilog in each form: proved to be the netlist, and refused where it is not."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.ip.verilog import bare, core_verilog, expression
from gen.map.netlist import FALSE, TRUE, Cell, Netlist
from gen.map.pipeline import pipeline
from gen.proof.chain import FAILED, PROVED
from gen.verify.rtl import compare_core
from tests.gen.map.netlists import random_netlist

FORMS = ("ice40", "plain", "lut6")


def value_of(text: str, row: int, names: list[str]) -> int:
    """A Verilog expression of one-bit names, read by Python."""
    values = {name: row >> at & 1 for at, name in enumerate(names)}
    words = re.sub(r"~(\w+)", r"(1 ^ \1)", text.replace("1'b", ""))
    while "?" in words:
        # The innermost choice has no other in it.
        end = words.index(")", words.rindex("?"))
        start = words.rindex("(", 0, words.rindex("?"))
        head, _, rest = words[start + 1 : end].partition("?")
        then, _, other = rest.partition(":")
        words = f"{words[:start]}(({then}) if ({head}) else ({other})){words[end + 1 :]}"
    return eval(words, {"__builtins__": {}}, values)


@pytest.mark.parametrize("size", [1, 2])
def test_expression_of_every_small_table(size: int) -> None:
    names = ["a", "b"][:size]
    for table in range(1 << (1 << size)):
        text = expression(table, names)
        got = sum(value_of(text, row, names) << row for row in range(1 << size))
        assert got == table, text


def test_expressions_without_brackets_around_all() -> None:
    assert bare("(a & b)") == "a & b"
    assert bare("(a & b) | (c & d)") == "(a & b) | (c & d)"
    assert bare("a") == "a"


def compared(folder: Path, netlist: Netlist, form: str) -> str:
    path = folder / "panel.v"
    path.write_text(core_verilog(netlist, "panel", form, "test"))
    macros = ("SMELT_LUT6",) if form == "lut6" else ()
    return compare_core(path, netlist, None, 60, "panel", macros).verdict


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("depth", [1, 3, 22])
def test_each_form_is_the_netlist(tmp_path: Path, form: str, depth: int) -> None:
    k = 6 if form == "lut6" else 4
    rng = np.random.default_rng(depth)
    netlist = pipeline(random_netlist(rng, 7, 30, 5, k), depth)
    assert compared(tmp_path, netlist, form) == PROVED


@pytest.mark.parametrize("form", FORMS)
def test_one_bit_of_a_table_is_not_overlooked(tmp_path: Path, form: str) -> None:
    netlist = Netlist(("x[0]", "x[1]", "x[2]"), (("y", 3),), (Cell(0b10010110, (0, 1, 2)),))
    other = replace(netlist, cells=(Cell(0b10010111, (0, 1, 2)),))
    (tmp_path / "panel.v").write_text(core_verilog(other, "panel", form, "test"))
    macros = ("SMELT_LUT6",) if form == "lut6" else ()
    found = compare_core(tmp_path / "panel.v", netlist, None, 60, "panel", macros)
    assert found.verdict == FAILED


def test_a_core_of_one_input_and_constants(tmp_path: Path) -> None:
    ends = (("a", FALSE), ("b", TRUE), ("c", 0))
    netlist = Netlist(("x[0]",), ends, (), latency=3)
    assert compared(tmp_path, netlist, "plain") == PROVED


def test_names_that_verilog_keeps_for_itself(tmp_path: Path) -> None:
    cells = (Cell(0b01, (0,), "wire", "a"), Cell(0b01, (1,), "panel", "a"), Cell(0b01, (2,), "x"))
    netlist = Netlist(("x[0]", "reg"), (("y", 2), ("z", 3), ("v", 4)), cells)
    assert compared(tmp_path, netlist, "plain") == PROVED
    assert compared(tmp_path, netlist, "lut6") == PROVED


def test_the_comment_says_what_the_core_is() -> None:
    netlist = random_netlist(np.random.default_rng(0), 7, 30, 5)
    text = core_verilog(netlist, "panel", "ice40", "gestures")
    head = text[: text.index("module panel")]
    for words in (
        "Module panel: the network 'gestures'",
        "30 SB_LUT4",
        "x[6:0]",
        "Latency 1",
        "Smelt 0",
    ):
        assert words in head
    assert text == core_verilog(netlist, "panel", "ice40", "gestures")
